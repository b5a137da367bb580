//! `/account/leave`: the reader leaves the organization.

use axum::http::{Method, header};
use postscale_access::action;
use postscale_actions::users;
use postscale_web::{FormBody, Routes, Surface, Web, ended_session_cookie};

use crate::{
    answer::{Answer, shown},
    done::{self, Done},
    pages::{in_shell, team::leaving},
    ui::Section,
    views::organization::LeavePage,
    visit::Visit,
};

const PATH: &str = "/account/leave";

pub(super) fn routes() -> Routes<Web> {
    let leave = action::SELF_LEAVE.into();
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &in_shell(&[leave]), show)
        .route(Method::POST, PATH, &[leave], submit)
}

async fn show(visit: Visit) -> Answer {
    let preview = users::preview_leaving(&visit.app, &visit.caller).await?;
    let shell = visit.reader(Section::Account).await?.shell;
    shown(&LeavePage {
        has_others: !shell.other_organizations.is_empty(),
        leaving: leaving(preview),
        shell,
    })
}

async fn submit(visit: Visit, _form: FormBody) -> Answer {
    users::leave(&visit.app, &visit.caller, ().into()).await?;
    let mut response = done::to("/sign-in", Done::Left, &visit.settings);
    let cookie = ended_session_cookie(&visit.settings);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
