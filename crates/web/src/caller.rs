//! Who a request claims to be: a credential, verified by nobody yet.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use postscale_access::{Action, Caller, Credential, Origin};
use postscale_actions::{App, SessionToken, csrf_token, parse_api_key, session_proof};
use postscale_model::TokenHash;

use crate::{
    Peer, Problem, RequestId, Settings,
    cookie::{any_session_cookie_value, session_cookie_value},
};

/// The actions a route declared, and what its handler was given, if it asked for its caller; put
/// into each request by [`Routes`](crate::Routes).
#[derive(Clone)]
pub(crate) struct Declared {
    actions: Arc<[Action]>,
    given: Arc<OnceLock<Given>>,
}

/// The caller, and what the answer may have to be completed with.
pub(crate) struct Given {
    pub(crate) caller: Caller,
    pub(crate) app: App,
    pub(crate) settings: Settings,
}

impl Declared {
    pub(crate) fn new(actions: Arc<[Action]>) -> Self {
        let given = Arc::default();
        Self { actions, given }
    }

    pub(crate) fn actions(&self) -> &[Action] {
        &self.actions
    }

    pub(crate) fn was_decided(&self) -> bool {
        self.given().is_some_and(|given| given.caller.was_decided())
    }

    pub(crate) fn given(&self) -> Option<&Given> {
        self.given.get()
    }
}

/// A request's [`Caller`], handed to use cases. CSRF is settled before it exists.
#[derive(Debug, Clone)]
pub struct RequestCaller(pub Caller);

/// The session cookie of a browser, for pages that need its CSRF token.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    /// The token the cookie carried.
    pub token: SessionToken,
}

impl BrowserSession {
    /// The session a browser presents, where it is only to be told its own CSRF token and the
    /// instance's settings are not at hand. Nobody is let in by it.
    #[must_use]
    pub fn presented(headers: &HeaderMap) -> Option<Self> {
        any_session_cookie_value(headers).map(|token| Self { token })
    }
    /// The CSRF token forms of this session carry.
    #[must_use]
    pub fn csrf(&self) -> String {
        csrf_token(&self.token)
    }
    /// Proves that a text in another cookie is what this session was told.
    #[must_use]
    pub fn proof(&self, text: &str) -> String {
        session_proof(&self.token, text)
    }
}

impl std::ops::Deref for RequestCaller {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0
    }
}

/// A credential that is well formed as to where it stands but known to be worthless.
fn worthless() -> Credential {
    Credential::ApiKey(TokenHash::new([0; 32]))
}

fn bearer(headers: &HeaderMap) -> Option<Credential> {
    let value = headers.get(header::AUTHORIZATION)?;
    let text = value.to_str().unwrap_or_default();
    let token = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let key = token.and_then(|(_, token)| parse_api_key(token.trim()));
    Some(key.map_or_else(worthless, Credential::ApiKey))
}

/// `Origin` or `Sec-Fetch-Site` say that another site's page sent the request.
pub(crate) fn is_cross_site(headers: &HeaderMap, settings: &Settings) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match text("origin") {
        Some(origin) => {
            let host = headers
                .get(header::HOST)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let same_host = origin
                .split_once("://")
                .is_some_and(|(_, rest)| rest == host);
            origin != &*settings.public_url && !same_host
        }
        None => false,
    }
}

/// Whether an unsafe request of a cookie session proves that a page of ours sent it. A form
/// carries its token in the body, which [`FormBody`](crate::FormBody) and
/// [`FileForm`](crate::FileForm) check; everything else in `X-CSRF-Token`.
fn check_csrf(parts: &Parts, token: &SessionToken, settings: &Settings) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    if is_cross_site(&parts.headers, settings) {
        return Err(Problem::csrf());
    }
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| {
            kind.starts_with("application/x-www-form-urlencoded")
                || kind.starts_with("multipart/form-data")
        });
    let sent = parts
        .headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok());
    match sent {
        Some(sent) if sent == csrf_token(token) => Ok(()),
        None if is_form && !parts.uri.path().starts_with("/v1/") => Ok(()),
        _ => Err(Problem::csrf()),
    }
}

impl<S> FromRequestParts<S> for RequestCaller
where
    S: Send + Sync,
    App: FromRef<S>,
    Settings: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let declared = parts.extensions.get::<Declared>().cloned();
        let declared =
            declared.ok_or_else(|| Problem::internal("a handler outside the declared routes"))?;
        if let Some(given) = declared.given() {
            return Ok(Self(given.caller.clone()));
        }
        let (app, settings) = (App::from_ref(state), Settings::from_ref(state));
        let credential = match bearer(&parts.headers) {
            Some(key) => Some(key),
            None => match session_cookie_value(&parts.headers, &settings) {
                Some(token) => {
                    check_csrf(parts, &token, &settings)?;
                    Some(Credential::Session(token.hash()))
                }
                None => None,
            },
        };
        let Ok(Peer(ip)) = Peer::from_request_parts(parts, state).await;
        let request_id = parts.extensions.get::<RequestId>();
        let origin = Origin {
            ip: Some(ip),
            request_id: request_id.map_or_else(Arc::default, |id| Arc::clone(&id.0)),
        };
        let actions = Arc::clone(&declared.actions);
        let caller = Caller::new(credential, actions, app.sources.now()).with_origin(origin);
        let _ = declared.given.set(Given {
            caller: caller.clone(),
            app,
            settings,
        });
        Ok(Self(caller))
    }
}

impl<S> FromRequestParts<S> for BrowserSession
where
    S: Send + Sync,
    Settings: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = session_cookie_value(&parts.headers, &Settings::from_ref(state));
        let token = token.ok_or_else(Problem::unauthorized)?;
        Ok(Self { token })
    }
}
