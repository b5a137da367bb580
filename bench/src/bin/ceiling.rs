//! `ceiling DIRECTORY`: the least a durable HTTP service on SQLite must do, and nothing else.
//!
//! `POST /v1/send` parses the request and inserts one row in a commit shared with everyone waiting
//! (`synchronous=FULL`); `GET /v1/domains/{id}` reads one row by its key. No authentication, no
//! validation, no events. It prints the address it listens on and serves until it is killed.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// As many rows as share one commit at most.
const GROUP_MAX: usize = 256;
const WAITING_MAX: usize = 4096;
const DOMAINS: u32 = 10_000;

#[derive(Deserialize)]
struct SendRequest {
    from: String,
    to: Vec<String>,
    subject: String,
    html_body: Option<String>,
    text_body: Option<String>,
}

#[derive(Serialize)]
struct DomainBody {
    id: String,
    domain: String,
    r#type: String,
    verified: bool,
    spf_verified: bool,
    created_at: i64,
    updated_at: i64,
}

struct Insert {
    request: SendRequest,
    done: oneshot::Sender<i64>,
}

#[derive(Clone)]
struct Ceiling {
    writer: mpsc::SyncSender<Insert>,
    database: PathBuf,
}

thread_local! {
    static READER: std::cell::OnceCell<Connection> = const { std::cell::OnceCell::new() };
}

#[tokio::main]
async fn main() {
    let directory = std::env::args().nth(1).expect("usage: ceiling DIRECTORY");
    let database = Path::new(&directory).join("ceiling.db");
    let connection = open(&database);
    seed(&connection);
    let (writer, inserts) = mpsc::sync_channel(WAITING_MAX);
    std::thread::spawn(move || write(connection, &inserts));
    let router = Router::new()
        .route("/v1/send", post(send))
        .route("/v1/domains/{id}", get(read))
        .with_state(Ceiling { writer, database });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("bind");
    println!("{}", listener.local_addr().expect("address"));
    axum::serve(listener, router).await.expect("serve");
}

fn open(database: &Path) -> Connection {
    let connection = Connection::open(database).expect("open the database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS emails (id INTEGER PRIMARY KEY, sender TEXT, recipients TEXT,
                 subject TEXT, html TEXT, text TEXT, state INTEGER DEFAULT 0, created_at INTEGER);
             CREATE INDEX IF NOT EXISTS emails_due ON emails (state, created_at);
             CREATE TABLE IF NOT EXISTS domains (id TEXT PRIMARY KEY, domain TEXT, type TEXT,
                 verified INTEGER, spf_verified INTEGER, created_at INTEGER, updated_at INTEGER);",
        )
        .expect("make the schema");
    connection
}

fn seed(connection: &Connection) {
    connection.execute_batch("BEGIN").expect("begin");
    for number in 0..DOMAINS {
        connection
            .prepare_cached(
                "INSERT INTO domains VALUES (?1, ?2, 'both', 1, 1, unixepoch(), unixepoch())",
            )
            .and_then(|mut insert| {
                insert.execute((number.to_string(), format!("domain{number}.example")))
            })
            .expect("insert a domain");
    }
    connection.execute_batch("COMMIT").expect("commit");
}

fn write(connection: Connection, inserts: &mpsc::Receiver<Insert>) {
    while let Ok(first) = inserts.recv() {
        let mut group = vec![first];
        group.extend(inserts.try_iter().take(GROUP_MAX - 1));
        connection.execute_batch("BEGIN IMMEDIATE").expect("begin");
        let ids: Vec<i64> = group
            .iter()
            .map(|insert| row(&connection, &insert.request))
            .collect();
        connection.execute_batch("COMMIT").expect("commit");
        for (insert, id) in group.into_iter().zip(ids) {
            // Whoever hung up needs no answer.
            let _ = insert.done.send(id);
        }
    }
}

fn row(connection: &Connection, request: &SendRequest) -> i64 {
    let recipients = request.to.join(",");
    connection
        .prepare_cached(
            "INSERT INTO emails (sender, recipients, subject, html, text, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, unixepoch())",
        )
        .and_then(|mut insert| {
            let (html, text) = (&request.html_body, &request.text_body);
            insert.execute((&request.from, recipients, &request.subject, html, text))
        })
        .expect("insert an e-mail");
    connection.last_insert_rowid()
}

async fn send(
    State(ceiling): State<Ceiling>,
    Json(request): Json<SendRequest>,
) -> Result<(StatusCode, String), StatusCode> {
    let (done, id) = oneshot::channel();
    let queued = ceiling.writer.try_send(Insert { request, done });
    queued.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let id = id.await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok((
        StatusCode::ACCEPTED,
        format!("{{\"message_id\":\"{id}\",\"status\":\"queued\"}}"),
    ))
}

async fn read(
    State(ceiling): State<Ceiling>,
    UrlPath(id): UrlPath<String>,
) -> Result<Json<DomainBody>, StatusCode> {
    let found = READER.with(|reader| {
        let connection = reader.get_or_init(|| open(&ceiling.database));
        connection
            .prepare_cached(
                "SELECT id, domain, type, verified, spf_verified, created_at, updated_at
                 FROM domains WHERE id = ?1",
            )
            .and_then(|mut query| query.query_row([id], body).optional())
    });
    let found = found.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    found.map(Json).ok_or(StatusCode::NOT_FOUND)
}

fn body(row: &rusqlite::Row<'_>) -> rusqlite::Result<DomainBody> {
    Ok(DomainBody {
        id: row.get(0)?,
        domain: row.get(1)?,
        r#type: row.get(2)?,
        verified: row.get(3)?,
        spf_verified: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
    })
}
