//! Many readers of one file: each sees what was committed before it, by whomever, and however much is
//! read, SQLite's log does not grow without end.

use postscale_store::{Store, params};
use postscale_testkit::database::TestDatabase;

use crate::{add, ids, make_tables};

/// Reads enough that readers share a lock from here on.
async fn read_often(store: &Store) -> Vec<String> {
    for _ in 0..40 {
        ids(store).await;
    }
    ids(store).await
}

#[tokio::test]
async fn what_another_process_commits_is_seen_at_once() {
    let database = TestDatabase::sqlite();
    let run = async |database: &TestDatabase| {
        let ours = database.store();
        make_tables(ours).await;
        let theirs = Store::open(database.settings().clone()).unwrap();
        for (who, name) in [(&theirs, "a"), (ours, "b"), (&theirs, "c")] {
            read_often(ours).await;
            let mut tx = who.write().await.unwrap();
            add(&mut tx, name).await.unwrap();
            tx.commit().await.unwrap();
            assert!(ids(ours).await.contains(&name.to_owned()));
        }
        assert_eq!(read_often(&theirs).await, ["a", "b", "c"]);
    };
    database.run(run).await;
}

#[tokio::test]
async fn the_log_is_started_anew_while_many_read() {
    let database = TestDatabase::sqlite();
    let run = async |database: &TestDatabase| {
        let store = database.store();
        make_tables(store).await;
        let log = database.file().unwrap().with_extension("db-wal");
        let mut largest = 0;
        for round in 0..48 {
            read_often(store).await;
            let mut tx = store.write().await.unwrap();
            let large = "INSERT INTO notes (id, name, body) VALUES ($1, $1, $2)";
            let values = params![&format!("{round}"), vec![0_u8; 1 << 20]];
            tx.execute(large, &values).await.unwrap();
            tx.commit().await.unwrap();
            largest = largest.max(std::fs::metadata(&log).unwrap().len());
        }
        // 4,000 pages of 4 KiB, and the commit that reached them.
        assert!(largest < 20 << 20, "{largest} octets");
    };
    database.run(run).await;
}
