//! Goal: every limit answers as documented and leaves the session where it says.
//! Method: small limits, transcripts; time-outs with the limits set to nothing.

use std::time::Duration;

use postscale_smtp::server::{Limits, Service, Settings, Timeouts, TlsStart};

use crate::server::{TestServer, reloading_acceptor, settings};

fn limited(limits: Limits) -> Settings {
    Settings {
        limits,
        ..settings(Service::Reception)
    }
}

#[tokio::test]
async fn long_commands_are_refused_and_the_session_lives() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    let longest = "x".repeat(2048 - "NOOP \r\n".len());
    client.play(&format!("C: NOOP {longest}\nS: 250 *")).await;
    for length in [2044, 2045, 2047, 2048, 2049, 8192, 100_000] {
        let long = "x".repeat(length);
        client
            .play(&format!(
                "C: NOOP {long}\nC: RSET\nS: 500 5.5.2 *\nS: 250 *"
            ))
            .await;
    }
}

#[tokio::test]
async fn sizes_are_checked_at_mail_and_at_the_end() {
    let server = TestServer::start(limited(Limits {
        size_max: 100,
        ..Limits::default()
    }))
    .await;
    let mut client = server.ready_client().await;
    let (fits, large) = ("x".repeat(98), "x".repeat(99));
    client
        .play(&format!(
            r"
            C: MAIL FROM:<a@b.example> SIZE=101
            S: 552 5.3.4 *
            C: MAIL FROM:<a@b.example> SIZE=100
            C: RCPT TO:<c@d.example>
            C: DATA
            S: 250 *
            S: 250 *
            S: 354 *
            C: {large}
            C: .
            S: 552 5.3.4 *
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: DATA
            C: {fits}
            C: .
            S: 250 *
            S: 250 *
            S: 354 *
            S: 250 *
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: BDAT 101
            C! {large}\r\n
            C: BDAT 6 LAST
            C! QUIT\r\n
            S: 250 *
            S: 250 *
            S: 552 5.3.4 *
            S: 503 *
            C: BDAT 201
            S: 552 5.3.4 *
            S: 421 4.5.0 *
            S: EOF"
        ))
        .await;
    let messages = server.recorder.messages();
    assert_eq!(messages.len(), 1);
    let mut client = server.ready_client().await;
    client
        .play("C: MAIL FROM:<a@b.example>\nC: RCPT TO:<c@d.example>\nC: DATA\nS: 250 *\nS: 250 *\nS: 354 *")
        .await;
    client.send("0123456789".repeat(30).as_bytes()).await;
    client.play("S: 552 5.3.4 *\nS: 421 4.5.0 *\nS: EOF").await;
}

#[tokio::test]
async fn long_lines_of_a_message_are_refused() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    for (length, reply) in [
        (8190, "250 *"),
        (8191, "554 5.6.0 *"),
        (100_000, "554 5.6.0 *"),
    ] {
        let line = "x".repeat(length);
        client
            .play(&format!(
                "C: MAIL FROM:<a@b.example>\nC: RCPT TO:<c@d.example>\nC: DATA\nC: {line}\nC: .\n\
                 S: 250 *\nS: 250 *\nS: 354 *\nS: {reply}"
            ))
            .await;
    }
}

#[tokio::test]
async fn recipients_are_limited() {
    let server = TestServer::start(limited(Limits {
        recipients_max: 2,
        ..Limits::default()
    }))
    .await;
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: RCPT TO:<c@d.example>
            C: RCPT TO:<e@d.example>
            C: DATA
            C: .
            S: 250 *
            S: 250 *
            S: 250 *
            S: 452 4.5.3 *
            S: 354 *
            S: 250 *",
        )
        .await;
    assert_eq!(
        server.stop().await.messages()[0].envelope.recipients.len(),
        2
    );
}

#[tokio::test]
async fn errors_and_idle_commands_end_the_session() {
    let limits = Limits {
        errors_max: 3,
        idle_commands_max: 2,
        ..Limits::default()
    };
    let server = TestServer::start(limited(limits)).await;
    server
        .play("S: 220 *\nC: A\nC: B\nC: C\nC: D\nS: 500 *\nS: 500 *\nS: 500 *\nS: 421 4.7.0 *\nS: EOF")
        .await;
    server
        .play("S: 220 *\nC: NOOP\nC: RSET\nC: NOOP\nS: 250 *\nS: 250 *\nS: 421 *\nS: EOF")
        .await;
}

#[tokio::test]
async fn connections_are_limited() {
    let limits = Limits {
        connections_per_client_max: 1,
        ..Limits::default()
    };
    let server = TestServer::start(limited(limits)).await;
    let first = server.ready_client().await;
    server.play("S: 421 4.7.0 *\nS: EOF").await;
    drop(first);
    let limits = Limits {
        connections_max: 0,
        ..Limits::default()
    };
    let server = TestServer::start(limited(limits)).await;
    server.play("S: 421 4.3.2 *\nS: EOF").await;
}

#[tokio::test]
async fn silence_ends_the_session() {
    let nothing = Duration::ZERO;
    let timeouts = Timeouts {
        command: nothing,
        ..Timeouts::default()
    };
    let server = TestServer::start(Settings {
        timeouts,
        ..settings(Service::Reception)
    })
    .await;
    server.play("S: 220 *\nS: 421 4.4.2 *\nS: EOF").await;
    let timeouts = Timeouts {
        data_grace: nothing,
        ..Timeouts::default()
    };
    let server = TestServer::start(Settings {
        timeouts,
        ..settings(Service::Reception)
    })
    .await;
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: DATA
            S: 250 *
            S: 250 *
            S: 354 *
            S: 421 4.4.2 *
            S: EOF",
        )
        .await;
    assert_eq!(server.stop().await.messages().len(), 0);
}

#[tokio::test]
async fn our_own_user_may_have_a_whole_message_of_bad_recipients() {
    let limits = Limits {
        errors_max: 1,
        recipients_max: 5,
        ..Limits::default()
    };
    let settings =
        settings(Service::Submission).with_tls(reloading_acceptor(), TlsStart::Immediate);
    let server = TestServer::start(Settings { limits, ..settings }).await;
    let bad = "C: RCPT TO:<unknown@example.net>\nS: 550 *\n".repeat(5);
    let script = format!(
        "TLS\nS: 220 *\nC: EHLO c.example\nS: 250-*\nC: AUTH PLAIN AHBvc3RzY2FsZQBzZWNyZXQ=\n\
         S: 235 *\nC: MAIL FROM:<a@b.example>\nS: 250 *\n{bad}C: NOOP\nS: 250 *"
    );
    server.play(&script).await;
}
