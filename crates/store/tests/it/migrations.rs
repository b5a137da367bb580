//! Steps are taken once, in order, and never by surprise.

use postscale_model::Timestamp;
use postscale_store::{Error, MIGRATIONS, Migration, Store, params};
use postscale_testkit::on_both_engines;

const fn step(name: &'static str, sql: &'static str) -> Migration {
    Migration {
        name,
        sqlite: sql,
        postgres: sql,
    }
}

const FIRST: Migration = step(
    "0001_lists",
    "CREATE TABLE lists (id TEXT); CREATE TABLE x (id TEXT);",
);
const SECOND: Migration = step(
    "0002_name",
    "ALTER TABLE lists ADD COLUMN name TEXT; DROP TABLE x;",
);
const BROKEN: Migration = step("0003_broken", "CREATE TABLE y (id TEXT); SELECT nonsense;");
const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

on_both_engines! {
    async fn pending_steps_are_taken_once(database) {
        let store = database.store();
        let both = [FIRST, SECOND];
        let names = vec!["0001_lists", "0002_name"];
        assert_eq!(store.pending_migrations_with(&both).await, Ok(names.clone()));
        assert_eq!(store.migrate_with(&both[..1], NOW).await, Ok(vec![names[0]]));
        assert_eq!(store.pending_migrations_with(&both).await, Ok(vec![names[1]]));
        assert_eq!(store.migrate_with(&both, NOW).await, Ok(vec![names[1]]));
        assert_eq!(store.migrate_with(&both, NOW).await, Ok(vec![]));
        let mut tx = store.write().await.unwrap();
        tx.execute("INSERT INTO lists (id, name) VALUES ($1, $1)", &params!["l"]).await.unwrap();
        let row = tx.query_one("SELECT max(applied_at) AS at FROM schema_migrations", &[]).await;
        assert_eq!(row.unwrap().timestamp("at"), Ok(NOW));
    }

    async fn a_newer_schema_and_an_edited_step_are_refused(database) {
        let store = database.store();
        store.migrate_with(&[FIRST, SECOND], NOW).await.unwrap();
        let edited = step(FIRST.name, "CREATE TABLE lists (id BIGINT)");
        let renamed = step("0001_other", FIRST.sqlite);
        for steps in [&[FIRST][..], &[edited, SECOND], &[renamed, SECOND]] {
            for refused in [
                store.pending_migrations_with(steps).await,
                store.migrate_with(steps, NOW).await,
            ] {
                assert!(matches!(refused, Err(Error::Corrupt(_))), "{refused:?}");
            }
        }
    }

    async fn a_step_that_fails_leaves_the_ones_before_it(database) {
        let store = database.store();
        assert!(store.migrate_with(&[FIRST, SECOND, BROKEN], NOW).await.is_err());
        let pending = store.pending_migrations_with(&[FIRST, SECOND, BROKEN]).await;
        assert_eq!(pending, Ok(vec!["0003_broken"]));
        let mended = step(BROKEN.name, "CREATE TABLE y (id TEXT)");
        assert_eq!(store.migrate_with(&[FIRST, SECOND, mended], NOW).await, Ok(vec!["0003_broken"]));
    }

    async fn nodes_that_start_together_wait_for_each_other(database) {
        let node = || {
            let store = Store::open(database.settings().clone()).unwrap();
            tokio::spawn(async move { store.migrate_with(&[FIRST, SECOND], NOW).await })
        };
        let nodes = [node(), node(), node(), node()];
        let mut taken = Vec::new();
        for node in nodes {
            taken.extend(node.await.unwrap().unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken, ["0001_lists", "0002_name"]);
    }

    async fn the_schema_of_this_program_is_made(database) {
        let names: Vec<_> = MIGRATIONS.iter().map(|step| step.name).collect();
        assert_eq!(database.store().migrate(NOW).await, Ok(names));
        assert_eq!(database.store().pending_migrations().await, Ok(vec![]));
    }
}
