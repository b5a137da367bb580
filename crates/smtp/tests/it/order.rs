//! Goal: commands are obeyed in the order RFC 5321 §4.1.4 allows and refused in any other.
//! Method: one transcript per situation; the handler's record shows what got through.

use crate::server::TestServer;

#[tokio::test]
async fn a_message_is_received_and_the_connection_kept() {
    let server = TestServer::reception().await;
    server
        .play(
            r"
            S: 220 mx.example.net ESMTP Postscale
            C: EHLO client.example
            S: 250-mx.example.net | 250-PIPELINING | 250-SIZE 52428800 | 250-ENHANCEDSTATUSCODES | 250-8BITMIME | 250-SMTPUTF8 | 250 CHUNKING
            C: MAIL FROM:<ann@client.example> SIZE=20
            S: 250 2.1.0 *
            C: RCPT TO:<bob@example.net>
            S: 250 2.1.5 *
            C: RCPT TO:<unknown@example.net>
            S: 550 5.1.1 No such user
            C: DATA
            S: 354 *
            C: Subject: one
            C:
            C: ..dot
            C: .
            S: 250 2.0.0 *
            C: MAIL FROM:<>
            S: 250 2.1.0 *
            C: RCPT TO:<Postmaster>
            S: 250 2.1.5 *
            C: DATA
            S: 354 *
            C: .
            S: 250 2.0.0 *
            C: QUIT
            S: 221 2.0.0 *
            S: EOF",
        )
        .await;
    let messages = server.stop().await.messages();
    let [first, second] = &messages[..] else {
        panic!("two messages")
    };
    assert_eq!(first.body, b"Subject: one\r\n\r\n.dot\r\n");
    assert_eq!(
        first.envelope.reverse_path.to_string(),
        "<ann@client.example>"
    );
    assert_eq!(first.envelope.recipients.len(), 1);
    assert_eq!(
        (first.protocol(), first.hello.name.as_str()),
        ("ESMTP", "client.example")
    );
    assert_eq!(second.body, b"");
    assert_eq!(second.envelope.reverse_path.to_string(), "<>");
    assert_eq!(
        second.envelope.recipients[0].to_string(),
        "<Postmaster@mx.example.net>"
    );
}

#[tokio::test]
async fn commands_out_of_order_are_refused() {
    let server = TestServer::reception().await;
    server
        .play(
            r"
            S: 220 *
            C: MAIL FROM:<a@b.example>
            S: 503 5.5.1 Send EHLO first
            C: RCPT TO:<a@b.example>
            S: 503 5.5.1 Send EHLO first
            C: DATA
            S: 503 5.5.1 Send EHLO first
            C: BDAT 4 LAST
            C! NOOP
            S: 503 5.5.1 Send EHLO first",
        )
        .await;
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: RCPT TO:<bob@example.net>
            S: 503 5.5.1 Send MAIL first
            C: DATA
            S: 503 5.5.1 Send MAIL first
            C: MAIL FROM:<ann@client.example>
            S: 250 *
            C: MAIL FROM:<ann@client.example>
            S: 503 5.5.1 Sender already given
            C: DATA
            S: 554 5.5.1 No valid recipients
            C: RCPT TO:<unknown@example.net>
            S: 550 *
            C: DATA
            S: 554 5.5.1 No valid recipients
            C: RCPT TO:<bob@example.net>
            S: 250 *
            C: RSET
            S: 250 2.0.0 OK
            C: DATA
            S: 503 *
            C: STARTTLS
            S: 502 5.5.1 *
            C: AUTH PLAIN
            S: 502 5.5.1 *
            C: QUIT now
            S: 501 5.5.4 *
            C: QUIT
            S: 221 *",
        )
        .await;
    assert_eq!(server.stop().await.messages().len(), 0);
}

#[tokio::test]
async fn ehlo_and_rset_end_a_transaction_and_the_handler_is_told() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: MAIL FROM:<ann@client.example>
            S: 250 *
            C: EHLO again.example
            S: 250-*
            C: RCPT TO:<bob@example.net>
            S: 503 *
            C: MAIL FROM:<ann@client.example>
            S: 250 *
            C: RSET
            S: 250 *
            C: RSET
            S: 250 *
            C: HELO old.example
            S: 250 mx.example.net
            C: QUIT
            S: 221 *",
        )
        .await;
    let calls = server.stop().await.calls();
    assert_eq!(
        calls,
        [
            "hello client.example",
            "mail <ann@client.example>",
            "reset",
            "hello again.example",
            "mail <ann@client.example>",
            "reset",
            "hello old.example",
        ]
    );
}

#[tokio::test]
async fn no_answer_to_hello_has_an_enhanced_code() {
    let server = TestServer::reception().await;
    server
        .play(
            r"
            S: 220 mx.example.net ESMTP Postscale
            C: EHLO
            S: 501 Syntax error in arguments
            C: helo a;b
            S: 501 Syntax error in arguments
            C: EHLO \xff
            S: 501 Command has invalid characters
            C: EHLOO a
            S: 500 5.5.1 *
            C: HELO refused.example
            S: 450 Rate limit exceeded, try again later
            C: EHLO panic.example
            S: 451 Internal error, try again later
            S: EOF",
        )
        .await;
}

#[tokio::test]
async fn commands_of_no_consequence_are_answered() {
    let server = TestServer::reception().await;
    server
        .play(
            r"
            S: 220 *
            C: NOOP
            S: 250 2.0.0 OK
            C: VRFY ann
            S: 252 2.0.0 *
            C: EXPN staff
            S: 502 5.5.1 *
            C: HELP
            S: 214 2.0.0 *
            C: XYZZY
            S: 500 5.5.1 *
            C: NOOP \xff\xfe
            S: 501 5.5.2 *
            C: NOOP \0
            S: 501 5.5.2 *
            C: NOOP a\rb
            S: 501 5.5.2 *
            C: MAIL FROM:<\xc3@b.example>
            S: 501 5.5.2 *
            C: NOOP
            S: 250 *
            C: GET / HTTP/1.1
            S: 521 5.5.1 *
            S: EOF",
        )
        .await;
    server
        .play("S: 220 *\nC! NOOP\\n\nS: 521 5.5.2 Lines must end with CRLF\nS: EOF")
        .await;
}

#[tokio::test]
async fn a_whole_session_may_come_in_one_write() {
    let server = TestServer::reception().await;
    server
        .play(
            r"
            C: EHLO client.example
            C: MAIL FROM:<ann@client.example>
            C: RCPT TO:<bob@example.net>
            C: RCPT TO:<unknown@example.net>
            C: RCPT TO:<eve@example.net>
            C: DATA
            C: one
            C: .
            C: MAIL FROM:<ann@client.example>
            C: RCPT TO:<unknown@example.net>
            C: DATA
            C: RSET
            C: MAIL FROM:<ann@client.example>
            C: RCPT TO:<bob@example.net>
            C: DATA
            C: two
            C: .
            C: QUIT
            S: 220 *
            S: 250-*
            S: 250 2.1.0 *
            S: 250 2.1.5 *
            S: 550 5.1.1 *
            S: 250 2.1.5 *
            S: 354 *
            S: 250 2.0.0 *
            S: 250 2.1.0 *
            S: 550 5.1.1 *
            S: 554 5.5.1 *
            S: 250 2.0.0 *
            S: 250 2.1.0 *
            S: 250 2.1.5 *
            S: 354 *
            S: 250 2.0.0 *
            S: 221 *
            S: EOF",
        )
        .await;
    let messages = server.stop().await.messages();
    let bodies: Vec<_> = messages.iter().map(|m| m.body.as_slice()).collect();
    assert_eq!(bodies, [b"one\r\n", b"two\r\n"]);
    assert_eq!(messages[0].envelope.recipients.len(), 2);
}

#[tokio::test]
async fn a_panic_in_the_handler_costs_one_connection() {
    let server = TestServer::reception().await;
    for (command, before) in [
        ("MAIL FROM:<panic@client.example>", ""),
        (
            "RCPT TO:<panic@example.net>",
            "C: MAIL FROM:<a@b.example>\nS: 250 *",
        ),
    ] {
        let mut client = server.ready_client().await;
        client.play(before).await;
        client
            .play(&format!("C: {command}\nS: 451 4.3.0 *\nS: EOF"))
            .await;
    }
    let mut client = server.ready_client().await;
    client
        .play(
            r"
            C: MAIL FROM:<a@b.example>
            C: RCPT TO:<c@d.example>
            C: DATA
            C: Panic: now
            C: .
            S: 250 *
            S: 250 *
            S: 354 *
            S: 451 4.3.0 *
            S: EOF",
        )
        .await;
    server.ready_client().await.play("C: NOOP\nS: 250 *").await;
    assert_eq!(server.stop().await.messages().len(), 0);
}
