//! Row I14: what another site's page makes a browser send does nothing.

use http::Method;
use postscale_testkit::{Answer, PASSWORD, Presented, Request, TestApp};
use serde_json::{Value, json};

use crate::access::{
    matrix::Target,
    samples::{Sample, Side, all, named},
};

const FORM: &str = "application/x-www-form-urlencoded";

/// A request as a browser makes it that has a session of ours and was made by another page.
fn forged(app: &TestApp, sample: &Sample) -> Request {
    let Presented::Session(token) = &app.world().seat("owner").presented else {
        panic!("a session");
    };
    let path = sample.path_for(&named(app, "owner", Target::Shared));
    let request = app.as_("anonymous").request(sample.method.clone(), &path);
    request.header("cookie", &format!("__Host-postscale_session={token}"))
}

fn encoded(fields: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.as_object().into_iter().flatten() {
        let all = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        for one in all {
            form.append_pair(name, one.as_str().unwrap());
        }
    }
    form.finish()
}

fn is_refused(answer: &Answer, at: &str) {
    assert!(
        matches!(answer.status.as_u16(), 403 | 415),
        "{at}: {}",
        answer.status
    );
}

#[tokio::test]
async fn i14_no_unsafe_request_of_a_session_counts_without_its_proof() {
    let app = TestApp::builder().with_peers().build().await;
    let before = app.dump();
    let mut asked = 0;
    for sample in all().iter().filter(|sample| sample.method != Method::GET) {
        let at = format!("{} {}", sample.method, sample.path);
        let body = sample.body_for(&named(&app, "owner", Target::Shared));
        let body = body.unwrap_or_else(|| json!({}));
        let send = async |kind: &str, octets: String, headers: &[(&str, &str)]| {
            let request = forged(&app, sample).body(kind, octets);
            let request = headers.iter().fold(request, |request, (name, value)| {
                request.header(name, value)
            });
            request.send().await
        };
        let fields = if sample.side() == Side::Pages {
            encoded(&body)
        } else {
            String::new()
        };
        // What a form of any site can send, and what a script of one could if we let it.
        for answer in [
            send(FORM, fields.clone(), &[]).await,
            send("text/plain", body.to_string(), &[]).await,
            send("multipart/form-data; boundary=b", "--b--".to_owned(), &[]).await,
            send("application/json", body.to_string(), &[]).await,
            send(
                "application/json",
                body.to_string(),
                &[("x-csrf-token", "0")],
            )
            .await,
            send(FORM, format!("{fields}&csrf=0"), &[]).await,
            send(FORM, format!("{fields}&csrf="), &[]).await,
        ] {
            is_refused(&answer, &at);
            asked += 1;
        }
    }
    assert!(asked > 500, "{asked}");
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn i14_not_even_the_proof_helps_a_page_of_another_site() {
    let app = TestApp::builder().with_peers().build().await;
    let before = app.dump();
    for sample in all().iter().filter(|sample| sample.method != Method::GET) {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "https://postscale.example.evil.example"),
            ("origin", "https://evil.postscale.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = sample.request(&app, "owner", Target::Shared);
            let answer = request.header(name, value).send().await;
            let at = format!("{} {} {name}: {value}", sample.method, sample.path);
            assert_eq!(answer.status, 403, "{at}");
        }
    }
    assert_eq!(app.dump(), before);
}

/// Nobody is signed in as somebody else by another site's page.
#[tokio::test]
async fn i14_another_site_signs_nobody_in() {
    let app = TestApp::new().await;
    let before = app.dump();
    let nobody = app.as_("anonymous");
    let login = json!({"email": "owner@people.example", "password": PASSWORD});
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let page = nobody.request(Method::POST, "/sign-in").form(&login);
        let answer = page.header(name, value).send().await;
        assert_eq!(answer.status, 403, "{name}");
    }
    for kind in [FORM, "text/plain", "multipart/form-data; boundary=b"] {
        let script = nobody.request(Method::POST, "/v1/auth/login");
        let answer = script.body(kind, login.to_string()).send().await;
        assert_eq!(answer.status, 415, "{kind}");
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn i14_nothing_is_framed_or_shared_with_another_site() {
    let app = TestApp::new().await;
    for sample in all().iter().filter(|sample| sample.method == Method::GET) {
        for actor in ["owner", "anonymous"] {
            let path = sample.path_for(&named(&app, actor, Target::Shared));
            let request = app.as_(actor).request(Method::GET, &path);
            let answer = request
                .header("origin", "https://evil.example")
                .send()
                .await;
            let policies: Vec<_> = answer
                .headers
                .get_all("content-security-policy")
                .iter()
                .collect();
            let policy = policies[0].to_str().unwrap();
            // The body of a message is shown in a frame of our own page and nowhere else.
            let is_ours =
                sample.path.ends_with("/html") && policy.contains("frame-ancestors 'self'");
            let is_framed_by_nobody = policy.contains("frame-ancestors 'none'");
            assert!(is_ours || is_framed_by_nobody, "{path}: {policy}");
            let shared = answer
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control-"));
            assert!(!shared, "{path}");
        }
    }
}
