//! Rows A: who reaches what.

mod counting;
mod hiding;
mod inputs;
mod keys;
mod routes;
mod senders;
mod submission;
mod time;

use postscale_testkit::{Client, Presented, TestApp};
use serde_json::Value;

/// Somebody with a key that was just made.
fn with_key(app: &TestApp, made: &Value) -> Client {
    let secret = made["secret"].as_str().unwrap();
    app.presenting(Presented::Key(secret.to_owned()))
}

/// Makes a key as somebody and presents it.
async fn key_of(app: &TestApp, who: &str, body: Value) -> Client {
    let made = app.as_(who).post("/v1/api-keys", body).await.with(201);
    with_key(app, &made)
}
