//! Who owns a name that several organizations registered.
//!
//! Goal: a name is verified in one organization, that of whoever proves control of it at the moment.
//! Method: two organizations, one zone that changes, one after the other and both at once.

use postscale_testkit::{Client, TestApp, on_both_engines};
use serde_json::{Value, json};

const VERIFY: &str = "/v1/domains/claimed.example/verify";
const AT: &str = "_postscale.claimed.example";

/// Registers the name and gives the proof that is asked for.
async fn register(who: &Client) -> String {
    let body = json!({"domain": "claimed.example", "type": "inbound"});
    who.post("/v1/domains", body).await.with(201);
    let dns = who.get("/v1/domains/claimed.example/dns").await.with(200);
    dns["records"][0]["value"].as_str().unwrap().to_owned()
}

async fn is_verified(who: &Client) -> bool {
    who.get("/v1/domains/claimed.example").await.with(200)["verified"] == true
}

async fn look(who: &Client) -> Value {
    who.post(VERIFY, json!({})).await.with(200)
}

on_both_engines! {
    async fn a_name_is_taken_over_by_proof_in_dns(database) {
        let app = TestApp::builder().database(database).build().await;
        let (owner, other) = (app.as_("owner"), app.as_("other_org_owner"));
        let (ours, theirs) = (register(&owner).await, register(&other).await);
        app.dns.set_mx("claimed.example", 10, "mx.postscale.example");
        app.dns.set_txt(AT, &ours);
        assert_eq!(look(&owner).await["verified"], true);
        // Without a proof nothing changes, and nothing is told of the others.
        let nothing = look(&other).await;
        assert_eq!(nothing["verified"], false);
        assert!(!nothing["summary"].as_str().unwrap().contains("another organization"));
        // With both proofs in place who came first keeps it, and only who has a proof learns of that.
        app.dns.add_txt(AT, &theirs);
        let both = look(&other).await;
        assert_eq!(both["ownership_verified"], false);
        assert!(both["summary"].as_str().unwrap().contains("another organization"), "{both}");
        assert!(is_verified(&owner).await);
        // Trouble is no proof that the other one is gone.
        app.dns.servfail(AT);
        assert_eq!(look(&other).await["ownership_verified"], false);
        app.dns.mend(AT);
        app.dns.set_txt(AT, &theirs);
        let taken = look(&other).await;
        assert_eq!(taken["verified"], true, "{taken}");
        assert!(!is_verified(&owner).await);
        let log = owner.get("/v1/audit?action=domain.verification_lost").await.with(200);
        assert_eq!(log["entries"][0]["actor"]["kind"], "system");
        assert_eq!(log["entries"][0]["after"], json!({"ownership_verified": false, "taken_over": true}));
        assert!(log["entries"][0]["ip"].as_str().unwrap_or_default().is_empty());
        let log = other.get("/v1/audit?action=domain.verified").await.with(200);
        assert_eq!(log["entries"][0]["actor"]["kind"], "user");
        let mut tx = app.app.store.read().await.unwrap();
        let rows = tx.query("SELECT recipient FROM system_emails ORDER BY recipient", &[]).await.unwrap();
        let told: Vec<String> = rows.iter().map(|row| row.text("recipient").unwrap()).collect();
        assert_eq!(told, ["admin@people.example", "owner@people.example"]);
        drop(tx);
        // And back, by the same means.
        app.dns.set_txt(AT, &ours);
        assert_eq!(look(&owner).await["verified"], true);
        assert!(!is_verified(&other).await);
    }

    async fn of_two_who_prove_a_name_at_once_one_gets_it(database) {
        let app = TestApp::builder().database(database).build().await;
        let (owner, other) = (app.as_("owner"), app.as_("other_org_owner"));
        let (ours, theirs) = (register(&owner).await, register(&other).await);
        app.dns.set_mx("claimed.example", 10, "mx.postscale.example");
        for _ in 0..10 {
            app.dns.set_txt(AT, &ours);
            app.dns.add_txt(AT, &theirs);
            let (one, two) = tokio::join!(look(&owner), look(&other));
            let verified = [&one, &two].map(|seen| seen["verified"] == true);
            assert_eq!(verified.iter().filter(|is| **is).count(), 1, "{one} {two}");
            assert_eq!([is_verified(&owner).await, is_verified(&other).await], verified);
            // Nobody has it for the next round.
            app.dns.set_txt(AT, "nothing");
            look(&owner).await;
            look(&other).await;
        }
    }
}
