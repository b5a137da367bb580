//! `/forgot-password`, `/reset-password/{token}`: a new password for who lost theirs. Opening the link
//! uses nothing up, because mail scanners open it too.

use axum::{extract::State, http::Method, response::Response};
use postscale_access::{Late, action};
use postscale_actions::{App, Error, Rule, auth};
use postscale_web::{
    BrowserSession, FormBody, Name, Peer, Problem, RequestCaller, Routes, Settings, Surface, Web,
};

use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    refusal::Refusal,
    segments::TokenSegment,
    views::password_reset::{ForgotPasswordPage, LinkSentPage, ResetPasswordPage},
};

pub(super) fn routes() -> Routes<Web> {
    let ask = [action::AUTH_PASSWORD_RESET_REQUEST.into()];
    let reset = [action::AUTH_PASSWORD_RESET_CONFIRM.into()];
    Routes::new(Surface::Public)
        .route(Method::GET, "/forgot-password", &ask, forgot)
        .route(Method::POST, "/forgot-password", &ask, send_link)
        .route(Method::GET, "/reset-password/{token}", &reset, open)
        .route(Method::POST, "/reset-password/{token}", &reset, reset_now)
}

type Session = Result<BrowserSession, Problem>;

fn csrf(session: Session) -> String {
    session.map(|session| session.csrf()).unwrap_or_default()
}

async fn forgot(session: Session) -> Answer {
    shown(&ForgotPasswordPage::new(csrf(session), "", None))
}

async fn send_link(
    State(app): State<App>,
    Peer(ip): Peer,
    RequestCaller(caller): RequestCaller,
    session: Session,
    form: FormBody,
) -> Answer {
    let email = form.text("email")?;
    match auth::request_reset(&app, &caller, Late::new(Ok(email.to_owned())), ip).await {
        Ok(()) => shown(&LinkSentPage {
            email: email.to_owned(),
        }),
        Err(error) => {
            let mut refusal = Refusal::of(error, too_often)?;
            let problem = refusal.take("email");
            let page = ForgotPasswordPage::new(csrf(session), email, problem);
            answer::page(refusal.status, &page)
        }
    }
}

fn too_often(rule: &Rule) -> Option<&'static str> {
    matches!(rule, Rule::TooManyAttempts { .. }).then_some("email")
}

async fn open(
    State(app): State<App>,
    RequestCaller(caller): RequestCaller,
    session: Session,
    token: Name<TokenSegment>,
) -> Answer {
    if !auth::is_reset_open(&app, &caller, &token.text).await? {
        return Err(Error::from(Rule::NoSuchObject).into());
    }
    shown(&ResetPasswordPage::new(csrf(session), token.text, None))
}

async fn reset_now(
    State(Web { app, settings }): State<Web>,
    RequestCaller(caller): RequestCaller,
    (session, token): (Session, Name<TokenSegment>),
    form: FormBody,
) -> Answer {
    let given = form
        .verbatim("password")
        .map(|password| auth::PasswordReset {
            token: token.text.clone(),
            password: password.to_owned(),
        });
    match auth::reset_password(&app, &caller, Late::new(given)).await {
        Ok(()) => Ok(signed_out(&settings)),
        Err(error) => {
            let mut refusal = Refusal::of(error, |_| None)?;
            if refusal.take("token").is_some() {
                return Err(Error::from(Rule::NoSuchObject).into());
            }
            let problem = refusal.take("password");
            let page = ResetPasswordPage::new(csrf(session), token.text, problem);
            answer::page(refusal.status, &page)
        }
    }
}

fn signed_out(settings: &Settings) -> Response {
    done::to("/sign-in", Done::PasswordReset, settings)
}
