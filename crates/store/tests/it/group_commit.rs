//! Commits are shared, and no way of leaving loses somebody else's work.

use std::{future::Future, pin::Pin, task::Poll, time::Duration};

use futures_util::{FutureExt as _, future::join_all, poll};
use postscale_store::{Error, Store, StoreSettings, Tx};
use postscale_testkit::{database::TestDatabase, on_both_engines};

use crate::{add, ids, make_tables};

type Writing = Pin<Box<dyn Future<Output = postscale_store::Result<Tx>> + Send>>;

/// Somebody who has asked for the turn and waits.
async fn waiting(store: &Store) -> Writing {
    let store = store.clone();
    let mut writing: Writing = Box::pin(async move { store.write().await });
    assert!(poll!(writing.as_mut()).is_pending());
    writing
}

async fn begun(store: &Store, id: &str) -> Tx {
    let mut tx = store.write().await.unwrap();
    add(&mut tx, id).await.unwrap();
    tx
}

on_both_engines! {
    async fn concurrent_writers_are_all_durable(database) {
        let store = database.store();
        make_tables(store).await;
        let before = store.commits();
        let writers = (0..64).map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await?;
                add(&mut tx, &format!("{n:02}")).await?;
                tx.commit().await
            })
        });
        for written in join_all(writers).await {
            written.unwrap().unwrap();
        }
        let want: Vec<String> = (0..64).map(|n| format!("{n:02}")).collect();
        assert_eq!(ids(store).await, want);
        if let (Some(before), Some(after)) = (before, store.commits()) {
            assert!(after - before < 64, "{} commits for 64 writers", after - before);
        }
    }
}

async fn on_sqlite(test: impl AsyncFnOnce(&Store)) {
    let run = async |database: &TestDatabase| {
        make_tables(database.store()).await;
        test(database.store()).await;
    };
    TestDatabase::sqlite().run(run).await;
}

#[tokio::test]
async fn a_commit_is_shared_with_those_who_wait() {
    on_sqlite(async |store| {
        let before = store.commits().unwrap();
        let first = begun(store, "a").await;
        let second = waiting(store).await;
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = second.await.unwrap();
        add(&mut second, "b").await.unwrap();
        assert!(
            poll!(first.as_mut()).is_pending(),
            "answered before the commit"
        );
        assert!(ids(store).await.is_empty());
        second.commit().await.unwrap();
        first.await.unwrap();
        assert_eq!(ids(store).await, ["a", "b"]);
        assert_eq!(store.commits().unwrap(), before + 1);
    })
    .await;
}

#[tokio::test]
async fn a_batch_left_to_somebody_who_stops_waiting_is_committed() {
    on_sqlite(async |store| {
        // They leave after the turn was passed to them.
        let (first, second) = (begun(store, "a").await, waiting(store).await);
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        drop(second);
        first.await.unwrap();
        // They leave before.
        let (third, fourth) = (begun(store, "b").await, waiting(store).await);
        drop(fourth);
        third.commit().await.unwrap();
        // Of several, one leaves and another stays.
        let (fifth, sixth, seventh) = (
            begun(store, "c").await,
            waiting(store).await,
            waiting(store).await,
        );
        let mut fifth = Box::pin(fifth.commit());
        assert!(poll!(fifth.as_mut()).is_pending());
        drop(sixth);
        let mut seventh = seventh.await.unwrap();
        add(&mut seventh, "d").await.unwrap();
        seventh.commit().await.unwrap();
        fifth.await.unwrap();
        assert_eq!(ids(store).await, ["a", "b", "c", "d"]);
    })
    .await;
}

#[tokio::test]
async fn one_who_waits_too_long_leaves_the_batch_to_be_committed() {
    let database = TestDatabase::sqlite();
    let hasty = StoreSettings {
        wait: Duration::from_millis(1),
        ..database.settings().clone()
    };
    make_tables(database.store()).await;
    let store = Store::open(hasty).unwrap();
    let tx = begun(&store, "a").await;
    let hasty = {
        let store = store.clone();
        tokio::spawn(async move { store.write().await.err() })
    };
    assert_eq!(hasty.await.unwrap(), Some(Error::Busy));
    tx.commit().await.unwrap();
    assert_eq!(ids(&store).await, ["a"]);
}

#[tokio::test]
async fn a_transaction_dropped_between_two_others_takes_only_its_own_work() {
    on_sqlite(async |store| {
        let first = begun(store, "a").await;
        let (second, third) = (waiting(store).await, waiting(store).await);
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = second.await.unwrap();
        add(&mut second, "dropped").await.unwrap();
        drop(second);
        let mut third = third.await.unwrap();
        add(&mut third, "c").await.unwrap();
        third.commit().await.unwrap();
        first.await.unwrap();
        assert_eq!(ids(store).await, ["a", "c"]);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_last_transaction_commits_those_before_it() {
    on_sqlite(async |store| {
        let (first, second) = (begun(store, "a").await, waiting(store).await);
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = second.await.unwrap();
        add(&mut second, "dropped").await.unwrap();
        drop(second);
        first.await.unwrap();
        assert_eq!(ids(store).await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn a_panic_in_a_transaction_takes_only_its_own_work() {
    on_sqlite(async |store| {
        let (first, second) = (begun(store, "a").await, waiting(store).await);
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        let panics = tokio::spawn(async move {
            let mut second = second.await.unwrap();
            add(&mut second, "panicked").await.unwrap();
            panic!("in a transaction");
        });
        assert!(panics.await.unwrap_err().is_panic());
        first.await.unwrap();
        assert_eq!(ids(store).await, ["a"]);
        begun(store, "b").await.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_leaves_while_waiting_for_the_commit_changes_nothing() {
    on_sqlite(async |store| {
        let mut left = Box::pin(begun(store, "a").await.commit());
        let _once: Poll<_> = poll!(left.as_mut());
        drop(left);
        begun(store, "b").await.commit().await.unwrap();
        assert_eq!(ids(store).await, ["a", "b"]);
    })
    .await;
}

#[tokio::test]
async fn a_failed_statement_takes_only_its_own_transaction() {
    on_sqlite(async |store| {
        let (first, second) = (begun(store, "a").await, waiting(store).await);
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = second.await.unwrap();
        add(&mut second, "b").await.unwrap();
        assert!(
            add(&mut second, "a")
                .await
                .unwrap_err()
                .is_conflict_on("notes_pkey")
        );
        assert!(second.commit().await.is_err());
        first.await.unwrap();
        assert_eq!(ids(store).await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn when_the_commit_fails_everybody_is_told() {
    on_sqlite(async |store| {
        // Such a constraint fails at the commit only; the schema has none.
        let mut tx = store.write().await.unwrap();
        let sql = "CREATE TABLE late (id TEXT REFERENCES lists (id) DEFERRABLE INITIALLY DEFERRED)";
        tx.execute(sql, &[]).await.unwrap();
        tx.commit().await.unwrap();
        let (first, second) = (begun(store, "a").await, waiting(store).await);
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = second.await.unwrap();
        second
            .execute("INSERT INTO late (id) VALUES ('none')", &[])
            .await
            .unwrap();
        assert!(second.commit().await.unwrap_err().is_dangling());
        assert!(first.now_or_never().unwrap().unwrap_err().is_dangling());
        assert!(ids(store).await.is_empty());
        begun(store, "b").await.commit().await.unwrap();
        assert_eq!(ids(store).await, ["b"]);
    })
    .await;
}

#[tokio::test]
async fn when_the_disk_is_full_everybody_in_the_batch_is_told() {
    on_sqlite(async |store| {
        let (first, second) = (begun(store, "a").await, waiting(store).await);
        let mut first = Box::pin(first.commit());
        assert!(poll!(first.as_mut()).is_pending());
        let mut second = second.await.unwrap();
        second
            .query("PRAGMA max_page_count = 1", &[])
            .await
            .unwrap();
        let sql = "INSERT INTO notes (id, name, body) VALUES ('large', 'large', $1)";
        let full = second
            .execute(sql, &postscale_store::params![vec![0_u8; 1 << 20]])
            .await;
        assert!(matches!(full, Err(Error::Unavailable(_))), "{full:?}");
        second.query("SELECT 1", &[]).await.unwrap_err();
        assert!(second.commit().await.is_err());
        let told = first.await;
        let kept = ids(store).await;
        match told {
            Ok(()) => assert_eq!(kept, ["a"]),
            Err(why) => {
                assert!(matches!(why, Error::Unavailable(_)), "{why:?}");
                assert!(kept.is_empty());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_accepted_and_is_got_over() {
    on_sqlite(async |store| {
        begun(store, "before").await.commit().await.unwrap();
        let large = "INSERT INTO notes (id, name, body) VALUES ($1, $1, $2)";
        let values = |id| postscale_store::params![id, vec![0_u8; 1 << 20]];
        for round in 0..3 {
            let mut tx = store.write().await.unwrap();
            tx.query("PRAGMA max_page_count = 1", &[]).await.unwrap();
            let full = tx.execute(large, &values("large")).await;
            assert!(matches!(full, Err(Error::Unavailable(_))), "{full:?}");
            let commit = tx.commit().await;
            assert!(matches!(commit, Err(Error::Unavailable(_))), "{commit:?}");
            // It is read, and the next writer is not harmed by the last.
            assert_eq!(ids(store).await, ["before"], "round {round}");
        }
        let mut tx = store.write().await.unwrap();
        let limit = "PRAGMA max_page_count = 1073741823";
        tx.query(limit, &[]).await.unwrap();
        tx.execute(large, &values("large")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ids(store).await, ["before", "large"]);
    })
    .await;
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() {
    let database = TestDatabase::sqlite();
    make_tables(database.store()).await;
    let other = Store::open(database.settings().clone()).unwrap();
    let theirs = begun(&other, "theirs").await;
    let store = database.store().clone();
    let ours = tokio::spawn(async move { begun(&store, "ours").await.commit().await });
    tokio::task::yield_now().await;
    theirs.commit().await.unwrap();
    ours.await.unwrap().unwrap();
    assert_eq!(ids(database.store()).await, ["ours", "theirs"]);
}
