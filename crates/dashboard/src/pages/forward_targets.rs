//! `/forward-targets/{token}`: somebody outside is asked whether mail may be forwarded to them.
//! Looking changes nothing, because mail scanners look too; only the button agrees.

use axum::{extract::State, http::Method};
use postscale_access::action;
use postscale_actions::{App, forward_targets};
use postscale_web::{Name, Problem, Routes, Surface, Web};

use crate::{
    answer::{Answer, shown},
    segments::TokenSegment,
    views::forward_target::ForwardTargetPage,
};

pub(super) fn routes() -> Routes<Web> {
    let open = [action::PUBLIC_READ.into()];
    let path = "/forward-targets/{token}";
    Routes::new(Surface::Public)
        .route(Method::GET, path, &open, ask)
        .route(Method::POST, path, &open, agree)
}

async fn ask(State(app): State<App>, token: Name<TokenSegment>) -> Answer {
    page(&app, &token.text).await
}

async fn page(app: &App, token: &str) -> Answer {
    let target = forward_targets::find(app, token).await?;
    let target = target.ok_or_else(Problem::not_found)?;
    shown(&ForwardTargetPage {
        token: token.to_owned(),
        address: target.address,
        organization: target.organization,
        confirmed: target.confirmed,
    })
}

async fn agree(State(app): State<App>, token: Name<TokenSegment>) -> Answer {
    if !forward_targets::confirm(&app, &token.text).await? {
        return Err(Problem::not_found());
    }
    page(&app, &token.text).await
}
