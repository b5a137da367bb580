//! Goal: no octets a stranger sends make this crate panic, and what it changes stays well formed.
//! Method: random octets and random pieces of header sections through every public reader.

use postscale_mail::{compose, dsn, forward, parse, submission, trace};
use postscale_model::Timestamp;
use proptest::prelude::*;

/// Pieces that matter to some reader, glued together at random.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("From: "),
        Just("\r\n"),
        Just("\r\n "),
        Just("Ann <ann@example.com>"),
        Just("=?utf-8?q?=C3=BC?="),
        Just("=?"),
        Just("\"a\\\"b\""),
        Just("(c(d)"),
        Just("<"),
        Just("@x:"),
        Just(","),
        Just(";"),
        Just("Content-Type: multipart/report; boundary=b\r\n"),
        Just("Content-Type: message/delivery-status\r\n\r\n"),
        Just("Action: failed\r\nFinal-Recipient: rfc822;x\r\n"),
        Just("--b\r\n"),
        Just("--b--"),
        Just("ü"),
        Just("X-Postscale-Tag:a"),
        Just("X-Postscale-Metadata-"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|all| all.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]
    #[test]
    fn no_reader_panics(
        octets in prop_oneof![proptest::collection::vec(any::<u8>(), 0..600), pieces()],
    ) {
        let parsed = parse::parse(&octets);
        for found in &parsed.attachments {
            prop_assert!(parse::attachment(&octets, found.part).is_some());
        }
        if let Some(recipients) = dsn::read(&octets) {
            prop_assert!(!recipients.is_empty());
        }
        prop_assert!(!trace::is_looping(&octets));
        let _ = trace::is_automatic(&octets);
        if let Ok(authors) = submission::authors(&octets) {
            prop_assert!(authors.addresses().next().is_some());
        }
        let forwarded = forward::rewrite_from(&octets, &"info@example.com".parse().unwrap());
        let authors = submission::authors(&forwarded).unwrap();
        prop_assert_eq!(authors.from.len(), 1);
        prop_assert_eq!(authors.from[0].address.to_string(), "info@example.com");
    }

    #[test]
    fn what_parsing_reads_can_be_composed_again(octets in pieces()) {
        let parsed = parse::parse(&octets);
        let Some(from) = parsed.from else { return Ok(()) };
        let draft = compose::Draft {
            from,
            sender: None,
            to: parsed.to,
            cc: parsed.cc,
            reply_to: parsed.reply_to,
            subject: parsed.subject.chars().take(200).collect(),
            text: parsed.text,
            html: None,
            headers: Vec::new(),
            attachments: Vec::new(),
            message_id: "a@example.com".into(),
            date: Timestamp::from_seconds(0),
        };
        prop_assert!(compose::compose(&draft).is_ok());
    }
}
