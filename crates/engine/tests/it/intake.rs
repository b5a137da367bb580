//! Goal: received mail goes where its alias says, and nowhere else.
//! Method: one alias of each kind; an endpoint that is told everything, and one an alias names.

use futures_util::future::join_all;
use postscale_engine::intake::Intake;
use postscale_testkit::on_both_engines;
use serde_json::json;

use crate::{endpoint::Endpoint, instance::Instance};

const MESSAGE: &str = "From: Bob <bob@far.example>\r\nTo: x@shared.example\r\nSubject: An offer\r\nMessage-ID: <1@far.example>\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nWe offer.\r\n\
    --b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=prices.csv\r\n\r\na,1\r\n--b--\r\n";
const KEPT: &str = "SELECT envelope_recipient || ' ' || action || ' ' || status AS c FROM inbound_emails \
     WHERE envelope_sender = 'bob@far.example' ORDER BY envelope_recipient";
const TOLD: &str = "SELECT i.envelope_recipient || ' ' || v.status AS c FROM webhook_deliveries v \
     JOIN inbound_emails i ON i.id = v.email_id ORDER BY i.envelope_recipient, v.id";

async fn receive(instance: &Instance, to: &[&str]) {
    instance.receive("bob@far.example", to, MESSAGE).await;
}

on_both_engines! {
    async fn those_who_come_at_once_are_written_together(database) {
        const TOGETHER: usize = 20;
        let instance = Instance::new(database).await;
        let alias = instance.alias(json!({"address": "all", "action": "store"})).await;
        let before = instance.app.app.store.commits();
        let received = (0..TOGETHER).map(|_| receive(&instance, &["all@shared.example"]));
        join_all(received).await;
        if let (Some(before), Some(after)) = (before, instance.app.app.store.commits()) {
            let commits = after - before;
            assert!(commits < TOGETHER as u64, "{commits} commits for {TOGETHER} messages");
        }
        assert_eq!(instance.texts(KEPT).await, ["all@shared.example store delivered"; TOGETHER]);
        let counted = instance.owner().get(&format!("/v1/aliases/{alias}")).await.with(200);
        assert_eq!(counted["alias"]["emails_received"], TOGETHER);
    }

    async fn a_message_that_cannot_be_kept_harms_no_other(database) {
        let instance = Instance::new(database).await;
        instance.run("UPDATE domains SET catch_all_enabled = TRUE", &[]).await;
        let [ours, theirs] = ["x@shared.example", "x@foreign.example"];
        let mut recipients = [instance.recipient(ours).await.unwrap(), instance.recipient(theirs).await.unwrap()];
        // As if their organization had been deleted since they were found.
        recipients[1].domain.organization_id = instance.parts().sources.id();
        let each = recipients.each_ref().map(|to| {
            instance.try_to_receive_for("bob@far.example", std::slice::from_ref(to), MESSAGE)
        });
        let came = join_all(each).await;
        assert_eq!(came[0], Ok(Intake::Taken));
        assert!(came[1].is_err());
        assert_eq!(instance.texts(KEPT).await, ["x@shared.example store received"]);
    }

    async fn each_alias_does_what_it_is_for(database) {
        let instance = Instance::new(database).await;
        let (everything, named) = (Endpoint::start().await, Endpoint::start().await);
        instance.endpoint(&everything.url(), &["email.received"]).await;
        instance.endpoint(&named.url(), &["email.received"]).await;
        let sql = format!("SELECT id AS c FROM webhooks WHERE url = '{}'", named.url());
        let webhook = instance.texts(&sql).await.remove(0);
        instance.alias(json!({"address": "all", "action": "webhook"})).await;
        instance.alias(json!({"address": "hook", "action": "webhook", "webhook_id": webhook})).await;
        instance.alias(json!({"address": "keep", "action": "store"})).await;
        let dropping = instance.alias(json!({"address": "gone", "action": "drop"})).await;
        let running = instance.start();
        let to = ["all", "gone", "hook", "keep"].map(|local_part| format!("{local_part}@shared.example"));
        receive(&instance, &to.each_ref().map(String::as_str)).await;
        instance.until_texts(KEPT, &[
            "all@shared.example webhook delivered",
            "hook@shared.example webhook delivered",
            "keep@shared.example store delivered",
        ]).await;
        instance.until_texts(TOLD, &[
            "all@shared.example delivered",
            "all@shared.example delivered",
            "hook@shared.example delivered",
        ]).await;
        running.stop().await;
        assert_eq!((everything.posted().len(), named.posted().len()), (1, 2));
        let dropped = instance.owner().get(&format!("/v1/aliases/{dropping}")).await.with(200);
        assert_eq!(dropped["alias"]["emails_received"], 1);
        assert!(instance.sink.taken().is_empty());

        let told = everything.posted()[0].json();
        assert_eq!(told["event"], "email.received");
        assert_eq!(told["envelope_recipient"], "all@shared.example");
        assert_eq!((&told["from"], &told["subject"]), (&json!("bob@far.example"), &json!("An offer")));
        assert_eq!(told["text"].as_str().unwrap().trim(), "We offer.");
        assert_eq!((&told["spf"], &told["dkim"]), (&json!("none"), &json!("none")));
        let attachment = &told["attachments"][0];
        assert_eq!((&attachment["filename"], &attachment["size"]), (&json!("prices.csv"), &json!(3)));
        let url = attachment["url"].as_str().unwrap().strip_prefix("https://postscale.example").unwrap();
        let downloaded = instance.owner().get(url).await;
        assert_eq!(downloaded.body, b"a,1");
    }

    async fn what_is_only_kept_is_done_with_once_it_is(database) {
        let instance = Instance::new(database).await;
        instance.run("UPDATE domains SET catch_all_enabled = TRUE", &[]).await;
        instance.alias(json!({"address": "hook", "action": "webhook"})).await;
        instance.alias(json!({"address": "keep", "action": "store"})).await;
        receive(&instance, &["hook@shared.example", "keep@shared.example", "x@shared.example"]).await;
        // Nothing works here.
        assert_eq!(instance.texts(KEPT).await, [
            "hook@shared.example webhook received",
            "keep@shared.example store delivered",
            "x@shared.example store received",
        ]);
        let done = "SELECT envelope_recipient AS c FROM inbound_emails \
             WHERE next_attempt_at IS NULL AND processed_at = received_at";
        assert_eq!(instance.texts(done).await, ["keep@shared.example"]);
    }

    async fn a_domain_takes_everything_only_when_it_is_told_to(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.received"]).await;
        instance.alias(json!({"address": "paused", "action": "store", "active": false})).await;
        assert!(instance.recipient("x@shared.example").await.is_none());
        let change = json!({"catch_all_enabled": true});
        instance.owner().put("/v1/domains/shared.example", change).await.with(200);
        // A paused alias is an answer of its own.
        assert!(instance.recipient("paused@shared.example").await.is_none());
        assert!(instance.recipient("x@elsewhere.example").await.is_none());
        let running = instance.start();
        receive(&instance, &["x@shared.example"]).await;
        instance.until_texts(KEPT, &["x@shared.example store delivered"]).await;
        instance.until_texts(TOLD, &["x@shared.example delivered"]).await;
        running.stop().await;
        assert_eq!(endpoint.posted().len(), 1);
    }

    async fn what_is_processed_once_more_is_told_once_more(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.received"]).await;
        instance.alias(json!({"address": "hook", "action": "webhook"})).await;
        let running = instance.start();
        receive(&instance, &["hook@shared.example"]).await;
        instance.until_texts(TOLD, &["hook@shared.example delivered"]).await;
        let id = endpoint.posted()[0].json()["email_id"].as_str().unwrap().to_owned();
        let replay = instance.owner().post(&format!("/v1/inbound-emails/{id}/replay"), json!({})).await;
        assert!(replay.status.is_success(), "{replay:?}");
        instance.until_texts(TOLD, &["hook@shared.example delivered"; 2]).await;
        running.stop().await;
        assert_eq!(endpoint.posted()[0].json(), endpoint.posted()[1].json());
    }

    async fn a_large_message_is_kept_and_told_whole(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.received"]).await;
        instance.alias(json!({"address": "hook", "action": "webhook"})).await;
        let running = instance.start();
        let text = "0123456789abcdef\r\n".repeat(10_000);
        let message = format!("From: bob@far.example\r\nSubject: long\r\n\r\n{text}");
        instance.receive("bob@far.example", &["hook@shared.example"], &message).await;
        instance.until_texts(TOLD, &["hook@shared.example delivered"]).await;
        running.stop().await;
        let told = endpoint.posted()[0].json();
        let lines = |text: &str| text.lines().count();
        assert_eq!(lines(told["text"].as_str().unwrap()), lines(&text));
    }
}
