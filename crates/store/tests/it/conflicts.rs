//! Refusals are named the same on both engines.

use postscale_store::{Error, Result, Store, Value};
use postscale_testkit::on_both_engines;

use crate::make_tables;

async fn refused(store: &Store, sql: &str) -> Error {
    let mut tx = store.write().await.unwrap();
    let outcome: Result<u64> = tx.execute(sql, &[] as &[Value]).await;
    let error = outcome.expect_err(sql);
    // A failed transaction does nothing more, and does not commit.
    assert_eq!(
        tx.query("SELECT id FROM lists", &[]).await.err(),
        Some(error.clone())
    );
    assert_eq!(tx.commit().await, Err(error.clone()));
    error
}

on_both_engines! {
    async fn constraints_have_the_same_names(database) {
        let store = database.store();
        make_tables(store).await;
        let mut tx = store.write().await.unwrap();
        for sql in [
            "CREATE UNIQUE INDEX notes_name_size_key ON notes (name, size) WHERE size > 100",
            "INSERT INTO lists (id) VALUES ('l')",
            "INSERT INTO notes (id, list_id, name, size) VALUES ('n', 'l', 'x', 200)",
        ] {
            tx.execute(sql, &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
        for (sql, name) in [
            ("INSERT INTO notes (id, name) VALUES ('n', 'y')", "notes_pkey"),
            ("INSERT INTO notes (id, list_id, name) VALUES ('m', 'l', 'x')", "notes_list_id_name_key"),
            ("INSERT INTO notes (id, name, size) VALUES ('m', 'x', 200)", "notes_name_size_key"),
            ("INSERT INTO notes (id, list_id, name) VALUES ('m', 'none', 'y')", "foreign_key"),
            ("DELETE FROM lists", "foreign_key"),
            ("INSERT INTO notes (id, name, size) VALUES ('m', 'y', -1)", "notes_size_check"),
        ] {
            let error = refused(store, sql).await;
            assert!(error.is_conflict_on(name), "{sql}: {error}");
            assert_eq!(error.is_dangling(), name == "foreign_key");
        }
    }

    async fn a_missing_required_value_is_corrupt(database) {
        make_tables(database.store()).await;
        let error = refused(database.store(), "INSERT INTO notes (id) VALUES ('n')").await;
        assert!(matches!(error, Error::Corrupt(_)), "{error}");
    }

    async fn a_reader_cannot_write(database) {
        make_tables(database.store()).await;
        let mut tx = database.store().read().await.unwrap();
        let error = tx.execute("INSERT INTO lists (id) VALUES ('l')", &[]).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
    }
}
