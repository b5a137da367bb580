//! `/domains`, `/domains/{id}`
//!
//! Goal: the pages say what is wrong with a record and what to publish, one record can be looked up
//! alone, and who may not do that has no button for it.
//! Method: a domain with somebody else's SPF record, looked up by the buttons of its page.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use postscale_testkit::TestApp;
use serde_json::json;

use super::text;

#[tokio::test]
async fn the_page_says_what_to_publish_and_looks_one_record_up_alone() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"domain": "new.example", "type": "both"});
    let made = owner.post("/v1/domains", body).await.with(201);
    let at = format!("/domains/{}", made["id"].as_str().unwrap());
    app.dns.set_txt("new.example", "v=spf1 mx -all");
    let form = json!({"check": "spf"});
    let checked = owner.submit(&format!("{at}/verify"), form).await;
    assert_eq!(checked.status, 303, "{}", text(&checked));
    let page = text(&owner.get(&at).await);
    assert!(
        page.contains("v=spf1 mx include:_spf.postscale.example -all"),
        "{page}"
    );
    assert!(page.contains("of 10 allowed"));
    assert!(page.contains("Check<span class=\"hidden\"> MX now</span>"));
    assert!(page.contains("Checked by itself again"));
    let dns = owner.get("/v1/domains/new.example/dns").await.with(200);
    let unchecked = dns["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|record| record["status"] == "unchecked");
    assert_eq!(
        unchecked.count(),
        dns["records"].as_array().unwrap().len() - 1
    );
    let unknown = owner
        .submit(&format!("{at}/verify"), json!({"check": "sfp"}))
        .await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn the_list_says_what_each_domain_needs_and_when_it_was_looked_at() {
    let app = TestApp::new().await;
    let body = json!({"domain": "new.example", "type": "inbound"});
    app.as_("owner").post("/v1/domains", body).await.with(201);
    let page = text(&app.as_("owner").get("/domains").await);
    assert!(
        page.contains("Last checked") && page.contains("Not yet"),
        "{page}"
    );
    let verify = format!("/v1/domains/{}/verify", app.shared().domain);
    app.as_("owner").post(&verify, json!({})).await.with(200);
    let page = text(&app.as_("owner").get("/domains").await);
    assert!(page.contains("Needs Ownership, MX"), "{page}");
    let gone = "Not right any more: Ownership, MX, SPF, DKIM. Counts after three days";
    assert!(page.contains(gone), "{page}");
}

#[tokio::test]
async fn who_only_reads_sees_the_advice_and_no_button() {
    let app = TestApp::new().await;
    let at = format!("/domains/{}", app.shared().domain);
    let verify = format!("/v1/domains/{}/verify", app.shared().domain);
    app.as_("owner").post(&verify, json!({})).await.with(200);
    let page = text(&app.as_("member_read").get(&at).await);
    assert!(page.contains("What to do"), "{page}");
    assert!(
        !page.contains("data-check") && !page.contains("/verify"),
        "{page}"
    );
}

#[tokio::test]
async fn a_domain_among_many_is_looked_for_by_its_name() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let few = text(&owner.get("/domains").await);
    assert!(!few.contains("role=\"search\""), "two need no search");
    for name in ["bücher.example"]
        .into_iter()
        .map(str::to_owned)
        .chain((0..9).map(|n| format!("n{n}.example")))
    {
        let body = json!({"domain": name, "type": "inbound"});
        owner.post("/v1/domains", body).await.with(201);
    }
    let many = text(&owner.get("/domains").await);
    assert!(many.contains("role=\"search\""), "{many}");
    for (sought, found) in [
        ("HARED", "shared.example"),
        ("bücher", "bücher.example"),
        ("n7.", "n7.example"),
    ] {
        let page = text(
            &owner
                .get(&format!(
                    "/domains?q={}",
                    utf8_percent_encode(sought, NON_ALPHANUMERIC)
                ))
                .await,
        );
        assert_eq!(page.matches("class=\"main\"").count(), 1, "{page}");
        assert!(page.contains(found), "{page}");
    }
    let none = text(&owner.get("/domains?q=hidden").await);
    assert!(none.contains("No domains match") && none.contains("Clear search"));
    let member = app.as_("member_read");
    let hidden = member.get("/domains?q=closed").await;
    let nothing = member.get("/domains?q=closet").await;
    assert_eq!(
        text(&hidden).replace("closed", ""),
        text(&nothing).replace("closet", "")
    );
}
