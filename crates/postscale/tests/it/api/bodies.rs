//! Goal: no body, whatever is in it, makes a 500, and each is refused as what it is.
//! Method: the same bad bodies to every route that takes one, as who may use it.

use http::Method;
use postscale_testkit::{TestApp, on_both_engines};
use serde_json::{Value, json};

use crate::access::matrix::Target;
use crate::access::samples::{Sample, Side, named};

fn junk() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("no JSON", b"{".to_vec()),
        ("trailing", b"{} {}".to_vec()),
        ("a scalar", b"5".to_vec()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("an unknown member", br#"{"surprise":1}"#.to_vec()),
        ("a member twice", br#"{"name":"a","name":"b"}"#.to_vec()),
        ("not UTF-8", b"{\"name\":\"\xff\xfe\"}".to_vec()),
        ("half a surrogate", br#"{"name":"\ud800"}"#.to_vec()),
        ("deep", [vec![b'['; 50_000], vec![b']'; 50_000]].concat()),
        ("a huge number", br#"{"limit":1e999}"#.to_vec()),
        ("NUL", b"\0".to_vec()),
    ]
}

/// The owner, and where that is not for the owner who made what it is about.
fn asker(sample: &Sample) -> &'static str {
    match sample.because_of_state("owner", Target::Shared) {
        Some("403") => "member_rw",
        _ => "owner",
    }
}

#[tokio::test]
async fn junk_is_refused_by_every_route_that_takes_a_body() {
    let app = TestApp::new().await;
    let before = app.dump();
    for sample in Side::Api
        .samples()
        .iter()
        .filter(|sample| sample.reads_a_body())
    {
        let actor = asker(sample);
        let path = sample.path_for(&named(&app, actor, Target::Shared));
        for (what, body) in junk() {
            let request = app.as_(actor).request(sample.method.clone(), &path);
            let answer = request.body("application/json", body).send().await;
            assert_eq!(answer.status, 400, "{} {path}: {what}", sample.method);
            let code = answer.code();
            assert!(
                matches!(code.as_str(), "invalid_request" | "unknown_field"),
                "{} {path}: {what}: {code}",
                sample.method
            );
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn junk_tells_nobody_what_they_may_not_know() {
    let app = TestApp::new().await;
    for actor in [
        "anonymous",
        "member_hidden",
        "other_org_owner",
        "key_other_scope",
    ] {
        for sample in Side::Api
            .samples()
            .iter()
            .filter(|s| s.reads_a_body() && s.path.contains('{'))
        {
            let mut answers = Vec::new();
            for target in [Target::Shared, Target::Absent, Target::Malformed] {
                let path = sample.path_for(&named(&app, actor, target));
                let request = app.as_(actor).request(sample.method.clone(), &path);
                let answer = request.body("application/json", br#"{"surprise":1}"#);
                answers.push(answer.send().await.comparable());
            }
            if actor == "anonymous" {
                assert_eq!(answers[0].status, 401, "{}", sample.path);
            }
            assert_ne!(answers[1].status, 400, "{actor} {}", sample.path);
            // One's own session is one's own; everything else here is hidden from the actor.
            if !sample.path.starts_with("/v1/me/") {
                assert_eq!(
                    answers[0], answers[1],
                    "{actor} {} {}",
                    sample.method, sample.path
                );
            }
            assert_eq!(
                answers[1], answers[2],
                "{actor} {} {}",
                sample.method, sample.path
            );
        }
    }
}

#[tokio::test]
async fn the_type_and_the_size_of_a_body_are_looked_at_first() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    for sample in Side::Api
        .samples()
        .iter()
        .filter(|sample| sample.reads_a_body())
    {
        let path = sample.path_for(&named(&app, "owner", Target::Shared));
        let request = |kind: &str, body: Vec<u8>| {
            owner
                .request(sample.method.clone(), &path)
                .body(kind, body)
                .send()
        };
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
        ] {
            let answer = request(kind, b"{}".to_vec()).await;
            assert_eq!(answer.status, 415, "{} {path} {kind}", sample.method);
            assert_eq!(answer.code(), "unsupported_media_type");
        }
        if sample.path != "/v1/send" {
            let answer = request("application/json", vec![b' '; 1024 * 1024 + 1]).await;
            assert_eq!(answer.status, 413, "{} {path}", sample.method);
            assert_eq!(answer.code(), "payload_too_large");
        }
    }
    let announced = owner.request(Method::POST, "/v1/send");
    let announced = announced.header("content-length", "83886081");
    let answer = announced.body("application/json", "{}").send().await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_json_content_type_without_a_body_is_accepted_where_none_is_due() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let path = format!("/v1/domains/{}/dns", app.shared().domain);
    let answer = owner
        .request(Method::GET, &path)
        .body("application/json; charset=utf-8", "");
    assert_eq!(answer.send().await.status, 200);
    let path = format!("/v1/domains/{}/verify", app.shared().domain);
    let answer = owner
        .request(Method::POST, &path)
        .body("application/json", "");
    assert_eq!(answer.send().await.status, 200);
}

on_both_engines! {
    async fn a_text_with_a_nul_is_refused_by_every_route_that_takes_a_body(database) {
        let app = TestApp::builder().database(database).build().await;
        let samples = Side::Api.samples();
        for sample in samples.iter().filter(|sample| sample.takes_a_body()) {
            let actor = asker(sample);
            let named = named(&app, actor, Target::Shared);
            let (path, body) = (sample.path_for(&named), sample.body_for(&named));
            let Some(Value::Object(good)) = body else {
                continue;
            };
            for member in good.iter().filter(|(_, value)| value.is_string()).map(|(name, _)| name) {
                let mut bad = good.clone();
                bad.insert(member.clone(), "a\0b".into());
                let request = app.as_(actor).request(sample.method.clone(), &path);
                let answer = request.json(&bad.into()).send().await;
                let told = (answer.status.as_u16(), answer.code(), answer.fields());
                assert_eq!(told, (400, "invalid_request".to_owned(), vec![member.clone()]), "{path}");
            }
        }
    }

    async fn a_filter_with_a_nul_is_refused_by_every_route_that_takes_one(database) {
        let app = TestApp::builder().database(database).build().await;
        let samples = Side::Api.samples();
        for sample in samples.iter().filter(|sample| sample.method == Method::GET) {
            let query = sample.route().operation.as_ref().map_or(&[][..], |operation| operation.query);
            let path = sample.path_for(&named(&app, "owner", Target::Shared));
            let (path, given) = path.split_once('?').unwrap_or((&path, ""));
            // What can be no id finds what an unknown one finds.
            for (name, _) in query.iter().filter(|(name, _)| !name.ends_with("_id")) {
                // With whatever else it must be asked with.
                let others = given.split('&').filter(|one| one.split('=').next() != Some(*name));
                let asked: String = others.map(|one| format!("&{one}")).collect();
                let answer = app.as_("owner").get(&format!("{path}?{name}=a%00b{asked}")).await;
                assert_eq!(answer.status, 400, "{path} {name}");
                assert_eq!(answer.fields(), [*name], "{path}");
            }
        }
    }

    async fn a_path_with_a_nul_leads_nowhere(database) {
        let app = TestApp::builder().database(database).build().await;
        let domain = &app.shared().domain;
        for path in [
            "/v1/domains/a%00b.example".to_owned(),
            format!("/v1/domains/{domain}/rules/a%00b"),
            "/v1/emails/a%00b".to_owned(),
            "/v1/inbound-emails/a%00b".to_owned(),
        ] {
            assert_eq!(app.as_("owner").get(&path).await.status, 404, "{path}");
        }
        let selector = format!("/v1/domains/{domain}/dkim/a%00b/verify");
        assert_eq!(app.as_("owner").post(&selector, json!({})).await.status, 404);
    }
}
