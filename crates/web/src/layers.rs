//! What surrounds every answer: request id, panics, header set, the rendering of problems.
//!
//! These are functions around an answer and not layers of a router: a layer is boxed and cloned
//! anew for every request.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;
use postscale_model::Sources;
use uuid::Uuid;

use crate::{Problem, ProblemExtension};

/// A request's id, the same in its answer and in the log.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer. Pages add their own Content-Security-Policy before this one is tried.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000; includeSubDomains"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Answers a request under an id of its own, with the header set of every answer.
pub(crate) async fn identified<F>(
    sources: &Sources,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let id = RequestId(sources.id::<Uuid>().to_string().into());
    request.extensions_mut().insert(id.clone());
    let line = tracing::enabled!(tracing::Level::DEBUG).then(|| Line::of(&request));
    let mut response = answer(request).await;
    if let Some(line) = line {
        line.log(&response, &id);
    }
    let headers = response.headers_mut();
    headers.reserve(HEADERS.len() + 1);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(X_REQUEST_ID, value);
    }
    response
}

/// An answer whose problem, if it is one, is rendered as its surface does it.
pub(crate) fn rendered(
    response: Response,
    render: impl FnOnce(&Problem) -> Response,
    method: &Method,
) -> Response {
    let Some(ProblemExtension(problem)) = response.extensions().get() else {
        return response;
    };
    let mut rendered = render(problem);
    *rendered.status_mut() = problem.status;
    for (name, value) in response.headers() {
        if !rendered.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    if method == Method::HEAD {
        without_body(&mut rendered);
    }
    rendered
}

/// HEAD tells the length of what GET would answer.
fn without_body(response: &mut Response) {
    if let Some(length) = response.body().size_hint().exact() {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = Body::empty();
}

/// The answer of a surface's routes, come what may: panics and errors made by the framework itself
/// become problems too.
pub async fn unfailing(answer: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) if is_bare_not_found(&response) => Problem::not_found().into_response(),
        Ok(response) => response,
        Err(_) => Problem::internal("a handler panicked").into_response(),
    }
}

fn is_bare_not_found(response: &Response) -> bool {
    response.status() == StatusCode::NOT_FOUND
        && response.headers().get(header::CONTENT_TYPE).is_none()
        && response.extensions().get::<ProblemExtension>().is_none()
}

/// What the log says of a request, taken before it is handled.
struct Line {
    method: Method,
    path: String,
    started: Instant,
}

impl Line {
    fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            path: logged_path(request.uri().path()),
            started: Instant::now(),
        }
    }

    fn log(&self, response: &Response, id: &RequestId) {
        let status = response.status().as_u16();
        let duration_ms = self.started.elapsed().as_millis();
        tracing::debug!(http.method = %self.method, http.path = %self.path, http.status = status, duration_ms, request.id = %id.0, "answered");
    }
}

/// Characters from which on a segment of a path may be a secret. Ids are shorter than that.
const SECRET_CHARS_MIN: usize = 43;

/// A path as the log has it: the token of a link is an authority, and the log is read by many.
fn logged_path(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        if segment.len() >= SECRET_CHARS_MIN {
            "…"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_shows_ids_and_no_tokens() {
        let token = "0123456789abcdef".repeat(4);
        for (path, want) in [
            (format!("/invitations/{token}/code"), "/invitations/…/code"),
            (format!("/v1/invitations/{token}"), "/v1/invitations/…"),
            (
                "/v1/emails/5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa/events".to_owned(),
                "/v1/emails/5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa/events",
            ),
            ("/".to_owned(), "/"),
        ] {
            assert_eq!(logged_path(&path), want);
        }
    }
}
