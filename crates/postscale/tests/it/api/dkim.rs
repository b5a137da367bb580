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
