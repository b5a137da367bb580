//! `/settings`, `/billing`, leaving, handing on
//!
//! Goal: each page offers what its reader may do and nothing else, and what is done there is done.
//! Method: pages as owner, admin and member, before and after.

use postscale_testkit::{Presented, TestApp};
use serde_json::json;

use super::text;

#[tokio::test]
async fn the_navigation_leads_only_where_its_reader_may_go() {
    let app = TestApp::new().await;
    for (who, settings, billing) in [
        ("owner", true, true),
        ("admin", true, false),
        ("member_rw", false, false),
    ] {
        let page = text(&app.as_(who).get("/account").await);
        assert_eq!(page.contains("href=\"/settings\""), settings, "{who}");
        assert_eq!(page.contains("href=\"/billing\""), billing, "{who}");
    }
}

#[tokio::test]
async fn an_admin_sees_usage_and_neither_billing_nor_the_end() {
    let app = TestApp::new().await;
    let page = text(&app.as_("admin").get("/settings").await);
    assert!(page.contains("messages this month"), "{page}");
    assert!(!page.contains("/settings/delete") && !page.contains("/billing"));
    let page = text(&app.as_("owner").get("/settings").await);
    assert!(page.contains("/settings/delete") && page.contains("/billing"));
}

#[tokio::test]
async fn settings_say_whom_a_second_factor_concerns() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let page = text(&owner.get("/settings").await);
    assert!(
        page.contains("<strong>7</strong> of your people have none"),
        "{page}"
    );
    let before = app.dump();
    let on = json!({"require_second_factor": "on"});
    let refused = owner.submit("/settings/second-factor", on).await;
    assert_eq!(refused.status, 409);
    assert!(text(&refused).contains("You have no second factor yourself"));
    let empty = owner.submit("/settings", json!({"name": ""})).await;
    assert_eq!(empty.status, 400);
    assert!(text(&empty).contains("Must not be empty."));
    let other = json!({"confirm": "Umbrella"});
    let not_meant = owner.submit("/settings/delete", other).await;
    assert_eq!(not_meant.status, 400);
    assert!(text(&not_meant).contains("This is not the name of the organization."));
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn who_owes_a_second_factor_is_shown_where_to_set_it_up() {
    let app = TestApp::new().await;
    let mut tx = app.app.store.write().await.unwrap();
    let sql = "UPDATE organizations SET require_second_factor = TRUE";
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let member = app.as_("member_rw");
    for path in ["/domains", "/settings", "/account/domains"] {
        assert_eq!(member.get(path).await.location(), "/account/second-factor");
    }
    let page = member.get("/account/second-factor").await;
    assert_eq!(page.status, 200);
    assert!(text(&page).contains("Your organization wants everybody to have a second factor."));
    assert_eq!(member.get("/account/leave").await.status, 200);
}

#[tokio::test]
async fn an_owner_deletes_the_organization_and_is_told_at_the_door() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let meant = json!({"confirm": "Acme"});
    let gone = owner.submit("/settings/delete", meant).await;
    assert_eq!((gone.status.as_u16(), gone.location()), (303, "/sign-in"));
    assert_eq!(
        owner.get("/domains").await.location(),
        "/sign-in?return_to=/domains"
    );
    let door = app.as_("anonymous").request(http::Method::GET, "/sign-in");
    let door = door
        .header("cookie", "done=organization-deleted")
        .send()
        .await;
    assert!(text(&door).contains("The organization was deleted."));
}

#[tokio::test]
async fn billing_is_changed_and_what_is_wrong_stands_beside_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let page = text(&owner.get("/billing").await);
    assert!(
        page.contains("Your plan") && page.contains("no limit"),
        "{page}"
    );
    let wrong = json!({"contact_email": "nobody"});
    let refused = owner.submit("/billing/contact", wrong).await;
    assert_eq!(refused.status, 400);
    let page = text(&refused);
    assert!(page.contains("Must be an e-mail address.") && page.contains("value=\"nobody\""));
    let saved = owner
        .submit(
            "/billing/contact",
            json!({"contact_email": "bills@acme.example"}),
        )
        .await;
    assert_eq!((saved.status.as_u16(), saved.location()), (303, "/billing"));
    assert!(text(&owner.get("/billing").await).contains("value=\"bills@acme.example\""));
    let unknown = owner.submit("/billing/plan", json!({"plan": "gold"})).await;
    assert_eq!(unknown.status, 400);
    assert!(text(&unknown).contains("Must be one of unlimited."));
}

#[tokio::test]
async fn a_member_sees_their_domains_and_leaves() {
    let app = TestApp::new().await;
    let member = app.as_("member_read");
    let page = text(&member.get("/account/domains").await);
    assert!(
        page.contains("shared.example") && page.contains("Read only"),
        "{page}"
    );
    assert!(!page.contains("closed.example"));
    let nothing = text(&app.as_("member_hidden").get("/account/domains").await);
    assert!(
        nothing.contains("No domain is assigned to you"),
        "{nothing}"
    );
    let page = text(&member.get("/account/leave").await);
    assert!(page.contains("action=\"/account/leave\""), "{page}");
    let left = member.submit("/account/leave", json!({})).await;
    assert_eq!((left.status.as_u16(), left.location()), (303, "/sign-in"));
    assert_eq!(member.get("/v1/me").await.status, 401);
    // Nobody else owns it.
    let owner = app.as_("owner");
    let page = text(&owner.get("/account/leave").await);
    assert!(page.contains("You are its only owner") && !page.contains("action=\"/account/leave\""));
    assert_eq!(owner.submit("/account/leave", json!({})).await.status, 409);
    assert_eq!(owner.get("/v1/me").await.status, 200);
}

#[tokio::test]
async fn an_owner_hands_the_organization_on_from_the_page_of_the_heir() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let heir = format!("/team/users/{}", app.world().seat("admin").user);
    let at = format!("{heir}/transfer");
    assert!(text(&owner.get(&heir).await).contains(&at));
    assert!(!text(&app.as_("admin").get(&heir).await).contains(&at));
    let page = text(&owner.get(&at).await);
    assert!(page.contains("becomes owner, you become admin"), "{page}");
    let gone = format!(
        "/team/users/{}/transfer",
        app.world().seat("deactivated").user
    );
    let page = text(&owner.get(&gone).await);
    assert!(page.contains("They are deactivated") && !page.contains("action=\"/team"));
    assert_eq!(owner.submit(&gone, json!({})).await.status, 409);
    let page = gone.trim_end_matches("/transfer");
    let page = text(&owner.get(page).await);
    assert!(page.contains("They cannot sign in."), "{page}");
    let done = owner.submit(&at, json!({})).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/team"));
    let role = async |who: &str| app.as_(who).get("/v1/me").await.with(200)["role"].clone();
    assert_eq!(
        (role("owner").await, role("admin").await),
        (json!("admin"), json!("owner"))
    );
    assert_eq!(owner.get("/billing").await.status, 403);
}

#[tokio::test]
async fn whoever_was_away_gives_the_password_again_before_the_end() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    app.clock.advance(std::time::Duration::from_secs(601));
    let asked = owner
        .submit("/settings/delete", json!({"confirm": "Acme"}))
        .await;
    assert_eq!(asked.location(), "/reauthenticate?next=/settings&undone=1");
    let heir = format!("/team/users/{}/transfer", app.world().seat("admin").user);
    let asked = owner.get(&heir).await;
    assert!(
        asked
            .location()
            .starts_with("/reauthenticate?next=/team/users/")
    );
    assert_eq!(
        app.presenting(Presented::Nothing).get(&heir).await.status,
        303
    );
}

#[tokio::test]
async fn a_key_for_everything_asks_for_the_password_and_keeps_what_was_entered() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    app.clock.advance(std::time::Duration::from_secs(601));
    let domain = app.shared().domain.clone();
    let entered = json!({
        "name": "CI & <deploy>", "environment": "test", "capability": "read", "scope": "organization",
        "domain_ids": [domain.clone()], "allowed_networks": "192.0.2.0/24\r\n10.0.0.1", "expires_on": "2030-12-31",
    });
    let asked = owner.submit("/api-keys", entered.clone()).await;
    let location = asked.location().to_owned();
    let page = text(&owner.get(&location).await);
    assert!(page.contains("as you filled it in"), "{page}");
    let (_, next) = page.split_once("name=\"next\" value=\"").unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let form = text(&owner.get(&next).await);
    let tags: Vec<&str> = form
        .split('<')
        .filter(|tag| tag.contains("name="))
        .collect();
    for parts in [
        ["name=\"name\"", "CI &#38; &#60;deploy&#62;"],
        ["value=\"test\"", " checked"],
        ["value=\"read\"", " checked"],
        ["name=\"allowed_networks\"", ">192.0.2.0/24"],
        ["name=\"expires_on\"", "value=\"2030-12-31\""],
    ] {
        let is_it = |tag: &&str| parts.iter().all(|part| tag.contains(part));
        assert!(tags.iter().any(is_it), "{parts:?}: {form}");
    }
    let mut long = entered;
    long["domain_ids"] = json!(vec![domain; 100]);
    let asked = owner.submit("/api-keys", long).await;
    assert_eq!(
        asked.location(),
        "/reauthenticate?next=/api-keys/new&kept=1"
    );
}

#[tokio::test]
async fn nobody_takes_themselves_out_of_the_team_on_the_page_of_a_user() {
    let app = TestApp::new().await;
    for (whose, may_go) in [("owner", false), ("admin", true)] {
        let path = format!("/team/users/{}", app.world().seat(whose).user);
        let page = text(&app.as_("owner").get(&path).await);
        assert_eq!(page.contains("Take out of the team"), may_go, "{whose}");
        assert_eq!(
            page.contains(&format!("{path}/transfer")),
            may_go,
            "{whose}"
        );
    }
}
