//! The database hangs: it neither answers nor goes away.

use std::time::Duration;

use postscale_store::{Database, Error, Store, StoreSettings, Tx};
use postscale_testkit::database::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};

use crate::{add, ids, make_tables};

/// Stands between a store and its server, and keeps back what the server says while it is hushed.
struct Hush(watch::Sender<bool>);

impl Hush {
    /// The server of `settings`, by another address, for a store that does not wait for long.
    async fn before(settings: &StoreSettings) -> (Self, Store) {
        let Database::Postgres(url) = &settings.database else {
            panic!("only a server can be hushed");
        };
        let authority = url.split('/').nth(2).unwrap();
        let server = authority.rsplit('@').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let (hush, hushed) = watch::channel(false);
        let settings = StoreSettings {
            database: Database::Postgres(url.replacen(&server, &here, 1)),
            connections: 2,
            wait: Duration::from_secs(2),
            answer: Duration::from_millis(500),
            ..settings.clone()
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&server).await.unwrap();
                let ((asked, answer), (answered, ask)) = (near.into_split(), far.into_split());
                let never = watch::channel(false).1;
                tokio::spawn(relay(asked, ask, never));
                tokio::spawn(relay(answered, answer, hushed.clone()));
            }
        });
        (Self(hush), Store::open(settings).unwrap())
    }

    fn hush(&self) {
        self.0.send(true).unwrap();
    }

    fn lift(&self) {
        self.0.send(false).unwrap();
    }
}

/// Passes on what comes, while nobody is hushed.
async fn relay(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut hushed: watch::Receiver<bool>) {
    let mut octets = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut octets).await {
        // Whoever hushes may be gone: nothing is kept back then.
        drop(hushed.wait_for(|is_hushed| !is_hushed).await);
        if to.write_all(&octets[..count]).await.is_err() {
            return;
        }
    }
}

async fn begun(store: &Store, id: &str) -> Tx {
    let mut tx = store.write().await.unwrap();
    add(&mut tx, id).await.unwrap();
    tx
}

fn assert_silent<T>(asked: Result<T, Error>) {
    let error = asked.err();
    assert!(matches!(error, Some(Error::Unavailable(_))), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_does_not_answer_is_unavailable_and_found_again() {
    TestDatabase::postgres()
        .await
        .run(async |database: &TestDatabase| {
            make_tables(database.store()).await;
            let (server, store) = Hush::before(database.settings()).await;
            let mut asked = begun(&store, "asked").await;
            drop(store.read().await.unwrap());
            server.hush();
            assert_silent(add(&mut asked, "again").await);
            // Whatever is asked afterwards fails as well, without waiting.
            assert_silent(asked.query("SELECT 1", &[]).await);
            assert_silent(asked.commit().await);
            assert_silent(store.read().await);
            server.lift();
            begun(&store, "kept").await.commit().await.unwrap();
            assert_eq!(ids(&store).await, ["kept"]);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_postgres_does_not_answer_is_unavailable_and_may_have_happened() {
    TestDatabase::postgres()
        .await
        .run(async |database: &TestDatabase| {
            make_tables(database.store()).await;
            let (server, store) = Hush::before(database.settings()).await;
            let tx = begun(&store, "unknown").await;
            server.hush();
            assert_silent(tx.commit().await);
            server.lift();
            assert_eq!(ids(&store).await, ["unknown"]);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_dropped_while_postgres_does_not_answer_give_their_connections_back() {
    TestDatabase::postgres()
        .await
        .run(async |database: &TestDatabase| {
            make_tables(database.store()).await;
            let (server, store) = Hush::before(database.settings()).await;
            let open = [begun(&store, "a").await, begun(&store, "b").await];
            server.hush();
            drop(open);
            // A place is free as soon as the first was given up.
            assert_silent(store.write().await);
            server.lift();
            begun(&store, "kept").await.commit().await.unwrap();
            assert_eq!(ids(&store).await, ["kept"]);
        })
        .await;
}
