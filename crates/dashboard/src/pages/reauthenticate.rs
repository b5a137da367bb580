//! `/reauthenticate`: the password again, before what is protected.

use axum::http::{Method, StatusCode};
use postscale_access::{Late, action};
use postscale_actions::{Error, Rule, auth};
use postscale_model::Invalid;
use postscale_web::{FormBody, Query, Routes, Surface, Web, renew_session};

use super::in_shell;
use crate::{
    answer::{self, Answer},
    ui::{Notice, Section},
    views::sign_in::ReauthenticatePage,
    visit::Visit,
};

const PATH: &str = "/reauthenticate";

pub(super) fn routes() -> Routes<Web> {
    let own = [action::SELF_UPDATE.into()];
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &in_shell(&[]), show)
        .route(Method::POST, PATH, &in_shell(&own), confirm)
}

async fn show(visit: Visit, query: Query) -> Answer {
    let next = query.way("next").unwrap_or("/");
    let is_told = |name| query.text(name).ok().flatten().is_some();
    let notice = match (is_told("undone"), is_told("kept")) {
        (true, _) => Some("Nothing was changed yet. Do it again afterwards."),
        (_, true) => Some("Nothing was made yet. You come back to the form as you filled it in."),
        _ => None,
    };
    let notice = notice.map(Notice::hint);
    page(&visit, StatusCode::OK, answer::local(next), notice).await
}

async fn page(visit: &Visit, status: StatusCode, next: &str, notice: Option<Notice>) -> Answer {
    let reader = visit.reader(Section::Account).await?;
    let (csrf, email) = (visit.csrf.clone(), reader.shell.email);
    let page = ReauthenticatePage::new(csrf, next.to_owned(), email, notice);
    let page = match reader.me.mfa_enabled {
        true => page.with_code(),
        false => page,
    };
    answer::page(status, &page)
}

async fn confirm(visit: Visit, form: FormBody) -> Answer {
    let next = answer::local(form.text("next")?).to_owned();
    match auth::reauthenticate(&visit.app, &visit.caller, Late::new(given(&form))).await {
        Ok(token) => {
            let mut response = answer::to(&next);
            renew_session(&mut response, &visit.settings, &token);
            Ok(response)
        }
        Err(Error::Rule(Rule::InvalidCredentials)) => {
            let notice = Notice::failed("That is not your password.");
            page(&visit, StatusCode::UNAUTHORIZED, &next, Some(notice)).await
        }
        Err(Error::Rule(rule @ (Rule::InvalidCode | Rule::SecondFactorRequired))) => {
            let notice = Notice::failed(format!("{rule}."));
            page(&visit, StatusCode::UNAUTHORIZED, &next, Some(notice)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn given(form: &FormBody) -> Result<auth::Reauthentication, Invalid> {
    let code = form.text("code").ok().filter(|code| !code.is_empty());
    Ok(auth::Reauthentication {
        password: form.verbatim("password")?.to_owned(),
        code: code.map(str::to_owned),
    })
}
