//! `/v1/domains`

mod claims;
mod records;

use std::collections::BTreeMap;

use http::Method;
use postscale_model::{Plan, Plans};
use postscale_testkit::TestApp;
use serde_json::{Value, json};

use super::refuses;

#[tokio::test]
async fn a_domain_is_registered_with_nothing_verified() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"domain": "Bücher.Example.", "type": "both", "catch_all_enabled": true});
    let mut created = owner.post("/v1/domains", body).await.with(201);
    let id = created["id"].take();
    let want = json!({
        "id": null,
        "domain": "xn--bcher-kva.example",
        "type": "both",
        "verified": false,
        "ownership_verified": false,
        "mx_verified": false,
        "spf_verified": false,
        "dkim_verified": false,
        "dmarc_verified": false,
        "return_path_verified": false,
        "catch_all_enabled": true,
        "open_tracking": false,
        "click_tracking": false,
        "dkim_rotation_days": null,
        "mta_sts_mode": "none",
        "mta_sts_max_age": 604_800,
        "active": true,
        "last_dns_check": null,
        "verified_at": null,
        "created_at": "2027-01-15T08:00:00Z",
        "updated_at": "2027-01-15T08:00:00Z",
    });
    assert_eq!(created, want);
    for name in [
        id.as_str().unwrap(),
        "xn--bcher-kva.example",
        "b%C3%BCcher.example",
    ] {
        let mut got = owner.get(&format!("/v1/domains/{name}")).await.with(200);
        assert_eq!(got["id"].take(), id);
        assert_eq!(got, want);
    }
}

#[tokio::test]
async fn a_name_is_registered_once_in_an_organization_and_in_any_number_of_them() {
    let app = TestApp::new().await;
    let body = json!({"domain": "SHARED.example"});
    let again = app.as_("owner").post("/v1/domains", body.clone()).await;
    assert_eq!(
        (again.status.as_u16(), again.code().as_str()),
        (409, "domain_taken")
    );
    let elsewhere = app.as_("other_org_owner").post("/v1/domains", body).await;
    assert_eq!(elsewhere.with(201)["domain"], "shared.example");
}

#[tokio::test]
async fn what_is_wrong_with_a_new_domain_is_named() {
    let app = TestApp::new().await;
    let long = format!("{}.example", "a".repeat(64));
    let cases = [
        (json!({}), "invalid_request", "domain"),
        (json!({"domain": 5}), "invalid_request", "domain"),
        (json!({"domain": null}), "invalid_request", "domain"),
        (
            json!({"domain": ["a.example"]}),
            "invalid_request",
            "domain",
        ),
        (json!({"domain": ""}), "invalid_request", "domain"),
        (json!({"domain": "localhost"}), "invalid_request", "domain"),
        (json!({"domain": "a..example"}), "invalid_request", "domain"),
        (
            json!({"domain": "a b.example"}),
            "invalid_request",
            "domain",
        ),
        (
            json!({"domain": "a.example\r\nx"}),
            "invalid_request",
            "domain",
        ),
        (
            json!({"domain": "a\u{0}.example"}),
            "invalid_request",
            "domain",
        ),
        (json!({"domain": "192.0.2.1"}), "invalid_request", "domain"),
        (json!({"domain": long}), "invalid_request", "domain"),
        (
            json!({"domain": "a.example", "type": "sideways"}),
            "invalid_request",
            "type",
        ),
        (
            json!({"domain": "a.example", "type": 1}),
            "invalid_request",
            "type",
        ),
        (
            json!({"domain": "a.example", "catch_all_enabled": "yes"}),
            "invalid_request",
            "catch_all_enabled",
        ),
        (
            json!({"domain": "a.example", "name": "a"}),
            "unknown_field",
            "name",
        ),
    ];
    refuses(
        &app,
        &app.as_("owner"),
        (Method::POST, "/v1/domains"),
        &cases,
    )
    .await;
}

fn names(listed: &Value) -> Vec<&str> {
    let all = listed["domains"].as_array().unwrap().iter();
    all.map(|domain| domain["domain"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_listing_shows_exactly_the_domains_its_caller_sees() {
    let app = TestApp::new().await;
    for (actor, want) in [
        ("owner", &["closed.example", "shared.example"][..]),
        ("admin", &["closed.example", "shared.example"]),
        ("key_org_readcap", &["closed.example", "shared.example"]),
        ("member_rw", &["shared.example"]),
        ("member_read", &["shared.example"]),
        ("key_rw", &["shared.example"]),
        ("key_creator_downgraded", &["shared.example"]),
        ("key_other_scope", &["closed.example"]),
        ("key_creator_lost_domain", &[]),
        ("member_hidden", &[]),
        ("other_org_owner", &["foreign.example"]),
    ] {
        let listed = app.as_(actor).get("/v1/domains").await.with(200);
        let mut got = names(&listed);
        got.sort_unstable();
        assert_eq!(got, want, "{actor}");
        assert_eq!(
            (&listed["limit"], &listed["offset"]),
            (&json!(50), &json!(0))
        );
        assert_eq!(listed.as_object().unwrap().len(), 3, "no total: {listed}");
    }
}

#[tokio::test]
async fn a_listing_is_filtered_and_paged() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let found = owner.get("/v1/domains?q=LOSED").await.with(200);
    assert_eq!(names(&found), ["closed.example"]);
    let wild = owner.get("/v1/domains?q=%25").await.with(200);
    assert!(names(&wild).is_empty(), "a percent sign is no wildcard");
    let first = owner.get("/v1/domains?limit=1").await.with(200);
    let second = owner.get("/v1/domains?limit=1&offset=1").await.with(200);
    assert_ne!(names(&first), names(&second));
    assert!(names(&owner.get("/v1/domains?offset=2").await.with(200)).is_empty());
    assert_eq!(
        owner.get("/v1/domains?limit=1000").await.with(200)["limit"],
        100
    );
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
        ("q=a&q=b", "q"),
    ] {
        let refused = owner.get(&format!("/v1/domains?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        assert_eq!(refused.fields(), [field], "{query}");
    }
    let far = owner.get("/v1/domains?offset=18446744073709551615").await;
    assert!(far.status.as_u16() < 500, "{}", far.status);
}

#[tokio::test]
async fn settings_change_and_the_name_does_not() {
    let app = TestApp::new().await;
    let at = format!("/v1/domains/{}", app.shared().domain);
    let writer = app.as_("member_rw");
    app.clock.advance(std::time::Duration::from_secs(60));
    let change = json!({"type": "inbound", "catch_all_enabled": true, "active": false});
    let changed = writer.put(&at, change).await.with(200);
    assert_eq!(changed["type"], "inbound");
    assert_eq!(changed["catch_all_enabled"], true);
    assert_eq!(changed["active"], false);
    assert_eq!(changed["updated_at"], "2027-01-15T08:01:00Z");
    assert_eq!(writer.get(&at).await.with(200), changed);
    let cases = [
        (json!({"domain": "new.example"}), "unknown_field", "domain"),
        (json!({"verified": true}), "unknown_field", "verified"),
        (json!({"type": "x"}), "invalid_request", "type"),
        (json!({"active": 1}), "invalid_request", "active"),
    ];
    refuses(&app, &writer, (Method::PUT, &at), &cases).await;
}

#[tokio::test]
async fn what_a_change_brings_about_is_told_before_it_is_made() {
    let app = TestApp::new().await;
    let at = format!("/v1/domains/{}", app.shared().domain);
    let writer = app.as_("member_rw");
    let before = writer.get(&at).await.with(200);
    let preview = async |change: Value| {
        let told = writer
            .post(&format!("{at}/preview"), change)
            .await
            .with(200);
        let all = told["consequences"].as_array().unwrap().iter();
        let codes: Vec<_> = all
            .map(|one| {
                let purpose = one["purpose"].as_str().map(|p| format!(" {p}"));
                format!(
                    "{}{}",
                    one["code"].as_str().unwrap(),
                    purpose.unwrap_or_default()
                )
            })
            .collect();
        (codes, told)
    };
    assert!(preview(json!({})).await.0.is_empty());
    assert!(preview(json!({"open_tracking": true})).await.0.is_empty());
    let (codes, told) = preview(json!({"type": "outbound"})).await;
    assert_eq!(codes, ["receiving_stops", "record_not_needed mx"]);
    let sentence = told["consequences"][0]["message"].as_str().unwrap();
    assert!(sentence.contains("1 alias stops taking mail"), "{sentence}");
    assert_eq!(told["domain"]["type"], "outbound");
    let (codes, _) = preview(json!({"type": "alias"})).await;
    assert_eq!(
        codes,
        [
            "sending_stops",
            "record_not_needed spf",
            "record_not_needed dkim"
        ]
    );
    let (codes, told) = preview(json!({"active": false})).await;
    assert_eq!(codes, ["pauses"]);
    let sentence = told["consequences"][0]["message"].as_str().unwrap();
    assert!(
        sentence.contains("1 waiting message copy is held"),
        "{sentence}"
    );
    let (codes, _) = preview(json!({"catch_all_enabled": true, "mta_sts_mode": "enforce"})).await;
    assert_eq!(codes, ["catch_all_starts", "tls_enforced"]);
    assert_eq!(
        writer.get(&at).await.with(200),
        before,
        "nothing was changed"
    );
    for record in [
        json!({"dkim_rotation_days": 29}),
        json!({"dkim_rotation_days": 731}),
        json!({"mta_sts_max_age": 60}),
    ] {
        for path in [at.clone(), format!("{at}/preview")] {
            let method = if path == at {
                Method::PUT
            } else {
                Method::POST
            };
            let refused = writer.request(method, &path).json(&record).send().await;
            assert_eq!(refused.status, 400, "{record}");
            assert_eq!(
                refused.fields(),
                record
                    .as_object()
                    .unwrap()
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
            );
        }
    }
}

#[tokio::test]
async fn a_paused_domain_refuses_to_send_in_clear_words() {
    let app = TestApp::new().await;
    let at = format!("/v1/domains/{}", app.shared().domain);
    let owner = app.as_("owner");
    owner.put(&at, json!({"active": false})).await.with(200);
    let message = json!({"from": "a@shared.example", "to": ["b@far.example"], "subject": "s", "text_body": "t"});
    let refused = owner.post("/v1/send", message.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "domain_not_ready")
    );
    assert!(
        refused.json()["error"].to_string().contains("paused"),
        "{:?}",
        refused.json()
    );
    owner.put(&at, json!({"active": true})).await.with(200);
    owner.post("/v1/send", message).await.with(202);
}

#[tokio::test]
async fn a_deleted_domain_is_as_if_it_had_never_been() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = format!("/v1/domains/{}", app.shared().domain);
    assert!(owner.delete(&at).await.with(204).is_null());
    let gone = owner.get(&at).await;
    let never = owner
        .get("/v1/domains/5f0c4f5e-7d0a-4c3e-9b43-000000000000")
        .await;
    assert_eq!(gone.comparable(), never.comparable());
    let writer = app.as_("member_rw").get("/v1/domains").await.with(200);
    assert!(names(&writer).is_empty());
    // A key whose only domain it was would have no scope left: it is revoked.
    assert_eq!(app.as_("key_rw").get(&at).await.status, 401);
    assert_eq!(app.as_("key_org_by_owner").get(&at).await.status, 404);
}

#[tokio::test]
async fn every_record_is_seen_once_dns_has_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"domain": "new.example", "type": "both"});
    owner.post("/v1/domains", body).await.with(201);
    let key = json!({"selector": "k1"});
    owner
        .post("/v1/domains/new.example/dkim", key)
        .await
        .with(200);
    let verify = "/v1/domains/new.example/verify";
    let nothing = owner.post(verify, json!({})).await.with(200);
    assert_eq!(nothing["verified"], false);
    let dns = owner.get("/v1/domains/new.example/dns").await.with(200);
    assert_eq!(dns["domain"], "new.example");
    for record in dns["records"].as_array().unwrap() {
        assert_eq!(record["status"], "missing", "{record}");
        let text = |field: &str| record[field].as_str().unwrap();
        match text("type") {
            "TXT" => app.dns.set_txt(text("name"), text("value")),
            "MX" => app.dns.set_mx(text("name"), 10, text("value")),
            "CNAME" => app.dns.set_cname(text("name"), text("value")),
            other => panic!("{other}"),
        }
    }
    let all = owner.post(verify, json!({})).await.with(200);
    for flag in [
        "",
        "ownership_",
        "mx_",
        "spf_",
        "dkim_",
        "dmarc_",
        "return_path_",
    ] {
        assert_eq!(all[format!("{flag}verified")], true, "{flag} {all}");
    }
    let seen = owner.get("/v1/domains/new.example/dns").await.with(200);
    for record in seen["records"].as_array().unwrap() {
        assert_eq!(record["status"], "verified", "{record}");
        assert_eq!(record["checked_at"], "2027-01-15T08:00:00Z");
    }
}

#[tokio::test]
async fn a_resolver_in_trouble_takes_nothing_away() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    app.dns.servfail("shared.example");
    let at = format!("/v1/domains/{}/verify", app.shared().domain);
    let looked = owner.post(&at, json!({})).await.with(200);
    assert_eq!(looked["verified"], true, "{looked}");
    assert_eq!(looked["ownership_verified"], true);
    let checks = looked["checks"].as_array().unwrap();
    assert!(
        checks.iter().all(|check| check["status"] == "unknown"),
        "{looked}"
    );
    let cases = [
        (
            json!({"checks": ["spf", "sfp"]}),
            "invalid_request",
            "checks[1]",
        ),
        (json!({"check": []}), "unknown_field", "check"),
    ];
    refuses(&app, &owner, (Method::POST, &at), &cases).await;
}

#[tokio::test]
async fn a_plan_says_how_many_domains_there_can_be() {
    let limit = 20;
    let small = Plan {
        domains: Some(limit),
        ..Plan::UNLIMITED
    };
    let plans = Plans::new(BTreeMap::from([("small".to_owned(), small)]), "small").unwrap();
    let app = TestApp::builder().plans(plans).build().await;
    let owner = app.as_("owner");
    let list = owner.get("/v1/domains").await.with(200);
    for n in list["domains"].as_array().unwrap().len()..limit as usize {
        let body = json!({"domain": format!("d{n}.example")});
        owner.post("/v1/domains", body).await.with(201);
    }
    let one_more = json!({"domain": "more.example"});
    let refused = owner.post("/v1/domains", one_more.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "plan_limit")
    );
    let member = app.as_("member_rw").post("/v1/domains", one_more).await;
    assert_eq!(
        member.code(),
        "forbidden",
        "who may not learns nothing of the plan"
    );
}
