//! `/forward-targets/{token}`: somebody outside is asked whether mail may be forwarded to them.
//! Looking changes nothing, because mail scanners look too; only the button agrees.

use axum::{extract::State, http::Method};
use postscale_access::action;
use postscale_actions::{App, forward_targets};
use postscale_web::{BrowserSession, FormBody, Name, Problem, Routes, Surface, Web};

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

/// The session of whoever looks, who need not have one.
type Session = Result<BrowserSession, Problem>;

async fn ask(State(app): State<App>, session: Session, token: Name<TokenSegment>) -> Answer {
    page(&app, session, &token.text).await
}

async fn page(app: &App, session: Session, token: &str) -> Answer {
    let target = forward_targets::find(app, token).await?;
    let target = target.ok_or_else(Problem::not_found)?;
    shown(&ForwardTargetPage {
        csrf: session.map(|session| session.csrf()).unwrap_or_default(),
        token: token.to_owned(),
        address: target.address,
        organization: target.organization,
        confirmed: target.confirmed,
    })
}

async fn agree(
    State(app): State<App>,
    session: Session,
    token: Name<TokenSegment>,
    _form: FormBody,
) -> Answer {
    if !forward_targets::confirm(&app, &token.text).await? {
        return Err(Problem::not_found());
    }
    page(&app, session, &token.text).await
}
