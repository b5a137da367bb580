//! Which surface answers a path.

use axum::{Router, extract::Request};
use tower::ServiceExt as _;

/// Whether the API answers this path, rather than the pages.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// Both surfaces on one listener. Each renders its own problems, so they are chosen between, not
/// merged.
pub fn surfaces(api: Router, pages: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let path = request.uri().path();
        let router = if is_api(path) { &api } else { &pages };
        router.clone().oneshot(request)
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
