//! Goal: a node that stops finishes what it talks about and hands back the rest; one that dies loses
//! nothing (security.md M17, M21).
//! Method: a server that does not answer before it is told to, and a claim nobody settles.

use std::time::Duration;

use postscale_store::recipient::{self, Claim};
use postscale_testkit::on_both_engines;

use crate::instance::{Instance, system};

const STATES: &str = "SELECT status || ' ' || attempts AS c FROM email_recipients WHERE status <> 'canceled' ORDER BY status, attempts";
/// Conversations with one site at once.
const CONNECTIONS: usize = 10;

on_both_engines! {
    async fn what_is_in_flight_is_finished_and_what_waits_is_handed_back(database) {
        let instance = Instance::new(database).await;
        for _ in 0..CONNECTIONS + 2 {
            instance.send(&["slow@far.example"]).await;
        }
        let running = instance.start();
        instance.until_texts(STATES, &["sending 1"; CONNECTIONS + 2]).await;
        instance.sink.until_busy(CONNECTIONS).await;
        running.shutdown.cancel();
        let mut want = vec!["queued 0"; 2];
        want.extend(["sending 1"; CONNECTIONS]);
        instance.until_texts(STATES, &want).await;
        instance.sink.open();
        running.stop().await;
        let mut want = vec!["delivered 1"; CONNECTIONS];
        want.extend(["queued 0"; 2]);
        assert_eq!(instance.texts(STATES).await, want);
        // The next node need not wait for any lease.
        let running = instance.start();
        instance.until_texts(STATES, &["delivered 1"; CONNECTIONS + 2]).await;
        running.stop().await;
        assert_eq!(instance.sink.taken().len(), CONNECTIONS + 2);
    }

    async fn the_claim_of_a_node_that_died_runs_out(database) {
        let instance = Instance::new(database).await;
        instance.send(&["ann@far.example"]).await;
        let mut tx = instance.app.app.store.write().await.unwrap();
        let claim = Claim {
            lease: Duration::from_secs(45 * 60),
            limit: 10,
            limit_per_destination: 10,
            excluded: &[],
        };
        let claimed = recipient::claim_due(&mut tx, &system(), &claim, instance.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(claimed.len(), 1);
        let running = instance.start();
        instance.pass(Duration::from_secs(44 * 60)).await;
        assert_eq!(instance.texts(STATES).await, ["sending 1"]);
        instance.pass(Duration::from_secs(60)).await;
        instance.until_texts(STATES, &["delivered 2"]).await;
        running.stop().await;
    }

    async fn an_idle_engine_stops_at_once(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        let stopped = tokio::time::timeout(Duration::from_secs(3), running.stop()).await;
        assert!(stopped.is_ok());
    }
}
