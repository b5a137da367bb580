//! Which surface answers a path.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse as _,
};
use postscale_actions::mta_sts::{LABEL, WELL_KNOWN};
use tower::ServiceExt as _;

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

/// Both surfaces on one listener. Each renders its own problems, so they are chosen between, not
/// merged.
pub fn surfaces(api: Router, pages: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let is_elsewhere = is_elsewhere(request.uri(), request.headers());
        let path = request.uri().path();
        let router = if is_api(path) { &api } else { &pages }.clone();
        async move {
            if is_elsewhere {
                return Ok(StatusCode::NOT_FOUND.into_response());
            }
            router.oneshot(request).await
        }
    })
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
