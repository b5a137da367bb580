//! Rows about the routes themselves.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::body::Body;
use http::{Method, Request};
use postscale_access::action;
use postscale_testkit::TestApp;
use postscale_web::{Routes, Surface};
use tower::ServiceExt as _;

use crate::access::samples;

#[tokio::test]
async fn a02_a_route_without_an_action_does_not_start_and_an_undecided_answer_is_none() {
    let none = || Routes::<()>::new(Surface::Api).route(Method::GET, "/x", &[], || async { "x" });
    let started = catch_unwind(AssertUnwindSafe(none));
    assert!(started.is_err(), "it declares nothing");
    let routes = Routes::<()>::new(Surface::Api).route(
        Method::GET,
        "/x",
        &[action::DOMAIN_LIST.into()],
        || async { "secret" },
    );
    assert_eq!(routes.list().len(), 1);
    let answer = routes
        .into_router()
        .oneshot(Request::get("/x").body(Body::empty()).unwrap());
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 500, "the handler asked nobody");
    for sample in samples::all() {
        assert!(!sample.route().actions.is_empty(), "{}", sample.path);
    }
}

#[tokio::test]
async fn a30_no_other_spelling_of_a_path_reaches_a_handler() {
    let app = TestApp::new().await;
    let id = &app.shared().domain;
    let owner = app.as_("owner");
    for path in [
        format!("/v1/domains/{id}/"),
        format!("/v1//domains/{id}"),
        format!("/v1/domains//{id}"),
        format!("//v1/domains/{id}"),
        format!("/V1/domains/{id}"),
        format!("/v1/Domains/{id}"),
        format!("/v1/domains/{id};x"),
        format!("/v1/domains;x/{id}"),
        format!("/v1/domains/{id}%2f"),
        format!("/v1/domains/{id}%2fdns"),
        format!("/v1/domains%2f{id}"),
        format!("/v1/domains/x%2f..%2f{id}"),
        format!("/v1/domains/%2e%2e/domains/{id}"),
        format!("/v1/domains/{id}/%2e"),
        format!("/v1/x/../domains/{id}"),
        format!("/v1/./domains/{id}"),
        format!("/v1/%64omains/{id}"),
        format!("/v1/domains/{id}%00"),
        format!("/v1/domains/%20{id}"),
        format!("/v1/domains/{id}%23"),
        format!("/v1/domains/%25{}", &id[1..]),
        format!("/v1/domains/{}%25%32%64{}", &id[..8], &id[9..]),
    ] {
        let answer = owner.get(&path).await;
        assert_eq!(answer.status, 404, "{path}");
        if path.starts_with("/v1/") {
            assert_eq!(answer.code(), "not_found", "{path}");
        }
    }
    // A segment is decoded once, as data.
    let encoded = format!("/v1/domains/{}%2d{}", &id[..8], &id[9..]);
    assert_eq!(owner.get(&encoded).await.status, 200);
}

#[tokio::test]
async fn a30_nothing_but_its_method_says_what_a_request_does() {
    let app = TestApp::new().await;
    let before = app.dump();
    let owner = app.as_("owner");
    let path = format!("/v1/domains/{}", app.shared().domain);
    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "_method",
    ] {
        let overridden = owner.request(Method::GET, &path).header(name, "DELETE");
        assert_eq!(overridden.send().await.status, 200, "{name}");
        let overridden = owner.get(&format!("{path}?{name}=DELETE")).await;
        assert_eq!(overridden.status, 200, "{name}");
    }
    assert_eq!(app.dump(), before);
}

/// Clients of the API follow no redirect, so none may be needed to be safe or to be found.
#[tokio::test]
async fn a30_the_api_never_redirects() {
    let app = TestApp::new().await;
    for sample in samples::all()
        .iter()
        .filter(|sample| sample.path.starts_with("/v1/"))
    {
        for actor in ["anonymous", "member_hidden", "key_rw"] {
            for tail in ["", "/", "//", "/."] {
                for method in [Method::GET, Method::OPTIONS, Method::TRACE] {
                    let path = format!("{}{tail}", sample.path);
                    let answer = app
                        .as_(actor)
                        .request(method.clone(), &path.replace(['{', '}'], ""))
                        .send()
                        .await;
                    assert!(!answer.status.is_redirection(), "{actor} {method} {path}");
                }
            }
        }
    }
}
