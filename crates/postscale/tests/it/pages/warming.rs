//! `/domains/{id}/warming`
//!
//! Goal: whoever may change a domain starts, pauses and resumes its warming by forms alone; ending it
//! is offered to owners and admins; who only reads sees everything and no button.
//! Method: forms as a browser without scripts sends them.

use postscale_testkit::TestApp;
use serde_json::json;

use super::text;

#[tokio::test]
async fn warming_is_started_paused_and_resumed_by_forms() {
    let app = TestApp::new().await;
    let at = format!("/domains/{}/warming", app.shared().domain);
    let writer = app.as_("member_rw");
    let shown = text(&writer.get(&at).await);
    assert!(shown.contains("Start warming") && !shown.contains("End warming"));
    for (what, then) in [("start", "Pause"), ("pause", "Resume"), ("resume", "Pause")] {
        let answer = writer.submit(&format!("{at}/{what}"), json!({})).await;
        assert_eq!(answer.status, 303, "{what}");
        let shown = text(&writer.get(&at).await);
        assert!(
            shown.contains(&format!(">{then}</button>")),
            "{what}: {shown}"
        );
    }
    let reader = text(&app.as_("member_read").get(&at).await);
    assert!(reader.contains("recipients today") && reader.contains("Curve"));
    assert!(!reader.contains("warming/pause"), "{reader}");
    let refused = writer
        .submit(&format!("{at}/start"), json!({"phase": "warmed"}))
        .await;
    assert_eq!(refused.status, 403);
    let admin = app.as_("admin");
    assert!(text(&admin.get(&at).await).contains("End warming"));
    let ended = admin
        .submit(&format!("{at}/start"), json!({"phase": "warmed"}))
        .await;
    assert_eq!(ended.status, 303);
    let shown = text(&admin.get(&at).await);
    assert!(
        shown.contains("Warmed up") && shown.contains("no limit"),
        "{shown}"
    );
}

#[tokio::test]
async fn providers_get_shares_by_a_form_that_says_what_is_wrong() {
    let app = TestApp::new().await;
    let at = format!("/domains/{}/warming", app.shared().domain);
    let writer = app.as_("member_rw");
    writer.submit(&format!("{at}/start"), json!({})).await;
    let shares = format!("{at}/shares");
    let none = text(&app.as_("member_read").get(&at).await);
    assert!(!none.contains("Mail to one provider"), "{none}");
    let entered = json!({"provider_shares.google": " 40 ", "provider_shares.apple": "", "provider_shares.gmx": "5"});
    assert_eq!(writer.submit(&shares, entered).await.status, 303);
    let shown = text(&writer.get(&at).await);
    for part in [
        r#"name="provider_shares.google""#,
        r#"value="40""#,
        "0 of 20 today",
        "0 of 2 today",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let reader = text(&app.as_("member_read").get(&at).await);
    assert!(
        reader.contains("0 of 20 today") && reader.contains("40 %"),
        "{reader}"
    );
    assert!(!reader.contains("warming/shares"), "{reader}");
    for wrong in ["140", "0", "a lot", "4e1", "12.5"] {
        let entered = json!({"provider_shares.google": "30", "provider_shares.orange": wrong});
        let refused = writer.submit(&shares, entered).await;
        assert_eq!(refused.status, 400, "{wrong}");
        let refused = text(&refused);
        assert!(
            refused.contains("Must be a whole number from 1 to 100."),
            "{refused}"
        );
        assert!(
            refused.contains(&format!(r#"value="{wrong}""#)) && refused.contains(r#"value="30""#),
            "{refused}"
        );
    }
    let kept = app
        .as_("owner")
        .get("/v1/domains/shared.example/warming")
        .await
        .with(200);
    assert_eq!(kept["provider_shares"], json!({"google": 40, "gmx": 5}));
    assert_eq!(writer.submit(&shares, json!({})).await.status, 303);
    let kept = app
        .as_("owner")
        .get("/v1/domains/shared.example/warming")
        .await
        .with(200);
    assert_eq!(kept["provider_shares"], json!({}));
    for (who, status) in [("member_read", 403), ("member_hidden", 404)] {
        let entered = json!({"provider_shares.google": "what"});
        assert_eq!(
            app.as_(who).submit(&shares, entered).await.status,
            status,
            "{who}"
        );
    }
}

#[tokio::test]
async fn the_list_says_which_domain_has_used_its_allowance_up() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = format!("/domains/{}/warming", app.shared().domain);
    owner.submit(&format!("{at}/start"), json!({})).await;
    let hint = "Warming: allowance used up";
    assert!(!text(&owner.get("/domains").await).contains(hint));
    for _ in 0..25 {
        let body = json!({
            "from": "ann@shared.example", "to": ["a@far.example", "b@far.example"],
            "subject": "x", "text_body": "x",
        });
        app.as_("key_rw").post("/v1/send", body).await.with(202);
        app.clock.advance(std::time::Duration::from_secs(1_000));
    }
    let listed = text(&owner.get("/domains").await);
    assert!(listed.contains(hint), "{listed}");
    let shown = text(&owner.get(&at).await);
    assert!(shown.contains("allowance is used up"), "{shown}");
}
