//! `/domains/{id}/rules`
//!
//! Goal: a rule is made, changed and tried by forms alone, whose buttons add and take away conditions
//! without saving anything; who only reads sees everything and no button.
//! Method: forms as a browser without scripts sends them.

use postscale_testkit::TestApp;
use serde_json::{Value, json};

use super::text;

fn form(changes: Value) -> Value {
    let mut form = json!({
        "name": "Offers",
        "match": "all",
        "field-1": "subject",
        "comparator-1": "contains",
        "value-1": "offer",
        "header-1": "",
        "action": "tag",
        "tags": "offer, sales",
        "priority": "1",
        "enabled": "on",
    });
    for (name, value) in changes.as_object().unwrap() {
        form[name] = value.clone();
    }
    form
}

#[tokio::test]
async fn conditions_are_added_and_taken_away_by_buttons_and_saved_together() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let at = format!("/domains/{}/rules", app.shared().domain);
    let blank = text(&writer.get(&format!("{at}/new")).await);
    assert!(blank.contains("name=\"field-1\"") && !blank.contains("name=\"field-2\""));
    let before = app.dump();
    let more = writer.submit(&at, form(json!({"edit": "add"}))).await;
    assert_eq!(more.status, 200);
    let more = text(&more);
    assert!(
        more.contains("name=\"field-2\"") && more.contains("value=\"offer\""),
        "{more}"
    );
    let two = json!({"field-2": "header", "comparator-2": "exists", "value-2": "true", "header-2": "List-Id"});
    let mut less = form(two.clone());
    less["edit"] = json!("remove-1");
    let less = text(&writer.submit(&at, less).await);
    assert!(
        less.contains("List-Id") && !less.contains("name=\"field-2\""),
        "{less}"
    );
    assert_eq!(
        app.dump(),
        before,
        "buttons that edit the form changed rows"
    );

    let saved = writer.submit(&at, form(two)).await;
    assert_eq!(saved.status, 303, "{}", text(&saved));
    let list = text(&writer.get(&at).await);
    for part in [
        "Offers",
        "Subject contains “offer” and List-Id field is there",
        "Tag offer, sales",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_condition() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let rules = format!("/domains/{}/rules", app.shared().domain);
    let rule = format!("{rules}/{}", app.shared().rule);
    let wrong = json!({"field-2": "size", "comparator-2": "contains", "value-2": "x"});
    for at in [rules, rule] {
        let refused = writer.submit(&at, form(wrong.clone())).await;
        assert_eq!(refused.status, 400);
        let page = text(&refused);
        assert!(page.contains("id=\"f-condition-2-error\""), "{page}");
        assert!(!page.contains("id=\"f-condition-1-error\""), "{page}");
        assert!(page.contains("Does not fit size"), "{page}");
    }
}

#[tokio::test]
async fn a_header_field_without_a_name_is_what_is_wrong_not_its_value() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let rules = format!("/domains/{}/rules", app.shared().domain);
    let nameless = form(json!({"field-1": "header", "header-1": "", "value-1": "x"}));
    let page = text(&writer.submit(&rules, nameless).await);
    assert!(page.contains("Name the header field."), "{page}");
    let (before, _) = page.split_once("aria-invalid").unwrap();
    let (_, tag) = before.rsplit_once('<').unwrap();
    assert!(tag.contains("name=\"header-1\""), "{tag}");
    assert_eq!(page.matches("aria-invalid").count(), 1, "{page}");
}

#[tokio::test]
async fn a_rule_is_changed_and_deleted_by_its_page() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let rules = format!("/domains/{}/rules", app.shared().domain);
    let rule = format!("{rules}/{}", app.shared().rule);
    let changed = form(json!({"name": "Only info", "alias": "INFO", "enabled": "on"}));
    assert_eq!(writer.submit(&rule, changed).await.status, 303);
    let list = text(&writer.get(&rules).await);
    assert!(
        list.contains("Only for <bdi>info@shared.example</bdi>"),
        "{list}"
    );
    let none = form(json!({"alias": "nobody"}));
    let refused = text(&writer.submit(&rule, none).await);
    assert!(refused.contains("Is no alias of the domain."), "{refused}");
    let gone = writer.submit(&format!("{rule}/delete"), json!({})).await;
    assert_eq!(gone.status, 303);
    assert_eq!(writer.get(&rule).await.status, 404);
}

#[tokio::test]
async fn the_tester_says_which_condition_decided() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let rules = format!("/domains/{}/rules", app.shared().domain);
    writer.submit(&rules, form(json!({"action": "drop"}))).await;
    let at = format!("{rules}/test");
    let blank = text(&writer.get(&at).await);
    assert!(
        blank.contains("\u{2068}An offer\u{2069} · \u{2068}bob@far.example\u{2069}"),
        "{blank}"
    );
    let received = json!({"inbound_email_id": app.shared().inbound});
    let page = text(&writer.submit(&at, received).await);
    assert!(page.contains("Offers decides: Drop"), "{page}");
    let pasted = json!({
        "inbound_email_id": "",
        "message": "From: bob@far.example\r\nTo: info@shared.example\r\nSubject: <b>Hello</b>\r\n\r\nx\r\n",
        "recipient": "",
        "spf": "pass", "dkim": "pass", "dmarc": "pass",
    });
    let page = text(&writer.submit(&at, pasted).await);
    assert!(page.contains("No rule decides: Store"), "{page}");
    assert!(page.contains("&#60;b&#62;Hello"), "{page}");
    let nothing = writer.submit(&at, json!({"message": " "})).await;
    assert_eq!(nothing.status, 400);
}

#[tokio::test]
async fn who_only_reads_sees_the_rules_and_no_button() {
    let app = TestApp::new().await;
    let reader = app.as_("member_read");
    let rules = format!("/domains/{}/rules", app.shared().domain);
    let rule = format!("{rules}/{}", app.shared().rule);
    for (at, shown) in [(&rules, "Newsletters"), (&rule, "List-Id field is there")] {
        let page = text(&reader.get(at).await);
        assert!(page.contains(shown), "{page}");
        for control in [
            "/rules/new",
            "/rules/test",
            "name=\"edit\"",
            "/delete",
            "Save rule",
        ] {
            assert!(!page.contains(control), "{control}: {page}");
        }
    }
    for closed in ["new", "test"] {
        let page = reader.get(&format!("{rules}/{closed}")).await;
        assert_eq!(page.status, 403, "{closed}");
    }
}

#[tokio::test]
async fn the_page_of_a_message_says_which_rule_acted() {
    let app = TestApp::new().await;
    let rule = &app.shared().rule;
    let inbound = &app.shared().inbound;
    let sql = "UPDATE inbound_emails SET rule_id = $1, tags = '[\"news\"]', action = 'drop' WHERE id = $2";
    let mut tx = app.app.store.write().await.unwrap();
    tx.execute(sql, &postscale_store::params![rule, inbound])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let at = format!("/inbound/{inbound}");
    for who in ["member_rw", "member_read"] {
        let page = text(&app.as_(who).get(&at).await);
        let link = format!("/domains/{}/rules/{rule}", app.shared().domain);
        assert!(
            page.contains(&link) && page.contains("Newsletters"),
            "{page}"
        );
        assert!(page.contains("<bdi>news</bdi>"), "{page}");
    }
    let email = app
        .as_("member_read")
        .get(&format!("/v1/inbound-emails/{inbound}"))
        .await
        .with(200);
    assert_eq!(
        (&email["email"]["rule_id"], &email["email"]["tags"]),
        (&json!(rule), &json!(["news"]))
    );
    let path = format!("/domains/{}/rules/{rule}/delete", app.shared().domain);
    app.as_("member_rw").submit(&path, json!({})).await;
    let page = text(&app.as_("member_rw").get(&at).await);
    assert!(page.contains("A rule that is gone"), "{page}");
}
