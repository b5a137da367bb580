//! Problems as pages. What is hidden and what never existed are one constant page; a session that
//! ended leads to the sign-in page and back.

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use postscale_web::{BrowserSession, Problem, ProblemExtension, RequestId, unfailing};

use crate::{
    answer, done,
    views::{
        problems::{FailedPage, ForbiddenPage, NotFoundPage, RefusedPage},
        sign_in::SignInPage,
    },
};

/// Where a second factor is set up.
const SECOND_FACTOR: &str = "/account/second-factor";

/// What may stand in a query string as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_');

/// What a problem's page needs to know of the request.
struct Asked {
    is_get: bool,
    path: String,
    csrf: String,
    request_id: String,
}

/// The dashboard's outer layer: renders problems and takes a told notice back.
pub(crate) async fn shown_as_pages(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let session = BrowserSession::presented(&parts.headers);
    let request_id = parts.extensions.get::<RequestId>();
    let asked = Asked {
        is_get: matches!(parts.method, Method::GET | Method::HEAD),
        path: parts
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned(),
        csrf: session.map(|session| session.csrf()).unwrap_or_default(),
        request_id: request_id.map(|id| id.0.to_string()).unwrap_or_default(),
    };
    let was_told = done::told(&parts.headers, None).is_some();
    let mut response = unfailing(next.run(Request::from_parts(parts, body))).await;
    if let Some(ProblemExtension(problem)) = response.extensions().get::<ProblemExtension>() {
        response = rendered(problem, &asked, response.headers());
    }
    if was_told && is_page(&response) {
        done::forget(&mut response);
    }
    response
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn rendered(problem: &Problem, asked: &Asked, headers: &HeaderMap) -> Response {
    let html = match problem.status {
        StatusCode::UNAUTHORIZED if asked.is_get => return answer::to(&sign_in_path(&asked.path)),
        StatusCode::UNAUTHORIZED => {
            let ended = "You are signed out. Nothing was changed.";
            SignInPage::new(asked.csrf.clone(), "/".to_owned(), "")
                .failed(ended)
                .render()
        }
        StatusCode::FORBIDDEN if problem.code == "reauthentication_required" => {
            return answer::to(&reauthenticate_path(asked));
        }
        // The organization wants one before anything else: the page says so.
        StatusCode::FORBIDDEN if problem.code == "second_factor_required" => {
            return answer::to(SECOND_FACTOR);
        }
        StatusCode::NOT_FOUND => NotFoundPage.render(),
        StatusCode::FORBIDDEN if !is_about_the_request(problem) => ForbiddenPage.render(),
        status if status.is_server_error() => {
            let request_id = asked.request_id.clone();
            FailedPage { request_id }.render()
        }
        _ => {
            let message = format!("{}.", problem.message.trim_end_matches('.'));
            RefusedPage { message }.render()
        }
    };
    let mut response = answer::document(problem.status, html.unwrap_or_default());
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// Refusals that say what is wrong with the request itself, not with its sender's rights.
fn is_about_the_request(problem: &Problem) -> bool {
    problem.code == "csrf"
}

/// The sign-in page that leads to `path` afterwards.
fn sign_in_path(path: &str) -> String {
    match answer::local(path) {
        "/" => "/sign-in".to_owned(),
        path => format!("/sign-in?return_to={}", utf8_percent_encode(path, KEPT)),
    }
}

/// The page that asks for the password and leads back: to the page itself, or to the one a form
/// most likely stood on, which has to be filled in again.
fn reauthenticate_path(asked: &Asked) -> String {
    let path = answer::local(&asked.path);
    let (next, undone) = match path.rsplit_once('/') {
        _ if asked.is_get => (path, ""),
        Some((page, _)) if !page.is_empty() => (page, "&undone=1"),
        _ => (path, "&undone=1"),
    };
    format!("{}{undone}", password_first(next))
}

/// The page that asks for the password and leads to `next` then.
fn password_first(next: &str) -> String {
    let next = utf8_percent_encode(next, KEPT);
    format!("/reauthenticate?next={next}")
}

/// The same, before a form that has kept what was entered.
pub(crate) fn password_before(form: &str) -> Response {
    answer::to(&format!("{}&kept=1", password_first(form)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(is_get: bool) -> Asked {
        Asked {
            is_get,
            path: "/emails?from=a%20b&to=c".to_owned(),
            csrf: "f00".to_owned(),
            request_id: "the-request".to_owned(),
        }
    }

    #[test]
    fn a_page_without_a_session_leads_to_sign_in_and_back() {
        let response = rendered(&Problem::unauthorized(), &asked(true), &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            response.headers()[header::LOCATION],
            "/sign-in?return_to=/emails%3Ffrom%3Da%2520b%26to%3Dc"
        );
        let response = rendered(&Problem::unauthorized(), &asked(false), &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn who_must_give_the_password_again_is_led_back() {
        let problem = Problem::from(postscale_actions::Rule::ReauthenticationRequired);
        for (is_get, path, want) in [
            (true, "/account/password", "/account/password"),
            (false, "/account/password", "/account&undone=1"),
            (false, "/api-keys", "/api-keys&undone=1"),
            (false, "//evil.example/x", "/&undone=1"),
        ] {
            let asked = Asked {
                path: path.to_owned(),
                ..asked(is_get)
            };
            let response = rendered(&problem, &asked, &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            let location = response.headers()[header::LOCATION].to_str().unwrap();
            assert_eq!(location, format!("/reauthenticate?next={want}"));
        }
    }

    #[test]
    fn who_owes_a_second_factor_is_led_to_where_it_is_set_up() {
        let reason = postscale_access::Reason::SecondFactorDue;
        let problem = Problem::from(postscale_access::Refusal::Forbidden(reason));
        for is_get in [true, false] {
            let response = rendered(&problem, &asked(is_get), &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            assert_eq!(response.headers()[header::LOCATION], SECOND_FACTOR);
        }
    }

    #[tokio::test]
    async fn each_problem_has_its_page() {
        let status = |code| StatusCode::from_u16(code).unwrap();
        let problem = |code, word| Problem::new(status(code), word, "Sentence");
        let cases = [
            (Problem::not_found(), "Not found", 404),
            (problem(403, "forbidden"), "Not allowed", 403),
            (Problem::csrf(), "Not accepted", 403),
            (problem(413, "payload_too_large"), "Sentence.", 413),
            (problem(500, "internal_error"), "the-request", 500),
        ];
        for (problem, text, code) in cases {
            let response = rendered(&problem, &asked(true), &HeaderMap::new());
            assert_eq!(response.status(), status(code));
            let body = axum::body::to_bytes(response.into_body(), 1 << 20)
                .await
                .unwrap();
            assert!(
                String::from_utf8(body.to_vec()).unwrap().contains(text),
                "{text}"
            );
        }
    }
}
