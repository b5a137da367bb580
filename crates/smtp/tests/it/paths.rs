//! Goal: addresses reach the handler only in one safe form, with what MAIL said about them.
//! Method: transcripts of odd and of international paths.

use crate::server::TestServer;

#[tokio::test]
async fn odd_paths_are_refused() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    for (path, reply) in [
        ("<@x.example:a@b.example>", "553 5.1.3 Source routes*"),
        ("<a@[127.0.0.1]>", "553 5.1.3 Address literals*"),
        ("a@b.example", "501 5.1.7 *"),
        ("<\u{e4}@b.example>", "553 5.6.7 *"),
        ("<a@b.example> SIZE=52428801", "552 5.3.4 *"),
    ] {
        client
            .play(&format!("C: MAIL FROM:{path}\nS: {reply}"))
            .await;
    }
    client.play("C: MAIL FROM:<a@b.example>\nS: 250 *").await;
    for (path, reply) in [
        ("<>", "501 5.1.3 *"),
        (
            "<@x.example,@y.example:a@b.example>",
            "553 5.1.3 Source routes*",
        ),
        ("<a@[IPv6:::1]>", "553 5.1.3 Address literals*"),
        ("<a%other.example@example.net>", "553 5.1.3 Routes*"),
        ("<other.example!a@example.net>", "553 5.1.3 Routes*"),
        ("<\"a@other.example\"@example.net>", "553 5.1.3 Routes*"),
        ("<\u{e4}@example.net>", "553 5.6.7 *"),
        ("<a@example.net> NOTIFY=NEVER", "555 5.5.4 *"),
    ] {
        client.play(&format!("C: RCPT TO:{path}\nS: {reply}")).await;
    }
    drop(client);
    let calls = server.stop().await.calls();
    assert_eq!(calls, ["hello client.example", "mail <a@b.example>"]);
}

#[tokio::test]
async fn smtputf8_and_8bitmime_are_handed_on() {
    let server = TestServer::reception().await;
    let mut client = server.ready_client().await;
    client
        .play(
            "C: MAIL FROM:<\u{e4}nn@b\u{fc}cher.example> SMTPUTF8 BODY=8BITMIME
             C: RCPT TO:<b\u{f6}b@example.net>
             C: DATA
             S: 250 *
             S: 250 *
             S: 354 *
             C: Subject: \u{fc}
             C: .
             S: 250 *",
        )
        .await;
    let messages = server.recorder.messages();
    let [message] = &messages[..] else {
        panic!("one message")
    };
    assert_eq!(
        message.envelope.reverse_path.to_string(),
        "<änn@xn--bcher-kva.example>"
    );
    assert_eq!(
        message.envelope.recipients[0].to_string(),
        "<böb@example.net>"
    );
    assert!(message.envelope.parameters.smtputf8);
    assert_eq!(
        message.envelope.parameters.body,
        postscale_smtp::BodyType::EightBitMime
    );
    assert_eq!(message.protocol(), "UTF8SMTP");
}
