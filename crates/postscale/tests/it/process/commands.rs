//! Goal: what a shell script sees of each command.
//! Method: run the binary to its end and look at its exit code and what it printed.

use std::{
    io::Write as _,
    path::Path,
    process::{Output, Stdio},
};

use postscale_store::{Database, Store, StoreSettings};
use postscale_testkit::database::TestDatabase;

use serde_json::json;

use super::{SETUP, complaints, node::Node, postscale};

fn code(data: &Path, arguments: &[&str]) -> Option<i32> {
    postscale(data)
        .args(arguments)
        .output()
        .unwrap()
        .status
        .code()
}

/// Exit code and standard output of `setup` with that password.
fn setup(data: &Path, password: &str) -> (Option<i32>, String) {
    let output = with_password(data, &SETUP, password);
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

/// Runs a command that reads that password.
fn with_password(data: &Path, arguments: &[&str], password: &str) -> Output {
    let mut command = postscale(data);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(password.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn mistakes_on_the_command_line_exit_with_2() {
    let data = tempfile::tempdir().unwrap();
    for arguments in [
        &["fly"][..],
        &[],
        &["migrate", "--now"],
        &["setup", "--email", "nobody"],
        &["admin", "owner-reset"],
        &["admin", "owner-reset", "--email", "nobody"],
        &[
            "admin",
            "owner-reset",
            "--email",
            "ann@example.com",
            "--organization",
            "Acme",
        ],
    ] {
        assert_eq!(code(data.path(), arguments), Some(2), "{arguments:?}");
    }
    assert_eq!(code(data.path(), &["--help"]), Some(0));
    assert_eq!(code(data.path(), &["--version"]), Some(0));
}

#[test]
fn a_setting_that_cannot_be_used_exits_with_2_and_one_line() {
    let data = tempfile::tempdir().unwrap();
    for (command, name, value, line) in [
        (
            "migrate",
            "POSTSCALE_NOPE",
            "1",
            "POSTSCALE_NOPE: there is no such setting",
        ),
        (
            "migrate",
            "POSTSCALE_LOG_FORMAT",
            "xml",
            "POSTSCALE_LOG_FORMAT: must be one of: text, json",
        ),
        (
            "serve",
            "POSTSCALE_LOG",
            "info",
            "POSTSCALE_HOSTNAME: must be set",
        ),
    ] {
        let output = postscale(data.path())
            .arg(command)
            .env(name, value)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(complaints(&output), [format!("postscale: {line}")]);
    }
}

#[test]
fn pending_migrations_are_reported_with_3_and_applied_with_0() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(code(data.path(), &["migrate", "--check"]), Some(3));
    assert_eq!(
        code(data.path(), &["migrate", "--check"]),
        Some(3),
        "a check changes nothing"
    );
    assert_eq!(code(data.path(), &["migrate"]), Some(0));
    assert_eq!(code(data.path(), &["migrate", "--check"]), Some(0));
    assert_eq!(code(data.path(), &["migrate"]), Some(0));
}

#[test]
fn an_instance_is_set_up_once() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(setup(data.path(), "short\n").0, Some(1));
    let (code, printed) = setup(data.path(), "a good long password\n");
    assert_eq!(code, Some(0));
    assert!(
        printed.starts_with("created organization Acme ("),
        "{printed}"
    );
    assert!(
        printed.ends_with(") with owner ann@example.com\n"),
        "{printed}"
    );
    assert_eq!(
        setup(data.path(), "another long password\n"),
        (Some(3), String::new())
    );
}

#[test]
fn routes_and_the_api_description_are_printed_without_an_instance() {
    let data = tempfile::tempdir().unwrap();
    let absent = data.path().join("absent");
    let printed = |arguments: &[&str]| {
        let output = postscale(&absent).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let routes: serde_json::Value = serde_json::from_str(&printed(&["routes", "--json"])).unwrap();
    let routes = routes.as_array().unwrap();
    let send = routes
        .iter()
        .find(|route| route["path"] == "/v1/send")
        .unwrap();
    assert_eq!(send["method"], "POST");
    assert_eq!(send["action"], "message.send");
    assert_eq!(send["surface"], "api");
    assert_eq!(printed(&["routes"]).lines().count(), routes.len());
    let document: serde_json::Value = serde_json::from_str(&printed(&["openapi"])).unwrap();
    assert_eq!(
        document["paths"]["/v1/send"]["post"]["x-postscale-action"],
        "message.send"
    );
    assert!(!absent.exists());
}

/// The first line of what `admin audit verify` printed, and its exit code.
fn verify_audit(data: &Path) -> (Option<i32>, String) {
    let output = postscale(data)
        .args(["admin", "audit", "verify"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        text.lines().next().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn a_changed_audit_log_is_found() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(
        verify_audit(data.path()).0,
        Some(3),
        "there is no schema yet"
    );
    assert_eq!(
        setup(data.path(), "correct horse battery staple\n").0,
        Some(0)
    );
    let (code, line) = verify_audit(data.path());
    assert_eq!(code, Some(0), "{line}");
    assert!(
        line.starts_with("intact  ") && line.contains("  Acme: 1 entries, head "),
        "{line}"
    );
    // The check is in the log itself.
    let (code, line) = verify_audit(data.path());
    assert!(
        code == Some(0) && line.contains("  Acme: 2 entries, head "),
        "{line}"
    );
    let file = Database::Sqlite(data.path().join("postscale.db"));
    let store = Store::open(StoreSettings::new(file)).unwrap();
    let mut tx = store.write().await.unwrap();
    for forgery in [
        "DROP TRIGGER audit_entries_no_update",
        "UPDATE audit_entries SET actor_label = 'mallory' WHERE sequence = 2",
    ] {
        tx.execute(forgery, &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
    for _ in 0..2 {
        let (code, line) = verify_audit(data.path());
        assert_eq!(code, Some(1), "{line}");
        assert!(
            line.starts_with("BROKEN  ") && line.contains("changed at entry 2"),
            "{line}"
        );
    }
    let output = postscale(data.path())
        .args(["admin", "audit", "verify", "--json"])
        .output()
        .unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&found[0]["intact"], &found[0]["broken_at"]),
        (&false.into(), &2.into())
    );
    assert_eq!(
        complaints(&output),
        ["postscale: 1 of 1 audit logs were changed"]
    );
}

/// Runs `admin owner-reset` for somebody.
fn owner_reset(data: &Path, email: &str, password: &str) -> Output {
    with_password(
        data,
        &["admin", "owner-reset", "--email", email],
        &format!("{password}\n"),
    )
}

#[tokio::test]
async fn an_owner_who_lost_everything_is_let_in_again_while_a_node_runs() {
    const OLD: &str = "correct horse battery staple";
    const NEW: &str = "incorrect horse battery staple";
    let data = tempfile::tempdir().unwrap();
    let unready = owner_reset(data.path(), "ann@example.com", NEW);
    assert_eq!(unready.status.code(), Some(3), "there is no schema yet");
    assert_eq!(setup(data.path(), &format!("{OLD}\n")).0, Some(0));
    let node = Node::start(data.path(), &[]);
    let sign_in = |password: &str| {
        let login = json!({ "email": "ann@example.com", "password": password });
        node.http("http", "/v1/auth/login", Some(&login))
    };
    assert_eq!(sign_in(OLD).0, 200);
    lose_second_factor(data.path()).await;
    let (status, answer) = sign_in(OLD);
    assert_eq!(status, 401);
    assert!(answer.contains("second_factor_required"), "{answer}");

    let nobody = owner_reset(data.path(), "bob@example.com", NEW);
    assert_eq!(nobody.status.code(), Some(3));
    assert_eq!(
        complaints(&nobody),
        ["postscale: bob@example.com is no active owner of any organization"]
    );
    let short = owner_reset(data.path(), "ann@example.com", "short");
    assert_eq!(short.status.code(), Some(1));
    let done = owner_reset(data.path(), "Ann@example.com", NEW);
    assert_eq!(done.status.code(), Some(0), "{:?}", complaints(&done));
    let printed = String::from_utf8(done.stdout).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        &lines[..3],
        [
            "ann@example.com signs in with the new password from now on",
            "second factor: removed, with its recovery codes",
            "sessions ended: 1",
        ]
    );
    assert!(lines[3].starts_with("API keys they made: unchanged;"));
    assert!(lines[4].starts_with("written down in the audit log of Acme ("));
    assert_eq!((sign_in(OLD).0, sign_in(NEW).0), (401, 200));
    assert_eq!(verify_audit(data.path()).0, Some(0), "the log is intact");
}

/// Gives the only person a second factor nobody has the secret of.
async fn lose_second_factor(data: &Path) {
    let file = Database::Sqlite(data.join("postscale.db"));
    let store = Store::open(StoreSettings::new(file)).unwrap();
    let mut tx = store.write().await.unwrap();
    let sql = "UPDATE persons SET totp_secret = x'00', totp_enabled_at = 1";
    assert_eq!(tx.execute(sql, &[]).await, Ok(1));
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused_on_postgres() {
    let refused = async |database: &TestDatabase| {
        let Database::Postgres(url) = &database.settings().database else {
            unreachable!("it is on a server");
        };
        let data = tempfile::tempdir().unwrap();
        for arguments in [&["migrate"][..], &["migrate", "--check"], &["serve"]] {
            let mut command = postscale(data.path());
            command.env("DATABASE_URL", url).args(arguments);
            command.env("POSTSCALE_HOSTNAME", "mail.example.com");
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            let said = complaints(&output);
            let last = said.last().unwrap();
            assert!(
                last.contains("DATABASE_URL: the database's encoding is LATIN1"),
                "{last}"
            );
        }
    };
    let database = TestDatabase::postgres_in_latin1().await;
    database.run(refused).await;
}

#[test]
fn a_database_url_that_does_not_parse_exits_with_2() {
    let data = tempfile::tempdir().unwrap();
    for url in [
        "postgres://",
        "postgres://u:secret@host:notaport/d",
        "postgres://u:secret@host/d?sslmode=bogus",
    ] {
        let mut command = postscale(data.path());
        let output = command.env("DATABASE_URL", url).arg("migrate").output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}");
        let said = complaints(&output);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("DATABASE_URL"), "{said:?}");
        assert!(!said[0].contains("secret"), "{said:?}");
    }
}
