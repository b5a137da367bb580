//! Goal: a guest link shows one domain's records and nothing else, while its maker may write the
//! domain and nobody ended it; dead links are one page.
//! Method: links made over the API and opened without any credential.

use std::time::Duration;

use postscale_testkit::{Answer, TestApp, on_both_engines};
use serde_json::{Value, json};

use super::refuses;

const AT: &str = "/v1/domains/shared.example/guest-links";

async fn made(app: &TestApp, who: &str) -> (Value, String) {
    let body = json!({"note": "Their DNS"});
    let made = app.as_(who).post(AT, body).await.with(201);
    let url = made["url"].as_str().unwrap();
    let path = url
        .strip_prefix("https://postscale.example")
        .unwrap()
        .to_owned();
    (made["guest_link"].clone(), path)
}

async fn open(app: &TestApp, path: &str) -> Answer {
    app.as_("anonymous").get(path).await
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

async fn is_gone(app: &TestApp, path: &str) {
    let never = format!("/guest/{}", "0".repeat(64));
    let (gone, never) = (open(app, path).await, open(app, &never).await);
    assert_eq!(gone.status, 404);
    assert_eq!(gone.comparable(), never.comparable());
}

#[tokio::test]
async fn a_link_shows_one_domains_records_without_an_account() {
    let app = TestApp::new().await;
    let (link, path) = made(&app, "member_rw").await;
    assert_eq!(link["expires_at"], "2027-01-29T08:00:00Z");
    let page = open(&app, &path).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
    let shown = text(&page);
    for part in [
        "shared.example",
        "postscale-verification=",
        "_dmarc.shared.example",
    ] {
        assert!(shown.contains(part), "{part}");
    }
    for part in ["closed.example", "Acme", "member_rw", "@people.example"] {
        assert!(!shown.contains(part), "{part}");
    }
    let token = path.rsplit('/').next().unwrap();
    let kept = app.dump();
    assert!(!kept["guest_links"].concat().contains(token));
    assert!(!kept["audit_entries"].concat().contains(token));
}

on_both_engines! {
    async fn looking_is_noted_once_an_hour(database) {
        let app = TestApp::builder().database(database).build().await;
        let (link, path) = made(&app, "member_rw").await;
        let owner = app.as_("owner");
        let looks = async || {
            let log = owner
                .get("/v1/audit?action=guest_link.opened")
                .await
                .with(200);
            log["total"].as_u64().unwrap()
        };
        open(&app, &path).await;
        open(&app, &path).await;
        assert_eq!(looks().await, 1);
        app.clock.advance(Duration::from_secs(3601));
        open(&app, &path).await;
        assert_eq!(looks().await, 2);
        let list = app.as_("member_rw").get(AT).await.with(200);
        let mut links = list["guest_links"].as_array().unwrap().iter();
        let listed = links.find(|it| it["id"] == link["id"]).unwrap();
        assert_eq!(listed["last_opened_at"], "2027-01-15T09:00:01Z");
        assert_eq!(listed["views"], 2);
        assert_eq!(listed["status"], "active");
        let checked = app.as_("anonymous").submit(&path, json!({})).await;
        assert!(text(&checked).contains("DNS was asked just now"));
        let log = owner.get("/v1/audit?action=guest_link.*").await.with(200);
        assert_eq!(log["total"], 3);
        for entry in log["entries"].as_array().unwrap() {
            assert_eq!(entry["target"]["label"], "shared.example");
            assert_eq!(entry["after"]["note"], "Their DNS");
        }
    }
}

#[tokio::test]
async fn a_link_dies_with_whatever_it_hangs_on() {
    for end in ["time", "revoked", "level", "grant", "maker", "domain"] {
        let app = TestApp::new().await;
        let (link, path) = made(&app, "member_rw").await;
        assert_eq!(open(&app, &path).await.status, 200, "{end}");
        let owner = app.as_("owner");
        let user = app.world().seat("member_rw").user;
        let access = format!("/v1/users/{user}/domain-access");
        match end {
            "time" => app.clock.advance(Duration::from_secs(14 * 24 * 3600)),
            "revoked" => {
                let at = format!("{AT}/{}", link["id"].as_str().unwrap());
                assert_eq!(app.as_("member_rw").delete(&at).await.status, 204);
                assert_eq!(app.as_("member_rw").delete(&at).await.status, 404);
            }
            "level" => {
                let list = json!({"domains": [{"domain_id": "shared.example", "access": "read"}]});
                owner.put(&access, list).await.with(200);
            }
            "grant" => {
                owner.put(&access, json!({"domains": []})).await.with(200);
                let list = owner.get(AT).await.with(200);
                let mut links = list["guest_links"].as_array().unwrap().iter();
                let listed = links.find(|it| it["id"] == link["id"]).unwrap();
                assert_eq!(listed["status"], "dormant");
            }
            "maker" => {
                let at = format!("/v1/users/{user}/deactivate");
                owner.post(&at, json!({})).await.with(200);
            }
            _ => assert!(
                owner
                    .delete("/v1/domains/shared.example")
                    .await
                    .status
                    .is_success()
            ),
        }
        is_gone(&app, &path).await;
    }
}

#[tokio::test]
async fn a_guest_has_dns_asked_and_changes_nothing() {
    let app = TestApp::new().await;
    let (_, path) = made(&app, "member_rw").await;
    let before = app.dump();
    let guest = app.as_("anonymous");
    let checked = guest.submit(&path, json!({})).await;
    assert_eq!(checked.status, 200);
    assert!(text(&checked).contains("DNS was asked just now"));
    let again = guest.submit(&path, json!({})).await;
    assert!(text(&again).contains("Wait half a minute"));
    app.clock.advance(Duration::from_secs(31));
    let later = guest.submit(&path, json!({})).await;
    assert!(text(&later).contains("DNS was asked just now"));
    let mut after = app.dump();
    after.insert("guest_links".to_owned(), before["guest_links"].clone());
    assert_eq!(after, before, "only the link's turn was taken");
}

#[tokio::test]
async fn what_is_wrong_with_a_new_link_is_named() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let bad = "invalid_request";
    let cases = [
        (json!({"days": 0}), bad, "days"),
        (json!({"days": 91}), bad, "days"),
        (json!({"days": "1"}), bad, "days"),
        (json!({"note": "x".repeat(501)}), bad, "note"),
        (json!({"surprise": 1}), "unknown_field", "surprise"),
    ];
    refuses(&app, &writer, (http::Method::POST, AT), &cases).await;
    for _ in 1..20 {
        writer.post(AT, json!({"days": 90})).await.with(201);
    }
    let full = writer.post(AT, json!({})).await;
    assert_eq!(full.status, 409);
}
