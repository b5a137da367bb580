//! What is undone, what is kept, who sees what, who is woken.

use std::time::Duration;

use postscale_store::{Engine, Error, Store, StoreSettings};
use postscale_testkit::on_both_engines;

use crate::{add, ids, ids_in, make_tables};

on_both_engines! {
    async fn a_dropped_transaction_is_undone(database) {
        let store = database.store();
        make_tables(store).await;
        let mut tx = store.write().await.unwrap();
        add(&mut tx, "a").await.unwrap();
        drop(tx);
        let mut tx = store.write().await.unwrap();
        add(&mut tx, "b").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ids(store).await, ["b"]);
    }

    async fn a_reader_keeps_its_snapshot(database) {
        let store = database.store();
        make_tables(store).await;
        let mut reader = store.read().await.unwrap();
        assert!(ids_in(&mut reader).await.is_empty());
        let mut tx = store.write().await.unwrap();
        add(&mut tx, "a").await.unwrap();
        assert_eq!(ids_in(&mut tx).await, ["a"]);
        assert!(ids(store).await.is_empty());
        tx.commit().await.unwrap();
        assert!(ids_in(&mut reader).await.is_empty());
        drop(reader);
        assert_eq!(ids(store).await, ["a"]);
    }

    async fn what_was_committed_is_there_for_another_store(database) {
        make_tables(database.store()).await;
        let mut tx = database.store().write().await.unwrap();
        add(&mut tx, "a").await.unwrap();
        tx.commit().await.unwrap();
        let other = Store::open(database.settings().clone()).unwrap();
        assert_eq!(ids(&other).await, ["a"]);
    }

    async fn only_a_server_has_a_clock_of_its_own(database) {
        let first = database.store().server_time().await.unwrap();
        let second = database.store().server_time().await.unwrap();
        assert_eq!(first.is_some(), database.store().engine() == Engine::Postgres);
        assert!(first <= second, "{first:?} {second:?}");
    }

    async fn connections_are_bounded_and_waiting_for_one_ends(database) {
        let settings = StoreSettings {
            connections: 1,
            wait: Duration::from_millis(50),
            ..database.settings().clone()
        };
        let store = Store::open(settings).unwrap();
        let first = store.read().await.unwrap();
        assert_eq!(store.read().await.err(), Some(Error::Busy));
        drop(first);
        assert!(store.read().await.is_ok());
        let first = store.write().await.unwrap();
        assert_eq!(store.write().await.err(), Some(Error::Busy));
        drop(first);
        assert!(store.write().await.is_ok());
    }

    async fn listeners_are_woken_after_the_commit(database) {
        let store = database.store();
        let mut queue = store.wakeups("queue");
        let mut events = store.wakeups("events");
        // The listener of PostgreSQL wakes everybody when it is connected.
        if store.commits().is_none() {
            queue.next().await;
            events.next().await;
        }
        let mut tx = store.write().await.unwrap();
        tx.wake("queue");
        drop(tx);
        let mut tx = store.write().await.unwrap();
        tx.wake("events");
        tx.commit().await.unwrap();
        events.next().await;
        let heard = tokio::time::timeout(Duration::from_millis(20), queue.next()).await;
        assert!(heard.is_err(), "an undone transaction woke somebody");
    }
}
