//! The cookie of a session, and the one that remembers the browser it began in.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use postscale_actions::{
    SessionToken,
    auth::{DEVICE_AGE_MAX, SignedIn},
};
use postscale_store::session::AGE_MAX;

use crate::Settings;

/// What a cookie is called under `https`, where the browser itself refuses it without `Secure` and from
/// sub-domains, and under `http` on loopback.
struct Names {
    secure: &'static str,
    plain: &'static str,
}

const SESSION: Names = Names {
    secure: "__Host-postscale_session",
    plain: "postscale_session",
};
const DEVICE: Names = Names {
    secure: "__Host-postscale_device",
    plain: "postscale_device",
};

impl Names {
    /// The one name of this instance. The other one is nobody's: under `https` a neighbour of ours
    /// could set the plain one.
    fn of(&self, settings: &Settings) -> &'static str {
        if settings.secure_cookies() {
            self.secure
        } else {
            self.plain
        }
    }
}

fn cookie(settings: &Settings, names: &Names, value: &str, age: Duration) -> HeaderValue {
    let name = names.of(settings);
    let secure = if settings.secure_cookies() {
        "; Secure"
    } else {
        ""
    };
    let age = age.as_secs();
    let text = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("BUG: a token is a header value")
}

/// Lets the answer's browser in: the session's cookie, and the one that remembers the browser.
pub fn let_in(response: &mut Response, settings: &Settings, signed_in: &SignedIn) {
    renew_session(response, settings, &signed_in.token);
    let device = cookie(settings, &DEVICE, &signed_in.device, DEVICE_AGE_MAX);
    response.headers_mut().append(header::SET_COOKIE, device);
}

/// Gives the answer's browser the session's new token.
pub fn renew_session(response: &mut Response, settings: &Settings, token: &SessionToken) {
    let session = cookie(settings, &SESSION, token.expose(), AGE_MAX);
    response.headers_mut().append(header::SET_COOKIE, session);
}

/// The `Set-Cookie` of a sign-out.
#[must_use]
pub fn ended_session_cookie(settings: &Settings) -> HeaderValue {
    cookie(settings, &SESSION, "", Duration::ZERO)
}

/// The token a request's cookie carries, if it can be one.
pub(crate) fn session_cookie_value(
    headers: &HeaderMap,
    settings: &Settings,
) -> Option<SessionToken> {
    value(headers, SESSION.of(settings)).and_then(SessionToken::parse)
}

/// The token a browser would present by either name, the guarded one first, where it is not known
/// which of them counts.
pub(crate) fn any_session_cookie_value(headers: &HeaderMap) -> Option<SessionToken> {
    let mut names = [SESSION.secure, SESSION.plain].into_iter();
    names.find_map(|name| value(headers, name).and_then(SessionToken::parse))
}

/// What a request's cookie remembers its browser by.
pub(crate) fn device_cookie_value<'a>(
    headers: &'a HeaderMap,
    settings: &Settings,
) -> Option<&'a str> {
    value(headers, DEVICE.of(settings))
}

fn value<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).into_iter();
    pairs
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}
