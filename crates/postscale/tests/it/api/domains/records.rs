//! `/v1/domains/{domain}/dns`, `/verify`
//!
//! Goal: an answer says what was found, what to do and when it is looked at again; a look at one
//! record is a look at one record.
//! Method: a zone that changes between requests.

use http::Method;
use postscale_testkit::TestApp;
use serde_json::{Value, json};

use super::refuses;

async fn made(app: &TestApp, body: Value) {
    app.as_("owner").post("/v1/domains", body).await.with(201);
}

fn record<'a>(answer: &'a Value, list: &str, purpose: &str) -> &'a Value {
    let records = answer[list].as_array().unwrap().iter();
    let mut records = records.filter(|record| record["purpose"] == purpose);
    records.next().unwrap()
}

#[tokio::test]
async fn a_record_comes_with_what_to_do_about_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    made(&app, json!({"domain": "new.example", "type": "both"})).await;
    let dns = owner.get("/v1/domains/new.example/dns").await.with(200);
    assert_eq!(dns["next_check_at"], "2027-01-15T08:00:30Z");
    for record in dns["records"].as_array().unwrap() {
        assert_eq!(
            (&record["advice"], &record["spf_lookups"]),
            (&json!([]), &Value::Null)
        );
    }
    app.dns.set_mx("new.example", 1, "smtp.google.com");
    app.dns
        .set_txt("new.example", "v=spf1 include:_spf.google.com -all");
    app.dns
        .set_txt("_spf.google.com", "v=spf1 ip4:192.0.2.0/24 -all");
    app.dns
        .set_txt("_spf.postscale.example", "v=spf1 ip4:198.51.100.1 -all");
    let verify = "/v1/domains/new.example/verify";
    let looked = owner.post(verify, json!({})).await.with(200);
    let spf = record(&looked, "checks", "spf");
    assert_eq!(spf["status"], "mismatch");
    assert_eq!(spf["found"], json!(["v=spf1 include:_spf.google.com -all"]));
    assert_eq!(spf["spf_lookups"], 2);
    assert_eq!(spf["advice"][0]["code"], "spf_merge");
    assert_eq!(
        spf["advice"][0]["value"],
        "v=spf1 include:_spf.google.com include:_spf.postscale.example -all"
    );
    let mx = record(&looked, "checks", "mx");
    assert_eq!(mx["advice"][0]["code"], "mx_provider");
    let text = mx["advice"][0]["text"].as_str().unwrap();
    assert!(text.contains("Google Workspace"), "{text}");
    let kept = owner.get("/v1/domains/new.example/dns").await.with(200);
    assert_eq!(kept["records"], looked["checks"]);
    assert_eq!(kept["next_check_at"], looked["next_check_at"]);
}

#[tokio::test]
async fn a_look_at_one_record_leaves_the_others_as_they_were() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    made(&app, json!({"domain": "new.example", "type": "inbound"})).await;
    let verify = "/v1/domains/new.example/verify";
    app.dns.set_mx("new.example", 10, "mx.postscale.example");
    let looked = owner
        .post(verify, json!({"checks": ["mx"]}))
        .await
        .with(200);
    assert_eq!(record(&looked, "checks", "mx")["status"], "verified");
    assert_eq!(
        record(&looked, "checks", "ownership")["status"],
        "unchecked"
    );
    assert_eq!(looked["mx_verified"], true);
    app.dns.servfail("new.example");
    let looked = owner
        .post(verify, json!({"checks": ["mx"]}))
        .await
        .with(200);
    let mx = record(&looked, "checks", "mx");
    assert_eq!(
        (&mx["status"], &looked["mx_verified"]),
        (&json!("unknown"), &json!(true))
    );
    assert_eq!(mx["advice"][0]["code"], "unknown");
}

#[tokio::test]
async fn who_looks_at_a_domain_that_nobody_finished_has_it_looked_at_again_soon() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    made(&app, json!({"domain": "new.example", "type": "inbound"})).await;
    app.clock.advance(std::time::Duration::from_secs(3600));
    let mut tx = app.app.store.write().await.unwrap();
    let late = app
        .app
        .sources
        .now()
        .plus(std::time::Duration::from_secs(72 * 3600));
    tx.execute("UPDATE jobs SET due_at = $1", &[late.into()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let looked = owner
        .post("/v1/domains/new.example/verify", json!({}))
        .await
        .with(200);
    assert_eq!(looked["next_check_at"], "2027-01-15T09:01:00Z");
}

#[tokio::test]
async fn a_look_by_hand_takes_nothing_away() {
    let app = TestApp::new().await;
    let at = format!("/v1/domains/{}", app.shared().domain);
    let (owner, writer) = (app.as_("owner"), app.as_("member_rw"));
    let before = owner.get(&at).await.with(200);
    let looked = writer
        .post(&format!("{at}/verify"), json!({}))
        .await
        .with(200);
    assert_eq!(record(&looked, "checks", "mx")["status"], "missing");
    for flag in ["verified", "ownership_verified", "mx_verified"] {
        assert_eq!((&before[flag], &looked[flag]), (&json!(true), &json!(true)));
    }
    let summary = looked["summary"].as_str().unwrap();
    assert!(
        summary.contains("not right in the DNS any more: "),
        "{summary}"
    );
    assert!(
        summary.ends_with("that counts after three days"),
        "{summary}"
    );
    let mut tx = app.app.store.read().await.unwrap();
    let sql = "SELECT COUNT(*) AS letters FROM system_emails";
    let rows = tx.query(sql, &[]).await.unwrap();
    assert_eq!(
        rows[0].int("letters").unwrap(),
        0,
        "nobody is told what is not so"
    );
}

#[tokio::test]
async fn a_name_that_cannot_be_registered_is_refused_with_what_is_wrong_with_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let long = format!("{}example.com", "a.".repeat(125));
    for (name, why) in [
        (
            "https://example.com/",
            "is a web address; enter only the domain in it, such as example.com",
        ),
        (
            "ann@example.com",
            "is an email address; enter only what comes after the @",
        ),
        (
            "*.example.com",
            "has a wildcard; register each domain by itself",
        ),
        ("exa mple.com", "has a space in it"),
        (
            "a..example.com",
            "has an empty part: two dots in a row, or a dot at its start",
        ),
        (
            "_dmarc.example.com",
            "has an underscore, which domains of mail addresses do not have",
        ),
        (
            "-a.example.com",
            "has a part that starts or ends with a hyphen",
        ),
        ("192.0.2.1", "is an IP address, not a domain name"),
        ("[2001:db8::1]", "is an IP address, not a domain name"),
        ("example.com:25", "is not a host name"),
        (
            "co.uk",
            "is a public suffix or a single label, not a domain that can be registered",
        ),
        (
            "ex\u{430}mple.com",
            "mixes letters of different scripts in one word, which may look like another domain",
        ),
        (&long, "is longer than 253 characters"),
        ("", "is empty"),
    ] {
        let refused = owner.post("/v1/domains", json!({"domain": name})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (400, "invalid_request"),
            "{name}"
        );
        let body: Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!(body["error"]["fields"]["domain"], why, "{name}");
    }
    let cases = [(json!({"checks": []}), "invalid_request", "checks")];
    let at = format!("/v1/domains/{}/verify", app.shared().domain);
    refuses(&app, &owner, (Method::POST, &at), &cases).await;
}

#[tokio::test]
async fn a_sub_domain_is_a_domain_of_its_own() {
    let app = TestApp::new().await;
    let (owner, other) = (app.as_("owner"), app.as_("other_org_owner"));
    made(&app, json!({"domain": "acme.example", "type": "inbound"})).await;
    let body = json!({"domain": "mail.acme.example", "type": "inbound"});
    other.post("/v1/domains", body).await.with(201);
    for (who, name) in [(&owner, "acme.example"), (&other, "mail.acme.example")] {
        let dns = who.get(&format!("/v1/domains/{name}/dns")).await.with(200);
        let proof = record(&dns, "records", "ownership");
        let (at, value) = (
            proof["name"].as_str().unwrap(),
            proof["value"].as_str().unwrap(),
        );
        app.dns.set_txt(at, value);
        app.dns.set_mx(name, 10, "mx.postscale.example");
    }
    for (who, name) in [(&owner, "acme.example"), (&other, "mail.acme.example")] {
        let verify = format!("/v1/domains/{name}/verify");
        let verified = who.post(&verify, json!({})).await.with(200);
        assert_eq!(verified["verified"], true, "{name}");
    }
}
