//! Goal: an alias sends on what it received, to whoever agreed, never in circles and never back.
//! Method: targets at the mail server of the test; what arrives there is read, and sent in again.

use postscale_testkit::on_both_engines;
use serde_json::json;

use crate::{endpoint::Endpoint, instance::Instance};

const MESSAGE: &str = "From: Bob <bob@far.example>\r\nTo: info@shared.example\r\nSubject: An offer\r\n\
    DKIM-Signature: v=1; a=rsa-sha256; d=far.example; s=x; b=AA==\r\n\r\nWe offer.\r\n";
const STATES: &str =
    "SELECT status AS c FROM inbound_emails WHERE action = 'forward' ORDER BY received_at, id";

/// An alias that forwards to these, who agree.
async fn alias(instance: &Instance, local_part: &str, targets: &[&str]) {
    instance
        .alias(json!({"address": local_part, "forward_to": targets}))
        .await;
    let sql = "UPDATE forward_targets SET confirmed_at = created_at";
    assert!(instance.run(sql, &[]).await > 0);
    instance.run("DELETE FROM system_emails", &[]).await;
}

on_both_engines! {
    async fn a_copy_goes_out_from_the_alias_to_who_agreed(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.sent", "email.delivered", "email.received"]).await;
        let running = instance.start();
        instance.alias(json!({"address": "info", "forward_to": ["carol@far.example"]})).await;
        let token = instance.question("carol@far.example").await;
        instance.receive("bob@far.example", &["info@shared.example"], MESSAGE).await;
        instance.until_texts(STATES, &["failed"]).await;
        assert_eq!(instance.sink.taken().len(), 1, "nothing but the question");

        instance.agree(&token).await;
        instance.app.clock.advance(std::time::Duration::from_secs(1));
        instance.receive("bob@far.example", &["info@shared.example"], MESSAGE).await;
        instance.until_texts(STATES, &["failed", "delivered"]).await;
        running.stop().await;
        let taken = instance.sink.taken();
        assert_eq!(taken.len(), 2);
        let (return_path, to, copy) = &taken[1];
        assert_eq!(to, "carol@far.example");
        assert!(return_path.starts_with("<bounces-") && return_path.ends_with("@ps-bounces.shared.example>"), "{return_path}");
        let copy = copy.replace("\r\n ", " ").replace("\r\n\t", " ");
        let field = |name: &str| -> Vec<&str> {
            copy.lines().take_while(|line| !line.is_empty()).filter(|line| line.starts_with(name)).collect()
        };
        assert_eq!(field("From:"), ["From: \"Bob via info@shared.example\" <info@shared.example>"]);
        assert_eq!(field("Reply-To:"), ["Reply-To: \"Bob\" <bob@far.example>"]);
        assert_eq!(field("X-Postscale-Forwarded:").len(), 1);
        let signatures = field("DKIM-Signature:");
        assert!(signatures.len() == 1 && signatures[0].contains("d=shared.example;"), "{signatures:?}");
        assert!(copy.ends_with("\r\n\r\nWe offer.\r\n"), "{copy}");
        // Its reception was told; its way on is nobody's sent mail.
        let events: Vec<_> = endpoint.posted().iter().map(|posted| posted.header("x-postscale-event").to_owned()).collect();
        assert_eq!(events, ["email.received", "email.received"]);
    }

    async fn what_an_alias_sent_on_is_not_sent_on_again(database) {
        let instance = Instance::new(database).await;
        alias(&instance, "info", &["carol@far.example"]).await;
        let running = instance.start();
        instance.receive("bob@far.example", &["info@shared.example"], MESSAGE).await;
        let copy = instance.until("a copy", async || instance.sink.message_to("carol@far.example")).await;
        let (return_path, copy) = copy;
        let return_path = return_path.trim_matches(['<', '>']);
        instance.app.clock.advance(std::time::Duration::from_secs(1));
        instance.receive(return_path, &["info@shared.example"], &copy).await;
        instance.until_texts(STATES, &["delivered", "failed"]).await;
        // Marks nobody here made do not count, but three of anybody's are enough.
        for (forged, want) in [(1, "delivered"), (2, "delivered"), (3, "failed")] {
            let message = "X-Postscale-Forwarded: 0123456789abcdef01234567\r\n".repeat(forged) + MESSAGE;
            instance.run("DELETE FROM inbound_emails", &[]).await;
            instance.receive("bob@far.example", &["info@shared.example"], &message).await;
            instance.until_texts(STATES, &[want]).await;
        }
        running.stop().await;
        assert_eq!(instance.sink.taken().len(), 3);
    }

    async fn mail_that_cannot_be_sent_on_is_not_answered(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.bounced"]).await;
        alias(&instance, "info", &["carol@far.example", "nobody@far.example"]).await;
        let running = instance.start();
        instance.receive("bob@far.example", &["info@shared.example"], MESSAGE).await;
        instance.until_texts(STATES, &["failed"]).await;
        running.stop().await;
        let to: Vec<_> = instance.sink.taken().into_iter().map(|(_, to, _)| to).collect();
        assert_eq!(to, ["carol@far.example"], "the author hears nothing");
        assert!(endpoint.posted().is_empty());
        // Nor is it anybody's sent mail.
        let listed = instance.owner().get("/v1/emails").await.with(200);
        let listed = listed.to_string();
        assert!(!listed.contains("An offer"), "{listed}");
    }

    async fn lines_leave_short_and_what_is_signed_stays_as_it_is(database) {
        let instance = Instance::new(database).await;
        alias(&instance, "info", &["carol@far.example"]).await;
        let running = instance.start();
        let long = "word ".repeat(1000);
        let message = MESSAGE.replace("We offer.", &long).replace("An offer", &format!("An offer {long}"));
        instance.receive("bob@far.example", &["info@shared.example"], &message).await;
        instance.until_texts(STATES, &["delivered"]).await;
        let (_, copy) = instance.sink.message_to("carol@far.example").unwrap();
        assert!(copy.lines().all(|line| line.len() <= 78), "{copy}");
        assert!(copy.contains("\r\nContent-Transfer-Encoding: quoted-printable\r\n"), "{copy}");
        assert!(copy.contains("d=shared.example;"), "{copy}");

        let signed = MESSAGE.replace("\r\n\r\nWe offer.", &format!(
            "\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\n{long}\r\n--s\r\n\r\nx\r\n--s--"
        ));
        instance.app.clock.advance(std::time::Duration::from_secs(1));
        instance.receive("bob@far.example", &["info@shared.example"], &signed).await;
        instance.until_texts(STATES, &["delivered", "failed"]).await;
        running.stop().await;
        assert_eq!(instance.sink.taken().len(), 1);
        let why = "SELECT reply_enhanced || ' ' || reply_text AS c FROM email_recipients WHERE status = 'bounced'";
        let told = "5.6.2 a line of more than 998 octets is in a part that is signed and must not be changed";
        assert_eq!(instance.texts(why).await, [told]);
        // Not the target's fault: it gets the next one.
        assert_eq!(instance.number("SELECT COUNT(*) AS c FROM alias_bounces").await, 0);
    }

    async fn a_notification_without_a_sender_is_sent_on_with_a_return_path_of_ours(database) {
        let instance = Instance::new(database).await;
        alias(&instance, "info", &["carol@far.example"]).await;
        let running = instance.start();
        instance.receive("", &["info@shared.example"], MESSAGE).await;
        let (return_path, _) = instance.until("a copy", async || instance.sink.message_to("carol@far.example")).await;
        running.stop().await;
        assert!(return_path.starts_with("<bounces-"), "{return_path}");
    }
}
