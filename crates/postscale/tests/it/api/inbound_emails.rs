//! `/v1/inbound-emails`

use postscale_store::params;
use postscale_testkit::TestApp;

#[tokio::test]
async fn i10_what_a_message_says_is_for_writers_and_what_it_is_for_readers() {
    let app = TestApp::new().await;
    let at = format!("/v1/inbound-emails/{}", app.shared().inbound);
    let written = app.as_("member_rw").get(&at).await.with(200)["email"].take();
    assert_eq!(written["from_address"], "bob@far.example");
    assert_eq!(written["subject"], "An offer");
    assert_eq!(written["spf"], "pass");
    assert!(written["text"].as_str().unwrap().contains("We offer."));
    assert_eq!(written["attachments"][0]["filename"], "prices.csv");
    let read = app.as_("member_read").get(&at).await.with(200)["email"].take();
    assert_eq!(read["subject"], "An offer");
    for secret in ["text", "html", "headers", "attachments"] {
        assert!(read.get(secret).is_none(), "{secret}");
    }
}

#[tokio::test]
async fn an_attachment_comes_as_a_file_nothing_runs() {
    let app = TestApp::new().await;
    let shared = app.shared();
    let at = format!(
        "/v1/inbound-emails/{}/attachments/{}/download",
        shared.inbound, shared.attachment
    );
    let file = app.as_("member_rw").get(&at).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.body, b"a,1");
    let header = |name: &str| file.headers[name].to_str().unwrap().to_owned();
    assert!(header("content-disposition").starts_with("attachment"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(app.as_("member_read").get(&at).await.status, 403);
    let other = format!(
        "/v1/inbound-emails/{}/attachments/{}/download",
        shared.inbound,
        app.world().closed.attachment
    );
    assert_eq!(app.as_("owner").get(&other).await.status, 404);
}

#[tokio::test]
async fn a_listing_shows_exactly_the_mail_its_caller_sees() {
    let app = TestApp::new().await;
    for (actor, total) in [
        ("owner", 2),
        ("member_read", 1),
        ("member_hidden", 0),
        ("key_rw_readcap", 1),
        ("other_org_owner", 1),
    ] {
        let listed = app.as_(actor).get("/v1/inbound-emails").await.with(200);
        assert_eq!(listed["total"], total, "{actor}");
    }
    let owner = app.as_("owner");
    for (query, total) in [
        ("q=offer", 2),
        ("from=bob", 2),
        ("to=closed", 1),
        ("subject=%25", 0),
    ] {
        let listed = owner
            .get(&format!("/v1/inbound-emails?{query}"))
            .await
            .with(200);
        assert_eq!(listed["total"], total, "{query}");
    }
}

#[tokio::test]
async fn every_filter_is_read_strictly_and_named_when_it_is_wrong() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    for (query, field, why) in [
        (
            "status=processed",
            "status",
            "must be one of received, processing, delivered, failed",
        ),
        (
            "has_attachments=maybe",
            "has_attachments",
            "must be true or false",
        ),
        (
            "from_date=yesterday",
            "from_date",
            "must be an RFC 3339 instant or YYYY-MM-DD",
        ),
        (
            "to_date=2026-13-01",
            "to_date",
            "must be an RFC 3339 instant or YYYY-MM-DD",
        ),
        (
            "sort=size",
            "sort",
            "must be one of received_at, processed_at, from, to, subject, status",
        ),
        ("direction=up", "direction", "must be one of asc, desc"),
        ("limit=0", "limit", "must be at least 1"),
        ("limit=x", "limit", "must be a whole number, zero or more"),
        (
            "offset=-1",
            "offset",
            "must be a whole number, zero or more",
        ),
        ("q=a&q=b", "q", "must be given once"),
    ] {
        let path = format!("/v1/inbound-emails?{query}");
        let refused = owner.get(&path).await.with(400);
        assert_eq!(refused["error"]["code"], "invalid_request", "{query}");
        assert_eq!(refused["error"]["fields"][field], why, "{query}");
    }
}

#[tokio::test]
async fn every_filter_and_order_of_the_contract_is_there() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let nothing = "0195a000-0000-4000-8000-000000000009";
    for (query, total) in [
        ("status=received", 2),
        ("status=failed", 0),
        ("has_attachments=true", 2),
        ("has_attachments=false", 0),
        ("envelope_sender=BOUNCE", 2),
        ("from_date=2020-01-01", 2),
        ("from_date=2099-01-01T00:00:00Z", 0),
        ("to_date=2020-01-01", 0),
        ("domain_id=no-id", 0),
        (&format!("domain_id={nothing}"), 0),
        (&format!("alias_id={nothing}"), 0),
        ("limit=1000", 2),
        ("limit=1&offset=1", 2),
        ("offset=5", 2),
    ] {
        let listed = owner
            .get(&format!("/v1/inbound-emails?{query}"))
            .await
            .with(200);
        assert_eq!(listed["total"], total, "{query}");
    }
    for sort in [
        "received_at",
        "processed_at",
        "from",
        "to",
        "subject",
        "status",
    ] {
        for direction in ["asc", "desc"] {
            let path = format!("/v1/inbound-emails?sort={sort}&direction={direction}");
            let listed = owner.get(&path).await.with(200);
            assert_eq!(listed["emails"].as_array().unwrap().len(), 2, "{path}");
        }
    }
    let first = owner
        .get("/v1/inbound-emails?sort=to&direction=asc")
        .await
        .with(200);
    let last = owner
        .get("/v1/inbound-emails?sort=to&direction=desc")
        .await
        .with(200);
    assert_eq!(first["emails"][0]["id"], last["emails"][1]["id"]);
}

#[tokio::test]
async fn the_whole_object_is_the_contracts() {
    let app = TestApp::new().await;
    let at = format!("/v1/inbound-emails/{}", app.shared().inbound);
    let email = app.as_("owner").get(&at).await.with(200)["email"].take();
    for member in [
        "id",
        "message_id",
        "from_address",
        "to_address",
        "subject",
        "status",
        "alias_id",
        "has_attachments",
        "received_at",
        "processed_at",
        "domain_id",
        "from",
        "to",
        "envelope_sender",
        "envelope_recipient",
        "action",
        "spf",
        "dkim",
        "dmarc",
        "arc",
        "size",
        "limits_exceeded",
        "text",
        "html",
        "headers",
        "attachments",
    ] {
        assert!(email.get(member).is_some(), "{member}");
    }
    assert_eq!(email["headers"][0]["name"], "From");
    let url = email["attachments"][0]["url"].as_str().unwrap();
    assert!(url.ends_with(&format!(
        "{at}/attachments/{}/download",
        app.shared().attachment
    )));
    let missing = app.as_("owner").delete(&at).await;
    assert_eq!(missing.status, 204);
    assert_eq!(app.as_("owner").get(&at).await.status, 404);
    assert_eq!(
        app.as_("owner")
            .get(url.split_once("example").unwrap().1)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_listing_by_subject_goes_on_behind_a_long_one() {
    let app = TestApp::new().await;
    let mut tx = app.app.store.write().await.unwrap();
    let sql = "UPDATE inbound_emails SET subject = $1";
    let long = params!["x".repeat(5000)];
    tx.execute(sql, &long).await.unwrap();
    tx.commit().await.unwrap();
    let owner = app.as_("owner");
    let base = "/v1/inbound-emails?limit=1&sort=subject";
    let first = owner.get(base).await.with(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    owner
        .get(&format!("{base}&cursor={cursor}"))
        .await
        .with(200);
}

#[tokio::test]
async fn a_cursor_goes_on_for_its_caller_its_filter_and_its_order_alone() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let base = "/v1/inbound-emails?limit=1&sort=subject";
    let first = owner.get(base).await.with(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = owner
        .get(&format!("{base}&cursor={cursor}"))
        .await
        .with(200);
    assert_ne!(first["emails"][0]["id"], second["emails"][0]["id"]);
    assert_eq!(
        (&second["total"], &second["next_cursor"]),
        (&2.into(), &serde_json::Value::Null)
    );
    for (actor, path) in [
        ("admin", base.to_owned()),
        ("owner", format!("{base}&direction=asc")),
        ("owner", format!("{base}&q=offer")),
    ] {
        let refused = app
            .as_(actor)
            .get(&format!("{path}&cursor={cursor}"))
            .await
            .with(400);
        let why = "is not one of this listing and these filters";
        assert_eq!(refused["error"]["fields"]["cursor"], why, "{path}");
    }
    let forged = owner.get(&format!("{base}&cursor=AAAA")).await;
    assert_eq!(forged.status, 400);
}
