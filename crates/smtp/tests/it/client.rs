//! Goal: the client reports one true outcome per recipient and never leaves a message half said.
//! Method: against our own server, and against hosts that play a script.

use postscale_smtp::{
    ReversePath,
    client::{
        ClientSettings, Connection, Envelope, ErrorKind, Extension, MessageFault, Outcome,
        SendReport, Stage, TlsPolicy,
    },
};
use proptest::prelude::*;

use crate::server::{TestServer, host};

pub fn in_clear() -> ClientSettings {
    let name = |text: &str| text.parse().unwrap();
    ClientSettings::new(
        name("client.example"),
        name("mx.example.net"),
        TlsPolicy::None,
    )
}

pub fn envelope(recipients: &[&str]) -> Envelope {
    Envelope {
        return_path: ReversePath::Address("ann@client.example".parse().unwrap()),
        recipients: recipients
            .iter()
            .map(|text| text.parse().unwrap())
            .collect(),
        smtputf8: false,
    }
}

pub fn outcomes(report: &SendReport) -> Vec<(Outcome, Stage, u16)> {
    report
        .recipients
        .iter()
        .map(|r| (r.outcome, r.stage, r.reply.code()))
        .collect()
}

#[tokio::test]
async fn messages_follow_each_other_on_one_connection() {
    let server = TestServer::reception().await;
    let mut connection = Connection::connect(server.address, &in_clear())
        .await
        .unwrap();
    for message in [&b"one\r\n"[..], b".two\r\n..\r\n", b""] {
        let recipients = envelope(&[
            "bob@example.net",
            "unknown@example.net",
            "later@example.net",
        ]);
        let report = connection.send(&recipients, message).await.unwrap();
        assert_eq!(
            outcomes(&report),
            [
                (Outcome::Delivered, Stage::FinalDot, 250),
                (Outcome::Failed, Stage::Recipient, 550),
                (Outcome::Deferred, Stage::Recipient, 451),
            ]
        );
        // Nobody is left, and the next message finds the connection as good as before.
        let report = connection
            .send(&envelope(&["unknown@example.net"]), message)
            .await
            .unwrap();
        assert_eq!(
            outcomes(&report),
            [(Outcome::Failed, Stage::Recipient, 550)]
        );
        connection.noop().await.unwrap();
    }
    connection.reset().await.unwrap();
    assert!(connection.is_reusable() && connection.tls().is_none());
    connection.quit().await;
    let bodies: Vec<_> = server
        .stop()
        .await
        .messages()
        .into_iter()
        .map(|m| m.body)
        .collect();
    assert_eq!(bodies, [&b"one\r\n"[..], b".two\r\n..\r\n", b""]);
}

#[tokio::test]
async fn a_refused_sender_or_message_is_told_for_each_recipient() {
    let server = TestServer::reception().await;
    let mut connection = Connection::connect(server.address, &in_clear())
        .await
        .unwrap();
    let mut refused = envelope(&["a@example.net", "b@example.net"]);
    refused.return_path = ReversePath::Address("unknown@client.example".parse().unwrap());
    let report = connection.send(&refused, b"x\r\n").await.unwrap();
    assert_eq!(outcomes(&report), [(Outcome::Failed, Stage::Mail, 550); 2]);
    let report = connection
        .send(&envelope(&["a@example.net"]), b"Later: x\r\n")
        .await
        .unwrap();
    assert_eq!(
        outcomes(&report),
        [(Outcome::Deferred, Stage::FinalDot, 451)]
    );
    let many: Vec<String> = (0..250).map(|n| format!("r{n}@example.net")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let report = connection.send(&envelope(&many), b"x\r\n").await.unwrap();
    // The server's 21st refusal on this connection ends its patience; those before it stand.
    let want = (Outcome::Deferred, Stage::Recipient, 452);
    assert_eq!(outcomes(&report), [want; 15]);
    assert!(report.ended.is_some_and(|error| error.is_transient()));
    assert!(!connection.is_reusable());
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_anything_is() {
    let (address, _task) = host(&["S: 220 x\nC: EHLO *\nS: 250-x\nS: 250 SIZE 10"]).await;
    let mut connection = Connection::connect(address, &in_clear()).await.unwrap();
    let ours = envelope(&["bob@example.net"]);
    for message in [&b"a\nb"[..], b"a\rb", b"a\r\n.\n", b"\r"] {
        let error = connection.send(&ours, message).await.unwrap_err();
        assert!(matches!(
            error.kind,
            ErrorKind::Message(MessageFault::BareLineEnd)
        ));
        assert!(!error.is_transient());
    }
    for (ours, message, want, name) in [
        (ours.clone(), "01234567890", Extension::Size, "SIZE"),
        (ours.clone(), "\u{fc}", Extension::EightBitMime, "8BITMIME"),
        (
            envelope(&["b\u{f6}b@example.net"]),
            "x",
            Extension::SmtpUtf8,
            "SMTPUTF8",
        ),
        (
            Envelope {
                smtputf8: true,
                ..ours.clone()
            },
            "x",
            Extension::SmtpUtf8,
            "SMTPUTF8",
        ),
    ] {
        let error = connection
            .send(&ours, message.as_bytes())
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Unsupported(e) if e == want),
            "{error}"
        );
        assert!(error.to_string().contains(name), "{error}");
    }
    let error = connection.send(&envelope(&[]), b"x").await.unwrap_err();
    assert!(matches!(
        error.kind,
        ErrorKind::Message(MessageFault::NoRecipient)
    ));
    assert!(connection.is_reusable());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever dots and line ends a message has, it arrives as it left.
    #[test]
    fn messages_arrive_as_they_left(
        lines in prop::collection::vec("[.x]{0,3}", 0..20),
        repeat in prop_oneof![Just(1_usize), Just(5000)],
    ) {
        let message: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let message = message.repeat(repeat);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let arrived = runtime.block_on(async {
            let server = TestServer::reception().await;
            let mut connection = Connection::connect(server.address, &in_clear()).await.unwrap();
            let sent = connection.send(&envelope(&["a@example.net"]), message.as_bytes()).await;
            assert_eq!(sent.unwrap().recipients[0].outcome, Outcome::Delivered);
            connection.quit().await;
            server.stop().await.messages().remove(0).body
        });
        prop_assert!(arrived == message.as_bytes());
    }
}
