//! Goal: a node says where it listens, answers there, and leaves nothing behind.
//! Method: start `serve` on free ports, talk to every listener, stop it with SIGTERM.

use std::{os::unix::fs::PermissionsExt as _, time::Duration};

use serde_json::json;

use super::{complaints, node::Node, postscale};

#[test]
fn a_node_listens_answers_and_stops() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), &[]);
    assert!(node.runtime["pid"].is_u64() && node.runtime["version"].is_string());

    assert_eq!(node.http("ops", "/healthz", None).0, 200);
    assert_eq!(
        node.http("http", "/healthz", None).0,
        404,
        "operations have their own listener"
    );
    let (status, ready) = node.http("ops", "/readyz", None);
    assert!(
        status == 200 && ready.ends_with("database: ok\ndisk: ok\n"),
        "{ready}"
    );
    assert_eq!(node.http("http", "/v1/me", None).0, 401);
    let (_, metrics) = node.http("ops", "/metrics", None);
    for line in [
        "postscale_http_requests_total{surface=\"api\",status=\"401\"} 1",
        "postscale_queue_recipients 0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} in {metrics}"
        );
    }

    let taken = postscale(data.path())
        .arg("serve")
        .env("POSTSCALE_HOSTNAME", "a.example")
        .output();
    let taken = taken.unwrap();
    assert_eq!(taken.status.code(), Some(1));
    assert!(
        complaints(&taken)
            .last()
            .unwrap()
            .contains("another node runs on")
    );

    let (code, took) = node.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(!data.path().join("runtime.json").exists());
}

#[test]
fn strangers_cannot_relay_nor_send_in_clear() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), &[]);
    let replies = node.smtp(
        "mx",
        &[
            "EHLO client.example",
            "MAIL FROM:<a@client.example>",
            "RCPT TO:<b@elsewhere.example>",
            "DATA",
        ],
    );
    assert!(
        replies[0].starts_with("220 mail.example.com "),
        "{replies:?}"
    );
    assert_eq!(replies[3], "550 5.7.1 Relay access denied");
    assert_eq!(replies[4], "554 5.5.1 No valid recipients");
    let bounce = "RCPT TO:<bounces-aaaa@bounces.mail.example.com>";
    let replies = node.smtp("mx", &["EHLO client.example", "MAIL FROM:<>", bounce]);
    assert_eq!(
        replies[3], "550 5.1.1 No such user",
        "a return path that we did not sign"
    );
    let replies = node.smtp(
        "submission",
        &["EHLO client.example", "MAIL FROM:<a@client.example>"],
    );
    assert_eq!(replies[2], "530 5.7.0 Must issue a STARTTLS command first");
}

#[test]
fn keys_and_certificates_are_made_once_and_their_owners_alone() {
    let data = tempfile::tempdir().unwrap();
    let private = ["secret.key", "tls.key"];
    let read = || private.map(|name| std::fs::read(data.path().join(name)).unwrap());
    let node = Node::start(data.path(), &[]);
    let first = read();
    assert_eq!(node.stop().0, Some(0));
    let node = Node::start(data.path(), &[]);
    assert_eq!(first, read());
    drop(node);
    for name in private {
        let mode = std::fs::metadata(data.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn the_first_start_creates_the_owner_that_is_configured() {
    let data = tempfile::tempdir().unwrap();
    let owner = [
        ("POSTSCALE_OWNER_EMAIL", "ann@example.com"),
        ("POSTSCALE_OWNER_PASSWORD", "a good long password"),
    ];
    let login = |password| json!({"email": "ann@example.com", "password": password});
    let node = Node::start(data.path(), &owner);
    let right = login("a good long password");
    assert_eq!(node.http("http", "/v1/auth/login", Some(&right)).0, 200);
    assert_eq!(
        node.http("http", "/v1/auth/login", Some(&login("wrong"))).0,
        401
    );
    drop(node);
    let changed = [
        owner[0],
        ("POSTSCALE_OWNER_PASSWORD", "quite another password"),
    ];
    std::fs::remove_file(data.path().join("runtime.json")).unwrap();
    let node = Node::start(data.path(), &changed);
    assert_eq!(
        node.http("http", "/v1/auth/login", Some(&right)).0,
        200,
        "only the first start"
    );
}

#[test]
fn a_node_with_pending_migrations_is_alive_and_not_ready() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(
        data.path(),
        &[("POSTSCALE_MIGRATE", "off"), ("POSTSCALE_WORKERS", "none")],
    );
    assert_eq!(node.http("ops", "/healthz", None).0, 200);
    let (status, why) = node.http("ops", "/readyz", None);
    assert_eq!(status, 503);
    assert!(why.contains("pending migrations"), "{why}");
}
