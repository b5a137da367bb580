//! Another token for a session whose person was promoted, given with the next thing they look at.
//!
//! Only with a look: a form that is on its way proves itself by the token its page was made for. And
//! only with one that succeeds: a refused request changes nothing.

use axum::{
    http::{HeaderName, HeaderValue, Uri, uri::PathAndQuery},
    response::{IntoResponse, Redirect, Response},
};
use postscale_actions::{auth::renew_promoted, csrf_token};

use crate::{caller::Given, cookie::renew_session, surfaces::is_api};

const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// The answer with the session's new token, if it still was due for one: of the API with the CSRF
/// token that goes with it, of a page as the way to that page again, whose forms then carry it.
pub(crate) async fn renewed(given: &Given, uri: &Uri, answer: Response) -> Response {
    let token = match renew_promoted(&given.app, &given.caller).await {
        Ok(Some(token)) => token,
        Ok(None) => return answer,
        // It stays due.
        Err(error) => {
            tracing::warn!(%error, "a session was not renewed");
            return answer;
        }
    };
    let mut answer = if is_api(uri.path()) {
        with_csrf_token(answer, &csrf_token(&token))
    } else if answer.status().is_redirection() {
        answer
    } else {
        Redirect::to(uri.path_and_query().map_or("/", PathAndQuery::as_str)).into_response()
    };
    renew_session(&mut answer, &given.settings, &token);
    answer
}

fn with_csrf_token(mut answer: Response, token: &str) -> Response {
    let value = HeaderValue::from_str(token).expect("BUG: hexadecimal digits are a header value");
    answer.headers_mut().insert(X_CSRF_TOKEN, value);
    answer
}
