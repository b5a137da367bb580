//! `/setup/{token}`, `/signup`, `/signup/verify`: organizations begin. Where they may not, or no
//! longer, these are addresses like any that never existed.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{Method, StatusCode},
    response::Response,
};
use postscale_access::{Late, action};
use postscale_actions::{
    App, Error,
    auth::{self, NewSignup, Setup, SignedIn, VerifyEmail},
};
use postscale_model::{Address, Invalid};
use postscale_web::{
    BrowserSession, FormBody, FromBrowser, Name, Peer, Problem, RequestCaller, Routes, Settings,
    Surface, Web, let_in,
};

use super::onboarding;
use crate::{
    answer::{self, Answer, shown},
    refusal::Refusal,
    segments::TokenSegment,
    views::founding::{FoundingEntry, FoundingPage, SignupCodePage},
};

pub(super) fn routes() -> Routes<Web> {
    let open = [action::PUBLIC_READ.into()];
    let sign_in = [action::AUTH_LOGIN.into()];
    Routes::new(Surface::Public)
        .route(Method::GET, "/setup/{token}", &open, setup_page)
        .route(Method::POST, "/setup/{token}", &sign_in, setup_now)
        .route(Method::GET, "/signup", &open, signup_page)
        .route(Method::POST, "/signup", &sign_in, signup_now)
        .route(Method::POST, "/signup/verify", &sign_in, verify_now)
}

/// The session of whoever looks, who need not have one.
type Session = Result<BrowserSession, Problem>;

fn csrf(session: Session) -> String {
    session.map(|session| session.csrf()).unwrap_or_default()
}

fn entry(form: &FormBody) -> Result<FoundingEntry, Invalid> {
    let text = |name| form.text(name).map(str::to_owned);
    Ok(FoundingEntry {
        organization: text("organization")?,
        name: text("name")?,
        email: text("email")?,
    })
}

fn address(text: &str) -> Result<Address, Invalid> {
    text.parse()
        .map_err(|_| Invalid::field("email", "must be an e-mail address"))
}

/// The form again, with what was wrong.
fn refused(page: FoundingPage, error: Error) -> Answer {
    let mut refusal = Refusal::of(error, |_| None)?;
    let status = refusal.status;
    let fields = ["organization", "name", "email", "password"];
    let problems: BTreeMap<&str, String> = fields
        .into_iter()
        .filter_map(|field| Some((field, refusal.take(field)?)))
        .collect();
    answer::page(status, &page.refused(problems, refusal.rest()))
}

/// To the founder's first step, signed in.
fn first_step(settings: &Settings, signed_in: &SignedIn) -> Response {
    let mut response = answer::to(onboarding::PATH);
    let_in(&mut response, settings, signed_in);
    response
}

async fn setup_page(State(app): State<App>, session: Session, token: Name<TokenSegment>) -> Answer {
    auth::check_setup_link(&app, &token.text).await?;
    let entry = FoundingEntry::default();
    shown(&FoundingPage::setup(csrf(session), &token.text, &entry))
}

async fn setup_now(
    State(Web { app, settings }): State<Web>,
    browser: FromBrowser,
    RequestCaller(caller): RequestCaller,
    (session, token): (Session, Name<TokenSegment>),
    form: FormBody,
) -> Answer {
    let input = entry(&form).and_then(|entry| {
        Ok(Setup {
            email: address(&entry.email)?,
            name: entry.name,
            organization: entry.organization,
            password: form.verbatim("password")?.to_owned(),
            plan: app.plans.of_new_organizations().to_owned(),
        })
    });
    let token = &token.text;
    match auth::setup_by_link(&app, &caller, token, Late::new(input), &browser.get()).await {
        Ok(signed_in) => Ok(first_step(&settings, &signed_in)),
        Err(error) => refused(
            FoundingPage::setup(csrf(session), token, &entry(&form)?),
            error,
        ),
    }
}

async fn signup_page(State(app): State<App>, session: Session) -> Answer {
    auth::check_signups_open(&app)?;
    let entry = FoundingEntry::default();
    shown(&FoundingPage::sign_up(csrf(session), &entry))
}

async fn signup_now(
    State(app): State<App>,
    Peer(ip): Peer,
    RequestCaller(caller): RequestCaller,
    session: Session,
    form: Result<FormBody, Problem>,
) -> Answer {
    auth::check_signups_open(&app)?;
    let form = form?;
    let input = entry(&form).and_then(|entry| {
        Ok(NewSignup {
            email: address(&entry.email)?,
            name: entry.name,
            organization: entry.organization,
            password: form.verbatim("password")?.to_owned(),
        })
    });
    let entry = entry(&form)?;
    match auth::signup(&app, &caller, Late::new(input), ip).await {
        Ok(()) => shown(&SignupCodePage::new(csrf(session), entry.email, None)),
        Err(error) => refused(FoundingPage::sign_up(csrf(session), &entry), error),
    }
}

async fn verify_now(
    State(Web { app, settings }): State<Web>,
    browser: FromBrowser,
    RequestCaller(caller): RequestCaller,
    session: Session,
    form: Result<FormBody, Problem>,
) -> Answer {
    auth::check_signups_open(&app)?;
    let form = form?;
    let input = address(form.text("email")?).and_then(|email| {
        let code = form.text("code")?.to_owned();
        Ok(VerifyEmail { email, code })
    });
    match auth::verify_email(&app, &caller, Late::new(input), &browser.get()).await {
        Ok(signed_in) => Ok(first_step(&settings, &signed_in)),
        Err(error) => {
            let mut refusal = Refusal::of(error, |_| None)?;
            let email = form.text("email")?.to_owned();
            let problem = refusal.take("code").or_else(|| refusal.take("email"));
            let page = SignupCodePage::new(csrf(session), email, problem);
            answer::page(StatusCode::BAD_REQUEST, &page)
        }
    }
}
