//! `/v1/inbound-emails`

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
