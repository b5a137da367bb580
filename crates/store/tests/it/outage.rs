//! The database goes away and comes back.

use postscale_store::{Database, Error, Store, StoreSettings};
use postscale_testkit::{database::TestDatabase, on_both_engines};

use crate::{add, ids, make_tables};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_cut_are_replaced_by_the_next_call() {
    TestDatabase::postgres()
        .await
        .run(async |database: &TestDatabase| {
            let store = database.store();
            make_tables(store).await;
            let open = [store.read().await.unwrap(), store.read().await.unwrap()];
            drop(open);
            let mut tx = store.write().await.unwrap();
            add(&mut tx, "lost").await.unwrap();
            let admin = Store::open(database.settings().clone()).unwrap();
            let mut cut = admin.write().await.unwrap();
            let sql = "SELECT pg_terminate_backend(pid, 5000) AS cut FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            let victims = cut.query(sql, &[]).await.unwrap();
            assert!(victims.len() >= 3, "{victims:?}");
            let lost = tx.commit().await;
            assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
            let mut tx = store.write().await.unwrap();
            add(&mut tx, "kept").await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(ids(store).await, ["kept"]);
        })
        .await;
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_and_not_an_error_at_start() {
    // Nothing listens on a port that was just given back.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("postgres://nobody@127.0.0.1:{port}/none");
    let store = Store::open(StoreSettings::new(Database::parse(&url).unwrap())).unwrap();
    for tx in [store.read().await, store.write().await] {
        assert!(matches!(tx.err(), Some(Error::Unavailable(_))));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_unavailable() {
    let file = Database::parse("sqlite:/nonexistent/directory/postscale.db").unwrap();
    let opened = Store::open(StoreSettings::new(file)).err();
    assert!(matches!(opened, Some(Error::Unavailable(_))), "{opened:?}");
}

#[test]
fn a_database_is_named_by_url() {
    let sqlite = |path: &str| Some(Database::Sqlite(path.into()));
    for (url, want) in [
        ("sqlite:/var/lib/x.db", sqlite("/var/lib/x.db")),
        ("sqlite:///var/lib/x.db", sqlite("/var/lib/x.db")),
        ("sqlite:x.db", sqlite("x.db")),
        ("sqlite:", None),
        (
            "postgres://h/d",
            Some(Database::Postgres("postgres://h/d".to_owned())),
        ),
        (
            "postgresql://h/d",
            Some(Database::Postgres("postgresql://h/d".to_owned())),
        ),
        ("mysql://h/d", None),
    ] {
        assert_eq!(Database::parse(url), want, "{url}");
    }
    let secret = Database::parse("postgres://u:secret@h/d");
    assert!(!format!("{secret:?}").contains("secret"));
}

on_both_engines! {
    async fn a_store_outlives_a_transaction_whose_future_was_dropped(database) {
        let store = database.store();
        make_tables(store).await;
        for _ in 0..40 {
            let mut tx = store.write().await.unwrap();
            let mut work = Box::pin(add(&mut tx, "dropped"));
            let _once = futures_util::poll!(work.as_mut());
        }
        let mut tx = store.write().await.unwrap();
        add(&mut tx, "kept").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ids(store).await, ["kept"]);
    }
}
