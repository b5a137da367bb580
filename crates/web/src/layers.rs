//! The layers every answer passes: request id, panics, header set, the rendering of problems.

use std::time::Instant;

use axum::{
    Extension, Router,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use postscale_model::Sources;
use tower_http::catch_panic::CatchPanicLayer;
use uuid::Uuid;

use crate::{Problem, ProblemExtension};

/// A request's id, the same in its answer and in the log.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

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

/// Renders a surface's problems.
pub fn problems_as<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    render: impl Fn(&Problem, &RequestId) -> Response + Clone + Send + Sync + 'static,
) -> Router<S> {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let render = render.clone();
        async move {
            let id = request
                .extensions()
                .get::<RequestId>()
                .cloned()
                .unwrap_or(RequestId(String::new()));
            let response = next.run(request).await;
            let Some(ProblemExtension(problem)) =
                response.extensions().get::<ProblemExtension>().cloned()
            else {
                return response;
            };
            let mut rendered = render(&problem, &id);
            *rendered.status_mut() = problem.status;
            for (name, value) in response.headers() {
                if !rendered.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                    rendered.headers_mut().append(name, value.clone());
                }
            }
            rendered
        }
    }))
}

async fn identified(
    Extension(sources): Extension<Sources>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId(sources.id::<Uuid>().to_string());
    request.extensions_mut().insert(id.clone());
    let line = tracing::enabled!(tracing::Level::DEBUG).then(|| Line::of(&request));
    let mut response = next.run(request).await;
    if let Some(line) = line {
        line.log(&response, &id);
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
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

fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::http::Response<axum::body::Body> {
    Problem::internal("a handler panicked").into_response()
}

/// What every surface is wrapped in, outermost last.
pub fn shared_layers(router: Router, sources: Sources) -> Router {
    router
        .layer(middleware::from_fn(identified))
        .layer(Extension(sources))
}

/// What every surface's own routes are wrapped in, inside the rendering of problems.
pub fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(|| async { Problem::not_found() })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(bare_errors_are_problems))
}

/// Errors made by the framework itself become problems too.
async fn bare_errors_are_problems(response: Response) -> Response {
    if response.extensions().get::<ProblemExtension>().is_some() {
        return response;
    }
    match response.status() {
        StatusCode::NOT_FOUND if response.headers().get(header::CONTENT_TYPE).is_none() => {
            Problem::not_found().into_response()
        }
        _ => response,
    }
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
