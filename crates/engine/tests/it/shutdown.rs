//! Goal: a node that stops finishes what it talks about and hands back the rest; one that dies loses
//! nothing (security.md M17, M21).
//! Method: a server that does not answer before it is told to, and a claim nobody settles.

use std::time::Duration;

use postscale_store::{
    Engine,
    recipient::{self, Abandoned, Claim, Claimed},
};
use postscale_testkit::{database::TestDatabase, on_both_engines};

use crate::instance::{Instance, system};

const STATES: &str = "SELECT status || ' ' || attempts AS c FROM email_recipients WHERE status <> 'canceled' ORDER BY status, attempts";
const LEASE_ENDS: &str =
    "SELECT next_attempt_at AS c FROM email_recipients WHERE status = 'sending'";
/// How long a node that is gone keeps what it claimed.
const LEASE: Duration = Duration::from_secs(300);
/// Conversations with one site at once.
const CONNECTIONS: usize = 10;

/// Claims what is due, as a node does that dies then.
async fn claim_and_die(instance: &Instance) -> Vec<Claimed> {
    let mut tx = instance.app.app.store.write().await.unwrap();
    let claim = Claim {
        lease: LEASE,
        limit: 10,
        limit_per_destination: 10,
        excluded: &[],
        abandoned: Abandoned::TakenOver,
    };
    let claimed = recipient::claim_due(&mut tx, &system(), &claim, instance.now()).await;
    tx.commit().await.unwrap();
    claimed.unwrap()
}

/// Waits until the only lease reaches as far as one that was taken or renewed now.
async fn until_renewed(instance: &Instance) {
    let end = instance.now().plus(LEASE).micros();
    let renewed = async || (instance.number(LEASE_ENDS).await == end).then_some(());
    instance.until("a renewed lease", renewed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_on_postgres_leaves_what_is_renewed_alone() {
    TestDatabase::postgres()
        .await
        .run(async |database: &TestDatabase| {
            let instance = Instance::new(database).await;
            instance.send(&["slow@far.example"]).await;
            let holder = instance.start();
            instance.sink.until_busy(1).await;
            let other = instance.start();
            // Longer than two leases, in steps as long as a node goes without a look.
            for _ in 0..10 {
                instance.pass(Duration::from_secs(61)).await;
                until_renewed(&instance).await;
            }
            assert_eq!(instance.texts(STATES).await, ["sending 1"]);
            instance.sink.open();
            instance.until_texts(STATES, &["delivered 1"]).await;
            holder.stop().await;
            other.stop().await;
            assert_eq!(instance.sink.taken().len(), 1);
        })
        .await;
}

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
        assert_eq!(claim_and_die(&instance).await.len(), 1);
        let running = instance.start();
        // On SQLite there is no other node that may still hold it.
        if database.store().engine() == Engine::Postgres {
            instance.pass(LEASE - Duration::from_secs(1)).await;
            assert_eq!(instance.texts(STATES).await, ["sending 1"]);
            instance.pass(Duration::from_secs(1)).await;
        }
        instance.until_texts(STATES, &["delivered 2"]).await;
        running.stop().await;
    }

    async fn a_delivery_that_outlasts_its_lease_is_not_begun_again(database) {
        let instance = Instance::new(database).await;
        instance.send(&["slow@far.example"]).await;
        let running = instance.start();
        instance.sink.until_busy(1).await;
        // The clock jumps over the whole lease.
        instance.pass(12 * LEASE).await;
        until_renewed(&instance).await;
        assert_eq!(instance.texts(STATES).await, ["sending 1"]);
        instance.sink.open();
        instance.until_texts(STATES, &["delivered 1"]).await;
        running.stop().await;
        assert_eq!(instance.sink.taken().len(), 1);
    }

    async fn an_idle_engine_stops_at_once(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        let stopped = tokio::time::timeout(Duration::from_secs(3), running.stop()).await;
        assert!(stopped.is_ok());
    }
}
