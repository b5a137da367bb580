//! Who owns a name that several organizations registered.
//!
//! Goal: a name is verified in one organization, that of whoever proves control of it at the moment.
//! Method: two organizations, one zone that changes, one after the other and both at once.

use postscale_testkit::{Client, TestApp, on_both_engines};
use serde_json::{Value, json};

const NAME: &str = "claimed.example";
const AT: &str = "_postscale.claimed.example";

/// Registers the name and gives the proof that is asked for.
async fn register(who: &Client, name: &str) -> String {
    let body = json!({"domain": name, "type": "inbound"});
    who.post("/v1/domains", body).await.with(201);
    let dns = who.get(&format!("/v1/domains/{name}/dns")).await.with(200);
    dns["records"][0]["value"].as_str().unwrap().to_owned()
}

async fn is_verified(who: &Client, name: &str) -> bool {
    who.get(&format!("/v1/domains/{name}")).await.with(200)["verified"] == true
}

async fn look(who: &Client, name: &str) -> Value {
    who.post(&format!("/v1/domains/{name}/verify"), json!({}))
        .await
        .with(200)
}

on_both_engines! {
    async fn a_name_is_taken_over_by_proof_in_dns(database) {
        let app = TestApp::builder().database(database).build().await;
        let (owner, other) = (app.as_("owner"), app.as_("other_org_owner"));
        let (ours, theirs) = (register(&owner, NAME).await, register(&other, NAME).await);
        app.dns.set_mx("claimed.example", 10, "mx.postscale.example");
        app.dns.set_txt(AT, &ours);
        assert_eq!(look(&owner, NAME).await["verified"], true);
        // Without a proof nothing changes, and nothing is told of the others.
        let nothing = look(&other, NAME).await;
        assert_eq!(nothing["verified"], false);
        assert!(!nothing["summary"].as_str().unwrap().contains("another organization"));
        // With both proofs in place who came first keeps it, and only who has a proof learns of that.
        app.dns.add_txt(AT, &theirs);
        let both = look(&other, NAME).await;
        assert_eq!(both["ownership_verified"], false);
        assert!(both["summary"].as_str().unwrap().contains("another organization"), "{both}");
        assert!(is_verified(&owner, NAME).await);
        // Trouble is no proof that the other one is gone.
        app.dns.servfail(AT);
        assert_eq!(look(&other, NAME).await["ownership_verified"], false);
        app.dns.mend(AT);
        app.dns.set_txt(AT, &theirs);
        let taken = look(&other, NAME).await;
        assert_eq!(taken["verified"], true, "{taken}");
        assert!(!is_verified(&owner, NAME).await);
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
        assert_eq!(look(&owner, NAME).await["verified"], true);
        assert!(!is_verified(&other, NAME).await);
    }

    async fn of_two_who_prove_a_name_at_once_one_gets_it(database) {
        let app = TestApp::builder().database(database).build().await;
        let (owner, other) = (app.as_("owner"), app.as_("other_org_owner"));
        for round in 0..10 {
            let name = format!("claimed{round}.example");
            app.dns.set_mx(&name, 10, "mx.postscale.example");
            for who in [&owner, &other] {
                let proof = register(who, &name).await;
                app.dns.add_txt(&format!("_postscale.{name}"), &proof);
            }
            let (one, two) = tokio::join!(look(&owner, &name), look(&other, &name));
            let verified = [&one, &two].map(|seen| seen["verified"] == true);
            assert_eq!(verified.iter().filter(|is| **is).count(), 1, "{one} {two}");
            let after = [is_verified(&owner, &name).await, is_verified(&other, &name).await];
            assert_eq!(after, verified);
        }
    }
}
