//! The session cookie.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use postscale_actions::SessionToken;
use postscale_store::session::AGE_MAX;

use crate::Settings;

/// Name under `https`: the browser itself refuses it without `Secure` and from sub-domains.
const SECURE_NAME: &str = "__Host-postscale_session";
/// Name under `http` on loopback.
const PLAIN_NAME: &str = "postscale_session";

fn cookie(settings: &Settings, value: &str, age: Duration) -> HeaderValue {
    let (name, secure) = if settings.secure_cookies() {
        (SECURE_NAME, "; Secure")
    } else {
        (PLAIN_NAME, "")
    };
    let age = age.as_secs();
    let text = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("BUG: a token is a header value")
}

/// The `Set-Cookie` of a sign-in.
#[must_use]
pub fn session_cookie(settings: &Settings, token: &SessionToken) -> HeaderValue {
    cookie(settings, token.expose(), AGE_MAX)
}

/// The `Set-Cookie` of a sign-out.
#[must_use]
pub fn ended_session_cookie(settings: &Settings) -> HeaderValue {
    cookie(settings, "", Duration::ZERO)
}

/// The token a request's cookie carries, if it can be one.
pub(crate) fn session_cookie_value(headers: &HeaderMap) -> Option<SessionToken> {
    let pairs = headers.get_all(header::COOKIE).into_iter();
    pairs
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| matches!(*name, SECURE_NAME | PLAIN_NAME))
        .and_then(|(_, value)| SessionToken::parse(value))
}
