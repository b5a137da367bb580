//! How handlers answer: a page, a frame with foreign HTML, or the way to another page.

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use postscale_web::Problem;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Problem>;

/// Pages run their own script, load their own files, frame messages of their own origin and talk
/// to nobody else.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// Foreign HTML runs nothing, loads nothing, links nowhere and is of no origin, even when it is
/// opened outside of its frame.
const FRAME_POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'self'",
);

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A page.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Answer {
    Ok(document(status, page.render().map_err(Problem::internal)?))
}

/// A page that is all right.
pub(crate) fn shown(template: &impl Template) -> Answer {
    page(StatusCode::OK, template)
}

/// A rendered page with its headers.
pub(crate) fn document(status: StatusCode, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HTML),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    ];
    (status, headers, html).into_response()
}

/// What stands around the HTML of a message: the page's own looks end at the frame.
const FRAME_HEAD: &str = "<!doctype html><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light\">\
    <style>body{margin:1rem;background:#fff;color:#1a1a1a;font:15px/1.5 sans-serif;overflow-wrap:anywhere}\
    img{max-width:100%;height:auto}a{text-decoration:underline}</style>";

/// The cleaned HTML of a message, for its frame.
pub(crate) fn foreign(html: &str) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HTML),
        (header::CONTENT_SECURITY_POLICY, FRAME_POLICY),
    ];
    (headers, [FRAME_HEAD, html].concat()).into_response()
}

/// On to another page of this site, by GET.
pub(crate) fn to(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => Problem::internal("a path that is no header value").into_response(),
    }
}

/// The address of a page of this site as somebody else may have written it; anything else leads
/// home.
pub(crate) fn local(path: &str) -> &str {
    let mut octets = path.bytes();
    let is_local = octets.next() == Some(b'/')
        && !matches!(octets.next(), Some(b'/' | b'\\'))
        && path.bytes().all(|octet| octet.is_ascii_graphic());
    if is_local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_returned_to() {
        for path in ["/", "/domains", "/emails?from=a%20b&offset=50"] {
            assert_eq!(local(path), path);
        }
        let others = [
            "",
            "domains",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: a=b",
            "/\tx",
            "/ä",
        ];
        for path in others {
            assert_eq!(local(path), "/", "{path:?}");
        }
    }

    #[test]
    fn answers_carry_their_policies() {
        let policy =
            |response: &Response| response.headers()[header::CONTENT_SECURITY_POLICY].clone();
        assert_eq!(
            policy(&document(StatusCode::OK, String::new())),
            PAGE_POLICY
        );
        let frame = policy(&foreign(""));
        assert!(
            frame
                .to_str()
                .unwrap()
                .starts_with("sandbox; default-src 'none';")
        );
    }
}
