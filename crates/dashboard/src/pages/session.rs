//! `/`, `/sign-in`, `/sign-out`, `/organization`, `/theme`: the way in, out and about.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use postscale_access::{Late, action};
use postscale_actions::{App, Error, Rule, auth};
use postscale_model::{Invalid, OrganizationId};
use postscale_web::{
    BrowserSession, FormBody, Peer, Problem, Query, RequestCaller, Routes, Settings, Surface, Web,
    ended_session_cookie, session_cookie,
};

use crate::{
    answer::{self, Answer},
    done::{self, Done},
    ui::Theme,
    views::sign_in::SignInPage,
    visit::{THEME_COOKIE, Visit},
};

const HOME: &str = "/domains";
/// Seconds a chosen theme is remembered.
const THEME_AGE_SECONDS: u32 = 31_536_000;

pub(super) fn routes() -> Routes<Web> {
    let open = [action::PUBLIC_READ.into()];
    let sign_in = [action::AUTH_LOGIN.into()];
    Routes::new(Surface::Public)
        .route(Method::GET, "/", &open, home)
        .route(Method::GET, "/sign-in", &sign_in, sign_in_page)
        .route(Method::POST, "/sign-in", &sign_in, sign_in_now)
        .route(Method::POST, "/sign-out", &sign_in, sign_out)
        .route(Method::POST, "/theme", &open, set_theme)
        .merge(Routes::new(Surface::Dashboard).route(
            Method::POST,
            "/organization",
            &[action::SELF_UPDATE.into()],
            switch,
        ))
}

async fn home() -> Response {
    answer::to(HOME)
}

/// The token the forms of a browser carry; empty when nobody is signed in.
fn csrf(session: Result<BrowserSession, Problem>) -> String {
    session.map(|session| session.csrf()).unwrap_or_default()
}

async fn sign_in_page(
    State(app): State<App>,
    session: Result<BrowserSession, Problem>,
    query: Query,
) -> Answer {
    let return_to = query.text("return_to").ok().flatten().unwrap_or("/");
    let return_to = answer::local(return_to).to_owned();
    let page = SignInPage::new(csrf(session), return_to, "");
    answer::shown(&page.may_sign_up(auth::check_signups_open(&app).is_ok()))
}

async fn sign_in_now(
    State(Web { app, settings }): State<Web>,
    Peer(ip): Peer,
    headers: HeaderMap,
    RequestCaller(caller): RequestCaller,
    session: Result<BrowserSession, Problem>,
    form: FormBody,
) -> Answer {
    let return_to = answer::local(form.text("return_to")?).to_owned();
    let login = login(&form);
    let email = form.text("email").unwrap_or_default();
    let agent = headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let error = match auth::login(&app, &caller, Late::new(login), ip, agent).await {
        Ok(signed_in) => {
            let mut response = answer::to(&return_to);
            let cookie = session_cookie(&settings, &signed_in.token);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            return Ok(response);
        }
        Err(error) => error,
    };
    let (status, why, wait) = match error {
        Error::Rule(Rule::TooManyAttempts {
            retry_after_seconds,
        }) => (
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many attempts. Try again in {retry_after_seconds} seconds."),
            Some(retry_after_seconds),
        ),
        Error::Rule(rule @ Rule::InvalidCredentials) => {
            (StatusCode::UNAUTHORIZED, format!("{rule}."), None)
        }
        Error::Invalid(invalid) => (StatusCode::BAD_REQUEST, invalid.message, None),
        other => return Err(other.into()),
    };
    let page = SignInPage::new(csrf(session), return_to, email)
        .failed(why)
        .may_sign_up(auth::check_signups_open(&app).is_ok());
    let mut response = answer::page(status, &page)?;
    if let Some(seconds) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn login(form: &FormBody) -> Result<auth::Login, Invalid> {
    Ok(auth::Login {
        email: form.text("email")?.to_owned(),
        password: form.verbatim("password")?.to_owned(),
    })
}

async fn sign_out(
    State(app): State<App>,
    State(settings): State<Settings>,
    RequestCaller(caller): RequestCaller,
    form: FormBody,
) -> Answer {
    auth::logout(&app, &caller).await?;
    let mut response = answer::to(match form.text("return_to")? {
        "" => "/sign-in",
        path => answer::local(path),
    });
    let cookie = ended_session_cookie(&settings);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

async fn switch(visit: Visit, form: FormBody) -> Answer {
    let to = form.text("organization_id").and_then(|text| {
        text.parse::<OrganizationId>()
            .map_err(|_| Invalid::field("organization_id", "must be an id"))
    });
    auth::switch(&visit.app, &visit.caller, Late::new(to)).await?;
    Ok(done::to(HOME, Done::Switched, &visit.settings))
}

/// The theme is kept in a cookie the script may write too: it is nobody's secret.
async fn set_theme(State(settings): State<Settings>, form: FormBody) -> Answer {
    let theme = Theme::from_cookie(form.text("theme")?).as_str();
    let secure = if settings.secure_cookies() {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{THEME_COOKIE}={theme}; Path=/; Max-Age={THEME_AGE_SECONDS}; SameSite=Lax{secure}"
    );
    let cookie = HeaderValue::from_str(&cookie).map_err(Problem::internal)?;
    let mut response = answer::to(answer::local(form.text("return_to")?));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
