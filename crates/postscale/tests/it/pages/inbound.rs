//! `/inbound`, `/inbound/{id}`
//!
//! Goal: who may write a domain reads its mail, has it processed again and deletes it from the pages; who
//! only reads the domain sees what a message is and nothing that cannot be used.
//! Method: the world's message, looked at and handled by both.

use postscale_testkit::TestApp;
use serde_json::json;

use super::text;

#[tokio::test]
async fn who_only_reads_sees_what_a_message_is_and_no_button() {
    let app = TestApp::new().await;
    let at = format!("/inbound/{}", app.shared().inbound);
    let page = text(&app.as_("member_read").get(&at).await);
    for said in [
        "An offer",
        "bob@far.example",
        "bounce@far.example",
        "SPF pass",
        "The server may send for the domain of the envelope sender.",
        "DMARC none",
        "Nobody says they passed it on.",
        "The content is shown to people with write access",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for forbidden in [
        "We offer",
        "prices.csv",
        "/replay",
        "/delete",
        "iframe",
        "Process again",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}: {page}");
    }
    for part in ["replay", "delete"] {
        let refused = app
            .as_("member_read")
            .submit(&format!("{at}/{part}"), json!({}))
            .await;
        assert_eq!(refused.status, 403, "{part}");
    }
    let attachment = format!("{at}/attachments/{}", app.shared().attachment);
    for path in [format!("{at}/html"), attachment] {
        assert_eq!(
            app.as_("member_read").get(&path).await.status,
            403,
            "{path}"
        );
    }
}

#[tokio::test]
async fn who_writes_reads_it_processes_it_again_and_deletes_it() {
    let app = TestApp::new().await;
    let at = format!("/inbound/{}", app.shared().inbound);
    let writer = app.as_("member_rw");
    let page = text(&writer.get(&at).await);
    for said in [
        "We offer.",
        "prices.csv",
        "Process again",
        "Delete message",
        "Header (",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let frame = format!(
        "<iframe class=\"message\" sandbox referrerpolicy=\"no-referrer\" loading=\"lazy\" src=\"{at}/html\""
    );
    assert!(page.contains(&frame), "{page}");
    let html = writer.get(&format!("{at}/html")).await;
    assert!(text(&html).ends_with("<p>We offer.</p>"), "{}", text(&html));
    let policy = html.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("sandbox; default-src 'none';"),
        "{policy}"
    );
    assert_eq!(html.headers["cache-control"], "no-store");

    let again = writer.submit(&format!("{at}/replay"), json!({})).await;
    assert_eq!(
        (again.status.as_u16(), again.location()),
        (303, at.as_str())
    );
    assert!(text(&writer.get(&at).await).contains("Received"));
    let deleted = writer.submit(&format!("{at}/delete"), json!({})).await;
    assert_eq!(
        (deleted.status.as_u16(), deleted.location()),
        (303, "/inbound")
    );
    assert_eq!(writer.get(&at).await.status, 404);
}

#[tokio::test]
async fn the_list_is_narrowed_and_sorted_and_keeps_what_was_asked_for() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let shared = format!("/inbound/{}", app.shared().inbound);
    let domain = &app.shared().domain;
    for (query, is_found) in [
        (String::new(), true),
        (format!("?domain_id={domain}&status=received"), true),
        ("?q=nothing+like+that".to_owned(), false),
        ("?domain_id=none".to_owned(), false),
        ("?has_attachments=false".to_owned(), false),
        (
            "?from_date=2020-01-01&to_date=2099-01-01&order=-from".to_owned(),
            true,
        ),
        ("?to_date=2020-01-01".to_owned(), false),
    ] {
        let page = text(&owner.get(&format!("/inbound{query}")).await);
        assert_eq!(page.contains(&shared), is_found, "{query}");
        assert!(is_found || page.contains("No messages match"), "{query}");
    }
    let page = text(&owner.get("/inbound?q=offer&order=subject").await);
    assert!(page.contains("aria-sort=\"ascending\""), "{page}");
    assert!(
        page.contains("/inbound?q=offer&amp;order=-subject")
            || page.contains("/inbound?q=offer&#38;order=-subject"),
        "{page}"
    );
    for wrong in ["order=size", "status=x", "from_date=x", "has_attachments=x"] {
        let refused = owner.get(&format!("/inbound?{wrong}")).await;
        assert_eq!(refused.status, 400, "{wrong}");
    }
}
