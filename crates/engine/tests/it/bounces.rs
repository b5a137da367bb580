//! Goal: mail that comes back to a return path of ours marks the recipient it was sent to, once.
//! Method: a message is delivered; a notification about it is taken in at its return path.

use std::time::Duration;

use postscale_engine::intake;
use postscale_testkit::on_both_engines;

use crate::{endpoint::Endpoint, instance::Instance};

const STATES: &str = "SELECT address || ' ' || status AS c FROM email_recipients WHERE status <> 'canceled' ORDER BY address";

fn notification(action: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@far.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.far.example\r\n\r\n\
         Final-Recipient: rfc822; ann@far.example\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} gone\r\n\r\n--b--\r\n"
    )
}

/// Takes a message in at a return path; `false` when that is none of ours.
async fn come_back(instance: &Instance, return_path: &str, message: &str) -> bool {
    let parts = instance.parts();
    let local_part = return_path
        .trim_start_matches('<')
        .split('@')
        .next()
        .unwrap();
    let Some(recipient) = intake::bounced_recipient(&parts, local_part) else {
        return false;
    };
    intake::bounce(&parts, recipient, message.as_bytes())
        .await
        .unwrap();
    true
}

on_both_engines! {
    async fn a_notification_of_failure_counts_once_and_for_its_recipient_only(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.bounced"]).await;
        let running = instance.start();
        let id = instance.send(&["ann@far.example", "dan@far.example"]).await;
        instance.until_texts(STATES, &["ann@far.example delivered", "dan@far.example delivered"]).await;
        let (return_path, _) = instance.sink.message_to("ann@far.example").unwrap();
        for (action, status) in [("delayed", "4.4.7"), ("delivered", "2.1.5")] {
            assert!(come_back(&instance, &return_path, &notification(action, status)).await);
        }
        assert!(come_back(&instance, &return_path, "Subject: I am on holiday\r\n\r\n5.1.1 failed\r\n").await);
        assert_eq!(instance.texts(STATES).await, ["ann@far.example delivered", "dan@far.example delivered"]);
        for _ in 0..2 {
            assert!(come_back(&instance, &return_path, &notification("failed", "5.1.1")).await);
        }
        assert_eq!(instance.texts(STATES).await, ["ann@far.example bounced", "dan@far.example delivered"]);
        instance.until("a post", async || endpoint.posted().first().cloned()).await;
        instance.until_texts("SELECT status AS c FROM webhook_deliveries", &["delivered"]).await;
        running.stop().await;
        let told = endpoint.posted()[0].json();
        assert_eq!((told["to"].as_str(), told["bounce_type"].as_str()), (Some("ann@far.example"), Some("hard")));
        assert_eq!(told["bounce_code"], "5.1.1");
        assert_eq!(endpoint.posted().len(), 1);
        let email = instance.owner().get(&format!("/v1/emails/{id}")).await.with(200);
        assert_eq!(email["email"]["status"], "bounced");
    }

    async fn a_return_path_is_good_for_two_weeks_and_cannot_be_made_up(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        instance.send(&["ann@far.example"]).await;
        instance.until_texts(STATES, &["ann@far.example delivered"]).await;
        running.stop().await;
        let (return_path, _) = instance.sink.message_to("ann@far.example").unwrap();
        let failed = notification("failed", "5.1.1");
        let (name, host) = return_path.split_once('@').unwrap();
        let last = if name.ends_with('a') { 'b' } else { 'a' };
        let forged = format!("{}{last}@{host}", &name[..name.len() - 1]);
        assert!(!come_back(&instance, &forged, &failed).await);
        assert!(!come_back(&instance, "<bounces-x@ps-bounces.shared.example>", &failed).await);
        instance.pass(Duration::from_secs(16 * 24 * 3600)).await;
        assert!(!come_back(&instance, &return_path, &failed).await);
        assert_eq!(instance.texts(STATES).await, ["ann@far.example delivered"]);
    }
}
