//! `/`, `/sign-out`, `/organization`, `/theme`: the way out and about.

use axum::{
    extract::State,
    http::{HeaderValue, Method, header},
    response::Response,
};
use postscale_access::{Late, action};
use postscale_actions::{App, auth};
use postscale_model::{Invalid, OrganizationId};
use postscale_web::{
    FormBody, Problem, RequestCaller, Routes, Settings, Surface, Web, ended_session_cookie,
};

use crate::{
    answer::{self, Answer},
    done::{self, Done},
    ui::Theme,
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

async fn sign_out(
    State(app): State<App>,
    State(settings): State<Settings>,
    RequestCaller(caller): RequestCaller,
    form: FormBody,
) -> Answer {
    auth::logout(&app, &caller, ().into()).await?;
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
