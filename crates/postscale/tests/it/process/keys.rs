//! Goal: a database is kept with one key, and a node with another one does nothing to it.
//! Method: commands with other keys than the one the database was made with.

use std::{path::Path, process::Output};

use postscale_store::{Database, Store, StoreSettings, instance_key};
use postscale_testkit::database::TestDatabase;

use super::{SETUP, complaints, postscale};

/// 32 octets in base64.
const OURS: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const ANOTHER: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
const WHY: &str = "this is not the key the database is kept with; give this node the one that every other node has";

fn run(data: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = postscale(data);
    command
        .args(arguments)
        .envs(settings.iter().copied())
        .env("POSTSCALE_HOSTNAME", "mail.example.com");
    command.output().unwrap()
}

#[test]
fn every_command_with_another_key_is_refused_with_2_and_one_line() {
    let data = tempfile::tempdir().unwrap();
    let with =
        |key, arguments: &[&str]| run(data.path(), &[("POSTSCALE_SECRET_KEY", key)], arguments);
    assert_eq!(with(OURS, &["migrate"]).status.code(), Some(0));
    for arguments in [
        &["migrate"][..],
        &["migrate", "--check"],
        &["serve"],
        &SETUP,
        &["admin", "audit", "verify"],
        &["admin", "owner-reset", "--email", "ann@example.com"],
    ] {
        let refused = with(ANOTHER, arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        let line = format!("postscale: POSTSCALE_SECRET_KEY: {WHY}");
        assert_eq!(complaints(&refused), [line], "{arguments:?}");
    }
    assert_eq!(
        with(OURS, &["admin", "audit", "verify"]).status.code(),
        Some(0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_node_on_postgres_without_the_key_of_the_first_is_refused() {
    let refused = async |database: &TestDatabase| {
        let Database::Postgres(url) = &database.settings().database else {
            panic!("a server");
        };
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let settings = [("DATABASE_URL", url.as_str())];
        let migrated = run(first.path(), &settings, &["migrate"]);
        assert_eq!(
            migrated.status.code(),
            Some(0),
            "{:?}",
            complaints(&migrated)
        );
        let refused = run(second.path(), &settings, &["serve"]);
        assert_eq!(refused.status.code(), Some(2));
        let place = second.path().join("secret.key");
        let line = format!("postscale: {}: {WHY}", place.display());
        assert_eq!(complaints(&refused).last(), Some(&line));
        // With the first one's it is welcome.
        std::fs::copy(first.path().join("secret.key"), place).unwrap();
        let migrated = run(second.path(), &settings, &["migrate"]);
        assert_eq!(
            migrated.status.code(),
            Some(0),
            "{:?}",
            complaints(&migrated)
        );
    };
    TestDatabase::postgres().await.run(refused).await;
}

#[tokio::test]
async fn a_database_from_before_there_were_fingerprints_gets_one_at_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    let migrate = || run(data.path(), &[("POSTSCALE_SECRET_KEY", OURS)], &["migrate"]);
    assert_eq!(migrate().status.code(), Some(0));
    let file = Database::Sqlite(data.path().join("postscale.db"));
    let store = Store::open(StoreSettings::new(file)).unwrap();
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.execute("DELETE FROM instance_keys", &[]).await, Ok(1));
    tx.commit().await.unwrap();
    assert_eq!(migrate().status.code(), Some(0));
    let mut tx = store.read().await.unwrap();
    let known = instance_key::find(&mut tx).await.unwrap();
    assert_eq!(known.map(|fingerprint| fingerprint.len()), Some(64));
}
