//! Goal: submission takes mail only over TLS from those who logged in (RFC 6409, RFC 8314).
//! Method: transcripts of PLAIN and LOGIN in all their forms, right and wrong.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{script::Player, server::TestServer};

async fn under_tls(server: &TestServer) -> Player {
    let mut client = server.ready_client().await;
    client
        .play("C: STARTTLS\nS: 220 *\nTLS\nC: EHLO client.example\nS: *AUTH PLAIN LOGIN*")
        .await;
    client
}

#[tokio::test]
async fn nothing_is_submitted_in_clear_or_without_login() {
    let server = TestServer::submission().await;
    let mut client = server.client().await;
    client.play("S: 220 *\nC: EHLO client.example").await;
    client
        .play("S: 250-mx.example.net | 250-PIPELINING | 250-SIZE * | 250-STARTTLS | 250-ENH*")
        .await;
    client
        .play(
            r"
            C: AUTH PLAIN AHBvc3RzY2FsZQBzZWNyZXQ=
            S: 538 5.7.11 *
            C: AUTH LOGIN
            S: 538 5.7.11 *
            C: MAIL FROM:<ann@client.example>
            S: 530 5.7.0 Must issue a STARTTLS command first
            C: STARTTLS
            S: 220 *
            TLS
            C: AUTH PLAIN AHBvc3RzY2FsZQBzZWNyZXQ=
            S: 503 5.5.1 *
            C: EHLO client.example
            S: 250-*
            C: MAIL FROM:<ann@client.example>
            S: 530 5.7.0 Authentication required
            C: QUIT
            S: 221 *",
        )
        .await;
    assert_eq!(
        server.stop().await.calls(),
        ["hello client.example", "hello client.example"]
    );
}

#[tokio::test]
async fn every_form_of_login_works() {
    let server = TestServer::submission().await;
    let plain = STANDARD.encode("\0Postscale\0secret");
    let named = STANDARD.encode("postscale\0postscale\0secret");
    let (user, password) = (STANDARD.encode("POSTSCALE"), STANDARD.encode("secret"));
    for script in [
        format!("C: AUTH PLAIN {plain}\n"),
        format!("C: AUTH PLAIN {named}\n"),
        format!("C: auth plain\nS: 334*\nC: {plain}\n"),
        format!(
            "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {user}\nS: 334 UGFzc3dvcmQ6\nC: {password}\n"
        ),
        format!("C: AUTH LOGIN {user}\nS: 334 UGFzc3dvcmQ6\nC: {password}\n"),
    ] {
        let mut client = under_tls(&server).await;
        client.play(&script).await;
        client
            .play(
                r"
                S: 235 2.7.0 *
                C: AUTH PLAIN
                S: 503 5.5.1 *
                C: MAIL FROM:<>
                S: 550 5.7.1 Sender domain not permitted for this credential
                C: MAIL FROM:<ann@client.example> AUTH=<>
                C: RCPT TO:<a%b@d.example>
                C: DATA
                C: hello
                C: .
                S: 250 *
                S: 250 *
                S: 354 *
                S: 250 *",
            )
            .await;
    }
    let messages = server.stop().await.messages();
    assert_eq!(messages.len(), 5);
    assert!(
        messages
            .iter()
            .all(|m| m.protocol() == "ESMTPSA" && m.user.is_some())
    );
}

#[tokio::test]
async fn wrong_logins_are_refused_and_counted() {
    let server = TestServer::submission().await;
    let mut client = under_tls(&server).await;
    let wrong = STANDARD.encode("\0postscale\0wrong");
    let foreign = STANDARD.encode("ann\0postscale\0secret");
    client
        .play(&format!(
            r"
            C: AUTH PLAIN
            S: 334 *
            C: *
            S: 501 5.7.0 *
            C: AUTH PLAIN !!!
            S: 501 5.5.2 *
            C: AUTH PLAIN =
            S: 501 5.5.2 *
            C: AUTH CRAM-MD5
            S: 504 5.5.4 *
            C: AUTH PLAIN {foreign}
            S: 535 5.7.8 Authentication failed
            C: AUTH PLAIN {wrong}
            S: 535 5.7.8 Authentication failed
            C: AUTH PLAIN {wrong}
            S: 535 5.7.8 Authentication failed
            C: AUTH PLAIN {wrong}
            S: 535 5.7.8 Authentication failed
            S: 421 4.7.0 *
            S: EOF"
        ))
        .await;
    assert_eq!(server.stop().await.messages().len(), 0);
}
