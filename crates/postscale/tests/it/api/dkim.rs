//! `/v1/domains/{domain}/dkim`

use http::Method;
use postscale_testkit::TestApp;
use serde_json::json;

use super::refuses;

#[tokio::test]
async fn a_generated_key_is_pending_and_its_private_half_is_never_shown() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let at = format!("/v1/domains/{}/dkim", app.shared().domain);
    // Keys are listed oldest first.
    app.clock.advance(std::time::Duration::from_secs(1));
    let answer = writer.post(&at, json!({})).await;
    let made = answer.with(200);
    let key = &made["key"];
    assert_eq!(key["selector"], "postscale1");
    assert_eq!(key["domain"], "shared.example");
    assert_eq!(key["algorithm"], "rsa2048");
    assert_eq!(key["status"], "pending");
    assert_eq!(key["verified"], false);
    let record = &made["dns_record"];
    assert_eq!(record["name"], "postscale1._domainkey.shared.example");
    let value = record["value"].as_str().unwrap();
    let public = key["public_key"].as_str().unwrap();
    assert_eq!(value, format!("v=DKIM1; k=rsa; p={public}"));
    assert!(!String::from_utf8(answer.body).unwrap().contains("private"));
    let listed = app.as_("member_read").get(&at).await.with(200);
    let selectors: Vec<_> = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["selector"].clone())
        .collect();
    assert_eq!(selectors, ["s1", "postscale1"]);
    assert_eq!(listed["dns_records"][1], *record);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_key_is_named() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = format!("/v1/domains/{}/dkim", app.shared().domain);
    let cases = [
        (json!({"selector": "a b"}), "invalid_request", "selector"),
        (json!({"selector": ""}), "invalid_request", "selector"),
        (json!({"selector": "x\r\n"}), "invalid_request", "selector"),
        (
            json!({"selector": "a".repeat(64)}),
            "invalid_request",
            "selector",
        ),
        (json!({"selector": 1}), "invalid_request", "selector"),
        (
            json!({"algorithm": "rsa512"}),
            "invalid_request",
            "algorithm",
        ),
        (json!({"bits": 512}), "unknown_field", "bits"),
    ];
    refuses(&app, &owner, (Method::POST, &at), &cases).await;
    let again = owner
        .post(&at, json!({"selector": "S1", "algorithm": "ed25519"}))
        .await;
    assert_eq!(
        (again.status.as_u16(), again.code().as_str()),
        (409, "conflict")
    );
}

#[tokio::test]
async fn the_last_key_that_signs_goes_only_when_that_is_meant() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = format!("/v1/domains/{}/dkim/s1", app.shared().domain);
    let refused = owner.delete(&at).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (409, "conflict")
    );
    let body = json!({"confirm": true});
    let gone = owner
        .request(Method::DELETE, &at)
        .json(&body)
        .send()
        .await
        .with(200);
    assert_eq!(gone["key"]["status"], "inactive");
    assert_eq!(gone["key"]["active"], false);
    let domain = owner
        .get(&format!("/v1/domains/{}", app.shared().domain))
        .await
        .with(200);
    assert_eq!(domain["dkim_verified"], false);
    for absent in ["s9", "%00", "a%2Fb"] {
        let at = format!("/v1/domains/{}/dkim/{absent}", app.shared().domain);
        assert_eq!(owner.delete(&at).await.status, 404, "{absent}");
    }
}

fn states(listed: &serde_json::Value) -> Vec<String> {
    let keys = listed["keys"].as_array().unwrap().iter();
    keys.map(|key| {
        let text = |name: &str| key[name].as_str().unwrap();
        format!("{} {}", text("selector"), text("status"))
    })
    .collect()
}

#[tokio::test]
async fn a_rotation_waits_for_the_new_record_and_asking_is_enough() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let at = format!("/v1/domains/{}/dkim", app.shared().domain);
    // Keys are listed oldest first.
    app.clock.advance(std::time::Duration::from_secs(1));
    let body = json!({"old_selector": "S1", "new_selector": "s2"});
    let rotated = writer.post(&format!("{at}/rotate"), body).await.with(200);
    assert_eq!(rotated["old_key"]["status"], "active");
    assert_eq!(rotated["key"]["status"], "pending");
    assert_eq!(rotated["key"]["algorithm"], "rsa2048");
    let asked = writer
        .post(&format!("{at}/s2/verify"), json!({}))
        .await
        .with(200);
    assert_eq!(
        (&asked["verified"], &asked["status"]),
        (&json!(false), &json!("missing"))
    );
    let listed = writer.get(&at).await.with(200);
    assert_eq!(states(&listed), ["s1 active", "s2 pending"]);
    // The domain stands as before: the new record is no requirement yet.
    let dns = writer
        .get(&format!("/v1/domains/{}/dns", app.shared().domain))
        .await
        .with(200);
    for record in dns["records"].as_array().unwrap() {
        if record["name"] == "s2._domainkey.shared.example" {
            assert_eq!(
                (&record["required"], &record["status"]),
                (&json!(false), &json!("missing"))
            );
        }
    }
    let record = &rotated["dns_record"];
    app.dns
        .set_txt("s2._domainkey.shared.example", "v=DKIM1; k=rsa; p=AAAA");
    let other = writer
        .post(&format!("{at}/s2/verify"), json!({}))
        .await
        .with(200);
    assert_eq!(other["status"], "mismatch");
    assert_eq!(other["found"], json!(["v=DKIM1; k=rsa; p=AAAA"]));
    app.dns.servfail("s2._domainkey.shared.example");
    let trouble = writer
        .post(&format!("{at}/s2/verify"), json!({}))
        .await
        .with(200);
    assert_eq!(trouble["status"], "unknown");
    app.dns.mend("s2._domainkey.shared.example");
    app.dns.set_txt(
        "s2._domainkey.shared.example",
        record["value"].as_str().unwrap(),
    );
    let seen = writer
        .post(&format!("{at}/s2/verify"), json!({}))
        .await
        .with(200);
    assert_eq!(
        (&seen["verified"], &seen["key"]["status"]),
        (&json!(true), &json!("active"))
    );
    let listed = writer.get(&at).await.with(200);
    assert_eq!(states(&listed), ["s1 retiring", "s2 active"]);
    assert_eq!(listed["keys"][0]["retires_at"], "2027-01-22T08:00:01Z");
    assert_eq!(listed["keys"][1]["replaces"], "s1");
    let one = app
        .as_("member_read")
        .get(&format!("{at}/s1"))
        .await
        .with(200);
    assert_eq!(one["key"], listed["keys"][0]);
}

#[tokio::test]
async fn what_is_wrong_with_a_rotation_is_named() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = format!("/v1/domains/{}/dkim/rotate", app.shared().domain);
    let cases = [
        (
            json!({"new_selector": "s2"}),
            "invalid_request",
            "old_selector",
        ),
        (
            json!({"old_selector": "s1"}),
            "invalid_request",
            "new_selector",
        ),
        (
            json!({"old_selector": "s1", "new_selector": "S1"}),
            "invalid_request",
            "new_selector",
        ),
        (
            json!({"old_selector": "s1", "new_selector": "a b"}),
            "invalid_request",
            "new_selector",
        ),
        (
            json!({"old_selector": "s1", "new_selector": "rotate"}),
            "invalid_request",
            "new_selector",
        ),
        (
            json!({"old_selector": "s1", "new_selector": "s2", "algorithm": "rsa512"}),
            "invalid_request",
            "algorithm",
        ),
        (
            json!({"old_selector": "s1", "new_selector": "s2", "immediate": "yes"}),
            "invalid_request",
            "immediate",
        ),
        (
            json!({"old_selector": "s1", "new_selector": "s2", "now": true}),
            "unknown_field",
            "now",
        ),
    ];
    refuses(&app, &owner, (Method::POST, &at), &cases).await;
    let post = async |old: &str, new: &str| {
        let body = json!({"old_selector": old, "new_selector": new, "algorithm": "ed25519"});
        let answer = owner.post(&at, body).await;
        (answer.status.as_u16(), answer.code())
    };
    assert_eq!(post("s9", "s2").await.0, 404);
    assert_eq!(post("s1", "s2").await.0, 200);
    assert_eq!(
        post("s1", "s3").await,
        (409, "rotation_under_way".to_owned())
    );
    let dkim = format!("/v1/domains/{}/dkim", app.shared().domain);
    owner.delete(&format!("{dkim}/s2")).await.with(200);
    assert_eq!(
        post("s1", "S2").await,
        (409, "conflict".to_owned()),
        "taken by a key out of use"
    );
    assert_eq!(
        post("s2", "s3").await,
        (409, "conflict".to_owned()),
        "it signs no more"
    );
    let again = owner.post(&dkim, json!({"selector": "s2"})).await;
    assert_eq!(again.status, 409);
    assert_eq!(
        owner
            .post(&format!("{dkim}/s2/verify"), json!({}))
            .await
            .status,
        409
    );
    assert_eq!(
        owner
            .post(&format!("{dkim}/s9/verify"), json!({}))
            .await
            .status,
        404
    );
    // A key that was never published is replaced at once when the other one is seen.
    assert_eq!(post("s1", "s3").await.0, 200);
    let mut made = 2;
    while made < 8 {
        let body = json!({"selector": format!("n{made}"), "algorithm": "ed25519"});
        owner.post(&dkim, body).await.with(200);
        made += 1;
    }
    let body = json!({"selector": "more", "algorithm": "ed25519"});
    assert_eq!(
        owner.post(&dkim, body).await.status,
        409,
        "no more than eight at once"
    );
}

#[tokio::test]
async fn a_key_somebody_else_may_have_ends_at_once() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = format!("/v1/domains/{}", app.shared().domain);
    let body = json!({"old_selector": "s1", "new_selector": "s2", "algorithm": "ed25519", "immediate": true});
    let rotated = owner
        .post(&format!("{at}/dkim/rotate"), body)
        .await
        .with(200);
    assert_eq!(rotated["old_key"]["status"], "inactive");
    let domain = owner.get(&at).await.with(200);
    assert_eq!(domain["dkim_verified"], false);
    let message = json!({"from": "a@shared.example", "to": ["b@far.example"], "subject": "s", "text_body": "t"});
    let refused = owner.post("/v1/send", message.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "domain_not_ready")
    );
    let record = &rotated["dns_record"];
    app.dns.set_txt(
        record["name"].as_str().unwrap(),
        record["value"].as_str().unwrap(),
    );
    owner
        .post(&format!("{at}/dkim/s2/verify"), json!({}))
        .await
        .with(200);
    assert_eq!(owner.get(&at).await.with(200)["verified"], true);
    owner.post("/v1/send", message).await.with(202);
}
