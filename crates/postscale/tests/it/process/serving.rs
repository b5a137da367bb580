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
fn nobody_can_make_it_take_a_large_body() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), &[]);
    for (path, kind) in [
        ("/v1/send", "application/json"),
        ("/v1/dmarc/reports", "application/xml"),
    ] {
        for credential in ["X-None: 1", "Authorization: Bearer ps_live_wrong"] {
            for length in ["Content-Length: 20000000", "Transfer-Encoding: chunked"] {
                let head = format!("Content-Type: {kind}\r\n{credential}\r\n{length}");
                // Nothing of it is sent: it is refused before it comes.
                let (status, answer) = node.request("POST", ("http", path), &head, "");
                assert_eq!(status, 401, "{path} {head}: {answer}");
            }
        }
    }
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
    for path in ["/v1/me", "/v1/nothing", "/", "/setup/0"] {
        let (status, said) = node.http("http", path, None);
        assert_eq!(status, 503, "{path} {said}");
        assert!(said.contains("temporarily unavailable"), "{path} {said}");
    }
    let migrated = postscale(data.path()).arg("migrate").output().unwrap();
    assert_eq!(migrated.status.code(), Some(0));
    assert_eq!(node.http("ops", "/readyz", None).0, 200);
    assert_eq!(node.http("http", "/v1/me", None).0, 401);
}

#[test]
fn i17_the_printed_page_makes_one_owner_and_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), &[]);
    let url = node.printed("/setup/");
    let path = &url[url.find("/setup/").unwrap()..];
    let (status, page) = node.http("http", path, None);
    assert_eq!(status, 200);
    assert!(page.contains("Set up Postscale"), "{page}");
    let token = path.strip_prefix("/setup/").unwrap();
    assert_eq!(token.len(), 64);
    let wrong = format!("/setup/{}", "0".repeat(64));
    assert_eq!(node.http("http", &wrong, None).0, 404);
    let fields = |email: &str, password: &str| {
        format!("organization=Acme&name=Ann&email={email}&password={password}")
    };
    assert_eq!(node.form(path, &fields("ann", "correct-horse")).0, 400);
    assert_eq!(node.form(path, &fields("ann@example.com", "short")).0, 400);
    let mut answers = std::thread::scope(|scope| {
        let send = |email: &'static str| {
            let (node, fields) = (&node, fields(email, "correct-horse"));
            scope.spawn(move || node.form(path, &fields))
        };
        let both = [send("ann@example.com"), send("bob@example.com")];
        both.map(|one| one.join().unwrap())
    });
    answers.sort_by_key(|(status, _)| *status);
    assert_eq!((answers[0].0, answers[1].0), (303, 404), "{answers:?}");
    assert!(
        answers[0].1.contains("postscale_session="),
        "{}",
        answers[0].1
    );
    assert_eq!(node.http("http", path, None).0, 404);
    let login = |email| json!({"email": email, "password": "correct-horse"});
    let signed_in = ["ann@example.com", "bob@example.com"]
        .map(|email| node.http("http", "/v1/auth/login", Some(&login(email))).0);
    assert!(
        signed_in == [200, 401] || signed_in == [401, 200],
        "{signed_in:?}"
    );
    assert_eq!(node.stop().0, Some(0));
    let node = Node::start(data.path(), &[]);
    assert_eq!(node.http("http", "/sign-in", None).0, 200);
    let printed = std::fs::read_to_string(data.path().join("stdout")).unwrap();
    assert_eq!(printed, "", "there is nothing to set up");
}

#[test]
fn somebody_reads_what_is_sent_to_the_postmaster() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), &[]);
    let rcpt = |to: &str| {
        let to = format!("RCPT TO:<{to}>");
        let all = ["EHLO client.example", "MAIL FROM:<a@client.example>", &to];
        node.smtp("mx", &all).pop().unwrap()
    };
    assert_eq!(
        rcpt("Postmaster"),
        "450 4.2.0 Mailbox temporarily unavailable",
        "before anybody has set the instance up"
    );
    let url = node.printed("/setup/");
    let path = &url[url.find("/setup/").unwrap()..];
    let fields = "organization=Acme&name=Ann&email=ann@example.com&password=correct-horse";
    assert_eq!(node.form(path, fields).0, 303);
    for to in [
        "Postmaster",
        "postmaster@mail.example.com",
        "POSTMASTER@mx.mail.example.com",
        "postmaster@bounces.mail.example.com",
    ] {
        assert_eq!(rcpt(to), "250 2.1.5 Recipient OK", "{to}");
    }
    assert_eq!(
        rcpt("postmaster@elsewhere.example"),
        "550 5.7.1 Relay access denied"
    );
    assert_eq!(
        rcpt("root@mail.example.com"),
        "550 5.7.1 Relay access denied"
    );
}
