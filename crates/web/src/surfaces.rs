//! Which surface answers a path.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use postscale_actions::mta_sts::{LABEL, WELL_KNOWN};
use postscale_model::Sources;
use tower::Service;

use crate::{
    Problem,
    counts::Counts,
    layers::{identified, rendered, unfailing},
};

/// Whether the API answers this path, rather than the pages.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// The host a request is for.
#[must_use]
pub fn requested_host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let named = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    uri.authority()
        .map(axum::http::uri::Authority::as_str)
        .or(named)
}

/// Whether a request is for a host that serves one file and nothing else.
fn is_elsewhere(uri: &Uri, headers: &HeaderMap) -> bool {
    let host = requested_host(uri, headers).unwrap_or_default();
    let label = host.split('.').next().unwrap_or_default();
    label.eq_ignore_ascii_case(LABEL) && uri.path() != WELL_KNOWN
}

/// Everything an HTTP listener answers: both surfaces, and what surrounds every answer. Cheap to
/// clone.
///
/// Each surface renders its own problems, so they are chosen between, not merged.
#[derive(Clone)]
pub struct Surfaces(Arc<Parts>);

struct Parts {
    api: Router,
    api_problem: fn(&Problem) -> Response,
    pages: Router,
    sources: Sources,
    counts: Counts,
}

impl Surfaces {
    /// The API's routes, with how it renders problems, and the pages, which render their own.
    #[must_use]
    pub fn new(
        api: Router,
        api_problem: fn(&Problem) -> Response,
        pages: Router,
        sources: Sources,
    ) -> Self {
        Self(Arc::new(Parts {
            api,
            api_problem,
            pages,
            sources,
            counts: Counts::default(),
        }))
    }

    async fn answer(self, request: Request) -> Response {
        let choose = |request| self.counted(request);
        identified(&self.0.sources, request, choose).await
    }

    async fn counted(&self, request: Request) -> Response {
        let counts = self.0.counts.of(is_api(request.uri().path()));
        let started = Instant::now();
        let response = self.chosen(request).await;
        counts.count(response.status(), started.elapsed());
        response
    }

    async fn chosen(&self, request: Request) -> Response {
        if is_elsewhere(request.uri(), request.headers()) {
            return StatusCode::NOT_FOUND.into_response();
        }
        if !is_api(request.uri().path()) {
            return routed(&self.0.pages, request).await;
        }
        let method = request.method().clone();
        let response = unfailing(routed(&self.0.api, request)).await;
        rendered(response, self.0.api_problem, &method)
    }
}

async fn routed(router: &Router, request: Request) -> Response {
    match router.clone().call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

impl Service<Request> for Surfaces {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(self.clone().answer(request).map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_everything_below_v1() {
        for (path, api) in [
            ("/v1", true),
            ("/v1/me", true),
            ("/v10", false),
            ("/", false),
        ] {
            assert_eq!(is_api(path), api, "{path}");
        }
    }
}
