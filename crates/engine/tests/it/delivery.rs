//! Goal: each recipient ends as its server says, whatever happens to the others.
//! Method: one message to several recipients of one server; the rows are read afterwards.

use std::time::Duration;

use postscale_testkit::on_both_engines;

use crate::instance::Instance;

const STATES: &str = "SELECT r.address || ' ' || r.status || ' ' || r.attempts || ' ' || COALESCE(r.reply_enhanced, '') AS c \
     FROM email_recipients r WHERE r.status <> 'canceled' ORDER BY r.address";

on_both_engines! {
    async fn each_recipient_ends_as_its_server_says(database) {
        let instance = Instance::new(database).await;
        let id = instance.send(&["ann@far.example", "later@far.example", "nobody@far.example", "x@none.example"]).await;
        let running = instance.start();
        instance.until_texts(STATES, &[
            "ann@far.example delivered 1 2.0.0",
            "later@far.example deferred 1 4.2.1",
            "nobody@far.example bounced 1 5.1.1",
            "x@none.example bounced 1 5.1.2",
        ]).await;
        running.stop().await;
        let email = instance.owner().get(&format!("/v1/emails/{id}")).await.with(200);
        assert_eq!(email["email"]["status"], "deferred");
        let taken = instance.sink.taken();
        assert_eq!(taken.len(), 1);
        let (return_path, _, message) = &taken[0];
        assert!(message.starts_with("DKIM-Signature:") && message.contains("d=shared.example;"), "{message}");
        assert!(return_path.starts_with("<bounces-") && return_path.ends_with("@ps-bounces.shared.example>"), "{return_path}");
    }

    async fn what_is_deferred_is_tried_again_when_its_time_has_come(database) {
        let instance = Instance::new(database).await;
        instance.send(&["later@far.example"]).await;
        let running = instance.start();
        for (attempt, minutes) in (1_u32..).zip([5, 15, 60, 120, 240, 240]) {
            let want = format!("later@far.example deferred {attempt} 4.2.1");
            instance.until_texts(STATES, &[&want]).await;
            let due = instance.number("SELECT MIN(next_attempt_at) AS c FROM email_recipients WHERE status = 'deferred'").await;
            let wait = Duration::from_micros((due - instance.now().micros()).try_into().unwrap());
            let delay = Duration::from_secs(minutes * 60);
            assert!(wait >= delay && wait <= delay * 11 / 10, "{attempt}: {wait:?}");
            instance.pass(wait).await;
        }
        running.stop().await;
        // Neither age nor tries alone end its life.
        instance.run("UPDATE email_recipients SET attempts = 7 WHERE status = 'deferred'", &[]).await;
        instance.pass(Duration::from_secs(6 * 24 * 3600)).await;
        let running = instance.start();
        instance.until_texts(STATES, &["later@far.example bounced 8 4.4.7"]).await;
        running.stop().await;
        let last = instance.texts("SELECT reply_text AS c FROM email_events WHERE event_type = 'bounced'").await;
        assert!(last.len() == 1 && last[0].contains("is over, after 8 tries; last: 451 4.2.1 "), "{last:?}");
        let bounce = instance.texts("SELECT bounce_type AS c FROM email_events WHERE event_type = 'bounced'").await;
        assert_eq!(bounce, ["soft"]);
    }

    async fn a_server_that_is_not_public_is_not_dialled(database) {
        let mut instance = Instance::new(database).await;
        instance.settings.outbound_allow.clear();
        instance.send(&["ann@far.example"]).await;
        let running = instance.start();
        instance.until_texts(STATES, &["ann@far.example bounced 1 5.4.4"]).await;
        running.stop().await;
        assert!(instance.sink.taken().is_empty());
    }
}
