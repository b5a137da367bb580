//! The store on both engines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alias;
mod audit_entry;
mod conflicts;
mod contact;
mod dmarc_report;
mod domain;
mod email;
mod forward_target;
mod group_commit;
mod inbound_email;
mod instance_key;
mod invitation;
mod job;
mod migrations;
mod offboarding;
mod organization;
mod outage;
mod person;
mod plans;
mod readers;
mod recipient;
mod report_mail;
mod rule;
mod s3;
mod session;
mod silence;
mod statements;
mod stats;
mod system_email;
mod tls;
mod transactions;
mod usage;
mod user;
mod warming;
mod warming_share;
mod webhook;
mod webhook_delivery;
mod world;

use postscale_store::{Row, Store, Tx, Value};

/// A small schema for these tests alone.
const TABLES: [&str; 2] = [
    "CREATE TABLE lists (id TEXT NOT NULL PRIMARY KEY)",
    "CREATE TABLE notes (
        id TEXT NOT NULL PRIMARY KEY,
        list_id TEXT REFERENCES lists (id),
        name TEXT NOT NULL,
        size BIGINT CONSTRAINT notes_size_check CHECK (size >= 0),
        flag BOOLEAN NOT NULL DEFAULT false,
        body BYTEA,
        UNIQUE (list_id, name)
    )",
];

async fn make_tables(store: &Store) {
    let mut tx = store.write().await.unwrap();
    for table in TABLES {
        tx.execute(table, &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn add(tx: &mut Tx, id: &str) -> postscale_store::Result<u64> {
    let sql = "INSERT INTO notes (id, name) VALUES ($1, $1)";
    tx.execute(sql, &[Value::from(id)]).await
}

/// The ids of all notes that a new reader sees.
async fn ids(store: &Store) -> Vec<String> {
    ids_in(&mut store.read().await.unwrap()).await
}

async fn ids_in(tx: &mut Tx) -> Vec<String> {
    let rows = tx
        .query("SELECT id FROM notes ORDER BY id", &[])
        .await
        .unwrap();
    rows.iter().map(id).collect()
}

fn id(row: &Row) -> String {
    row.text("id").unwrap()
}
