//! The layers every answer passes: request id, panics, header set, the rendering of problems.

use axum::{
    Extension, Router,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
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
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let started = std::time::Instant::now();
    let mut response = next.run(request).await;
    let status = response.status();
    let duration_ms = started.elapsed().as_millis();
    tracing::debug!(http.method = %method, http.path = %path, http.status = status.as_u16(), duration_ms, request.id = %id.0, "answered");
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
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
