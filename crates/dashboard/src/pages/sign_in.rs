//! `/sign-in`, `/sign-in/code`: the way in. Who has a second factor gives its code on the second page.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use postscale_access::{Late, action};
use postscale_actions::{
    App, Error, Rule,
    auth::{self, SignedIn, Step},
};
use postscale_model::Invalid;
use postscale_web::{
    BrowserSession, FormBody, FromBrowser, Problem, Query, RequestCaller, Routes, Settings,
    Surface, Web, let_in,
};

use crate::{
    answer::{self, Answer, shown},
    done::{self, Told},
    ui::counted,
    views::sign_in::{SignInCodePage, SignInPage},
};

pub(super) fn routes() -> Routes<Web> {
    let sign_in = [action::AUTH_LOGIN.into()];
    Routes::new(Surface::Public)
        .route(Method::GET, "/sign-in", &sign_in, show)
        .route(Method::POST, "/sign-in", &sign_in, sign_in_now)
        .route(Method::POST, "/sign-in/code", &sign_in, give_code)
}

type Session = Result<BrowserSession, Problem>;

/// The token the forms of a browser carry; empty when nobody is signed in.
fn csrf(session: Session) -> String {
    session.map(|session| session.csrf()).unwrap_or_default()
}

async fn show(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    let return_to = query.way("return_to").unwrap_or("/");
    let mut page = first_page(&app, session, answer::local(return_to), "");
    page.notice = done::told(&headers, None).map(Told::notice);
    shown(&page)
}

fn first_page(app: &App, session: Session, return_to: &str, email: &str) -> SignInPage {
    let page = SignInPage::new(csrf(session), return_to.to_owned(), email);
    page.may_sign_up(auth::check_signups_open(app).is_ok())
}

/// Why nobody was let in, in one sentence, and how long to wait.
struct Why {
    status: StatusCode,
    text: String,
    wait_seconds: Option<u64>,
}

impl Why {
    fn of(error: Error) -> Result<Self, Problem> {
        let (status, text, wait_seconds) = match error {
            Error::Rule(Rule::TooManyAttempts {
                retry_after_seconds,
            }) => (
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "Too many attempts. Try again in {}.",
                    counted(retry_after_seconds, "second", "seconds")
                ),
                Some(retry_after_seconds),
            ),
            Error::Rule(rule @ (Rule::InvalidCredentials | Rule::InvalidCode)) => {
                (StatusCode::UNAUTHORIZED, format!("{rule}."), None)
            }
            Error::Rule(rule @ Rule::OrganizationDeleted) => {
                (StatusCode::FORBIDDEN, format!("{rule}."), None)
            }
            Error::Rule(rule @ Rule::SecondFactorRequired) => {
                (StatusCode::BAD_REQUEST, format!("{rule}."), None)
            }
            Error::Invalid(invalid) => (StatusCode::BAD_REQUEST, invalid.message, None),
            other => return Err(other.into()),
        };
        Ok(Self {
            status,
            text,
            wait_seconds,
        })
    }
    fn told(&self, response: &mut Response) {
        if let Some(seconds) = self.wait_seconds {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

fn go_on(settings: &Settings, signed_in: &SignedIn, return_to: &str) -> Response {
    let mut response = answer::to(return_to);
    let_in(&mut response, settings, signed_in);
    response
}

async fn sign_in_now(
    State(Web { app, settings }): State<Web>,
    browser: FromBrowser,
    RequestCaller(caller): RequestCaller,
    session: Session,
    form: FormBody,
) -> Answer {
    let return_to = answer::local(form.text("return_to")?);
    let login = Late::new(login(&form));
    match auth::login(&app, &caller, login, &browser.get()).await {
        Ok(Step::Done(signed_in)) => Ok(go_on(&settings, &signed_in, return_to)),
        Ok(Step::CodeDue(pending)) => {
            let page = SignInCodePage::new(csrf(session), return_to.to_owned(), pending);
            shown(&page)
        }
        Err(error) => {
            let email = form.text("email").unwrap_or_default();
            refused(&app, session, error, return_to, email)
        }
    }
}

fn refused(app: &App, session: Session, error: Error, return_to: &str, email: &str) -> Answer {
    let why = Why::of(error)?;
    let page = first_page(app, session, return_to, email).failed(&*why.text);
    let mut response = answer::page(why.status, &page)?;
    why.told(&mut response);
    Ok(response)
}

fn login(form: &FormBody) -> Result<auth::Login, Invalid> {
    Ok(auth::Login {
        email: form.text("email")?.to_owned(),
        password: form.verbatim("password")?.to_owned(),
        code: None,
    })
}

async fn give_code(
    State(Web { app, settings }): State<Web>,
    browser: FromBrowser,
    RequestCaller(caller): RequestCaller,
    session: Session,
    form: FormBody,
) -> Answer {
    let return_to = answer::local(form.text("return_to")?);
    let pending = form.text("pending")?;
    let code = form.text("code")?;
    let given = (pending.to_owned(), code.to_owned());
    let error = match auth::finish_login(&app, &caller, given.into(), &browser.get()).await {
        Ok(signed_in) => return Ok(go_on(&settings, &signed_in, return_to)),
        // The password's time is over, or it was changed: all over again.
        Err(error @ Error::Rule(Rule::InvalidCredentials)) => {
            return refused(&app, session, error, return_to, "");
        }
        Err(error) => error,
    };
    let why = Why::of(error)?;
    let page = SignInCodePage::new(csrf(session), return_to.to_owned(), pending.to_owned());
    let mut response = answer::page(why.status, &page.failed(&*why.text))?;
    why.told(&mut response);
    Ok(response)
}
