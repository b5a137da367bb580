//! Goal: the form of an access list keeps ends and notes, shows what expired apart from what was
//! removed, and lets nobody undo another's change unseen.
//! Method: forms as a browser without scripts sends them, and the lists they leave.

use std::time::Duration;

use postscale_testkit::{Client, TestApp};
use serde_json::{Value, json};

use super::text;

struct Form {
    app: TestApp,
    user: String,
    domain: String,
}

impl Form {
    async fn new() -> Self {
        let app = TestApp::builder().with_peers().build().await;
        let user = app.world().seat("member_read").user.to_string();
        let domain = app.shared().domain.clone();
        Self { app, user, domain }
    }

    fn path(&self, rest: &str) -> String {
        format!("/team/users/{}{rest}", self.user)
    }

    /// The version the form carries.
    async fn version(&self, client: &Client) -> String {
        let page = text(&client.get(&self.path("/access")).await);
        let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    fn fields(&self, version: &str, level: &str, until: &str) -> Value {
        let chosen = match level {
            "" => String::new(),
            level => format!("{} {level}", self.domain),
        };
        json!({
            "version": version,
            "domains": [chosen, ""],
            format!("until-{}", self.domain): until,
            format!("note-{}", self.domain): "While Ann is away",
        })
    }

    async fn grants(&self, client: &Client) -> Value {
        let path = format!("/v1/users/{}/domain-access", self.user);
        client.get(&path).await.with(200)["domains"].clone()
    }
}

#[tokio::test]
async fn an_end_and_a_note_are_saved_and_what_expired_stays_until_it_is_removed() {
    let form = Form::new().await;
    let owner = form.app.as_("owner");
    let version = form.version(&owner).await;
    let fields = form.fields(&version, "read_write", "2027-01-15T09:00");
    let saved = owner.submit(&form.path("/access"), fields).await;
    assert_eq!(saved.status, 303);
    let grants = form.grants(&owner).await;
    assert_eq!(grants[0]["expires_at"], "2027-01-15T09:00:00Z");
    assert_eq!(grants[0]["note"], "While Ann is away");
    form.app.clock.advance(Duration::from_secs(3600));
    let page = text(&owner.get(&form.path("/access")).await);
    assert!(page.contains("Expired"));
    assert!(page.contains("value=\"2027-01-15T09:00\""));
    let version = form.version(&owner).await;
    let untouched = form.fields(&version, "read_write", "2027-01-15T09:00");
    owner.submit(&form.path("/access"), untouched).await;
    assert_eq!(form.grants(&owner).await[0]["status"], "expired");
    let version = form.version(&owner).await;
    let removed = form.fields(&version, "", "");
    owner.submit(&form.path("/access"), removed).await;
    assert_eq!(form.grants(&owner).await, json!([]));
}

#[tokio::test]
async fn the_second_of_two_who_save_at_once_sees_what_the_first_saved_and_keeps_the_own_choice() {
    let form = Form::new().await;
    let (owner, admin) = (form.app.as_("owner"), form.app.as_("admin"));
    let version = form.version(&owner).await;
    let first = form.fields(&version, "", "");
    assert_eq!(owner.submit(&form.path("/access"), first).await.status, 303);
    let second = form.fields(&version, "read_write", "2027-02-01T00:00");
    let late = admin.submit(&form.path("/access"), second.clone()).await;
    assert_eq!(late.status, 412);
    let page = text(&late);
    assert!(page.contains("Saved now: no access"));
    assert!(page.contains(&format!("value=\"{} read_write\" selected", form.domain)));
    assert!(page.contains("value=\"2027-02-01T00:00\""));
    assert_eq!(form.grants(&owner).await, json!([]));
    let version = page.split_once("name=\"version\" value=\"").unwrap().1;
    let version = version.split('"').next().unwrap();
    let again = form.fields(version, "read_write", "2027-02-01T00:00");
    assert_eq!(admin.submit(&form.path("/access"), again).await.status, 303);
    assert_eq!(form.grants(&owner).await[0]["access"], "read_write");
}

#[tokio::test]
async fn what_will_change_is_shown_and_nothing_is_changed() {
    let form = Form::new().await;
    let owner = form.app.as_("owner");
    let version = form.version(&owner).await;
    let before = form.app.dump();
    let fields = form.fields(&version, "", "");
    let shown = owner.submit(&form.path("/access/preview"), fields).await;
    assert_eq!(shown.status, 200);
    assert!(text(&shown).contains("Loses"));
    assert!(text(&shown).contains(&version));
    let role = json!({"role": "admin"});
    let shown = owner.submit(&form.path("/role/preview"), role).await;
    assert!(text(&shown).contains("Gains"));
    for path in ["/deactivate", "/delete"] {
        assert!(
            text(&owner.get(&form.path(path)).await).contains("Loses"),
            "{path}"
        );
    }
    assert_eq!(form.app.dump(), before);
}

#[tokio::test]
async fn what_cannot_be_done_is_not_asked() {
    let form = Form::new().await;
    let owner = form.app.as_("owner");
    let version = form.version(&owner).await;
    let past = form.fields(&version, "read", "2020-01-01T00:00");
    for path in ["/access", "/access/preview"] {
        let refused = owner.submit(&form.path(path), past.clone()).await;
        assert_eq!(refused.status, 400, "{path}");
        let page = text(&refused);
        assert!(page.contains("2020-01-01T00:00"), "{path}");
        assert_eq!(page.matches("aria-invalid").count(), 1, "{path}");
        assert_eq!(page.matches("Must be in the future.").count(), 1, "{path}");
        assert!(!page.contains("id=\"f-domains-error\""), "{path}");
    }
    let odd = form.fields(&version, "read", "tomorrow");
    let refused = text(&owner.submit(&form.path("/access"), odd).await);
    assert!(refused.contains("Must be a day and a time."), "{refused}");
    let admin = form.app.world().seat("admin").user;
    let page = owner.get(&format!("/team/users/{admin}/access")).await;
    assert!(text(&page).contains("Nothing to choose"));
}

#[tokio::test]
async fn a_grant_is_taken_away_from_the_review_and_the_others_stay() {
    let form = Form::new().await;
    let owner = form.app.as_("owner");
    let list = json!({"domains": [
        {"domain_id": "shared.example", "access": "read", "note": "kept"},
        {"domain_id": "closed.example", "access": "read"},
    ]});
    let path = format!("/v1/users/{}/domain-access", form.user);
    owner.put(&path, list).await.with(200);
    let closed = form.app.world().closed.domain.clone();
    let fields = json!({"kind": "grant", "id": form.user, "domain_id": closed});
    let done = owner.submit("/team/review/keep", fields.clone()).await;
    assert_eq!(done.location(), "/team/review");
    assert!(text(&owner.get("/team/review").await).contains("Reviewed"));
    for (back, want) in [
        (
            "/team/review?kind=grant#grant-1",
            "/team/review?kind=grant#grant-1",
        ),
        ("/team/reviewer", "/team/review"),
        ("//evil.example/team/review", "/team/review"),
    ] {
        let mut fields = fields.clone();
        fields["return_to"] = json!(back);
        let done = owner.submit("/team/review/keep", fields).await;
        assert_eq!(done.location(), want);
    }
    owner.submit("/team/review/revoke", fields.clone()).await;
    let grants = form.grants(&owner).await;
    assert_eq!(grants.as_array().unwrap().len(), 1);
    assert_eq!(grants[0]["note"], "kept");
    assert_eq!(
        owner.submit("/team/review/revoke", fields).await.status,
        404
    );
}

#[tokio::test]
async fn the_page_of_a_suspended_webhook_lets_its_reader_take_it_over() {
    let app = TestApp::new().await;
    let body = json!({"url": "https://hooks.example/x", "domain_ids": ["shared.example"]});
    let made = app.as_("member_rw").post("/v1/webhooks", body).await.json();
    let path = format!("/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let owner = app.as_("owner");
    assert!(!text(&owner.get(&path).await).contains("Take it over"));
    let maker = app.world().seat("member_rw").user;
    let away = format!("/v1/users/{maker}/deactivate");
    owner.post(&away, json!({})).await.with(200);
    assert!(text(&owner.get(&path).await).contains("Take it over"));
    let done = owner.submit(&format!("{path}/adopt"), json!({})).await;
    assert_eq!(done.location(), path);
    assert!(!text(&owner.get(&path).await).contains("Take it over"));
}
