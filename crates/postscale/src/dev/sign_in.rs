//! A link that signs the demo owner in, once.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::State,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use postscale_access::action;
use postscale_actions::{
    App,
    auth::{self, Login, Step},
};
use postscale_model::Sources;
use postscale_web::{
    FromBrowser, Name, Problem, RequestCaller, Routes, Settings, Surface, Web, let_in,
};

use super::people::OWNER;

const PATH: &str = "/dev/sign-in/{token}";

postscale_web::segments! {
    /// The link's token.
    TokenSegment = "token";
}

/// The link. Clones are one link.
#[derive(Clone)]
pub struct SignInLink {
    token: Arc<str>,
    /// The owner's password while the link is good.
    password: Arc<Mutex<Option<String>>>,
}

impl SignInLink {
    /// A link that is not good yet.
    pub fn new(sources: &Sources) -> Self {
        Self {
            token: sources.hex::<32>().into(),
            password: Arc::default(),
        }
    }

    /// Makes the link good; its path.
    pub fn open(&self, password: &str) -> String {
        let mut open = self.password.lock().unwrap_or_else(PoisonError::into_inner);
        *open = Some(password.to_owned());
        PATH.replace("{token}", &self.token)
    }

    fn take(&self, token: &str) -> Option<String> {
        let mut open = self.password.lock().unwrap_or_else(PoisonError::into_inner);
        if *token == *self.token {
            open.take()
        } else {
            None
        }
    }

    /// Where it leads.
    pub fn routes(&self) -> Routes<Web> {
        let link = self.clone();
        let sign_in = [action::AUTH_LOGIN.into()];
        Routes::new(Surface::Public).route(
            Method::GET,
            PATH,
            &sign_in,
            move |State(app): State<App>,
                  State(settings): State<Settings>,
                  browser: FromBrowser,
                  RequestCaller(caller): RequestCaller,
                  token: Name<TokenSegment>| {
                let password = link.take(&token.text);
                async move {
                    let Some(password) = password else {
                        return Ok(to("/"));
                    };
                    let login = Login {
                        email: OWNER.to_owned(),
                        password,
                        code: None,
                    };
                    let step = auth::login(&app, &caller, login.into(), &browser.get()).await?;
                    let Step::Done(signed_in) = step else {
                        return Ok(to("/"));
                    };
                    let mut response = to("/");
                    let_in(&mut response, &settings, &signed_in);
                    Ok::<Response, Problem>(response)
                }
            },
        )
    }
}

fn to(path: &'static str) -> Response {
    let location = (header::LOCATION, HeaderValue::from_static(path));
    (StatusCode::SEE_OTHER, [location]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_good_once_and_only_with_its_token() {
        let link = SignInLink::new(&crate::sources::system());
        assert_eq!(link.take(&link.token), None, "not open yet");
        let path = link.open("secret");
        assert_eq!(path, format!("/dev/sign-in/{}", link.token));
        assert_eq!(link.take("another"), None);
        assert_eq!(link.take(&link.token).as_deref(), Some("secret"));
        assert_eq!(link.take(&link.token), None, "used");
    }
}
