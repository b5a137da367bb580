//! Goal: nobody is impersonated through SMTP submission, and what we add or remove is exact.
//! Method: hostile and ordinary header sections, compared octet by octet.

use std::sync::Arc;

use postscale_model::{Clock, Random, Timestamp};

use super::*;

struct Fixed;
impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_772_366_400)
    }
}
impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xab);
    }
}

fn prepared(message: &str) -> Result<Prepared, PrepareError> {
    let sources = Sources::new(Arc::new(Fixed), Arc::new(Fixed));
    prepare(
        message.as_bytes(),
        &"example.com".parse().unwrap(),
        &sources,
    )
}

#[test]
fn the_authors_are_read_when_there_is_one_way_to_read_them() {
    let message =
        b"from: \"A, B\" <a@Example.com>,\r\n c@d.example\r\nSender: s@example.com\r\n\r\n";
    let authors = authors(message).unwrap();
    let addresses: Vec<_> = authors.addresses().map(ToString::to_string).collect();
    assert_eq!(addresses, ["a@example.com", "c@d.example", "s@example.com"]);
}

#[test]
fn tricks_with_from_and_sender_are_refused() {
    use AuthorError::*;
    let unclear = |name, why: &str| Unclear(name, why.to_owned());
    for (header, why) in [
        ("Subject: x", NoFrom),
        ("From: a@b.example\r\nFrom: c@d.example", Repeated("From")),
        ("From: a@b.example\r\nfROM : c@d.example", Repeated("From")),
        (
            "From: a@b.example\r\nSender: c@d.example\r\nSender: e@f.example",
            Repeated("Sender"),
        ),
        (
            "From: a@b.example\r\nSender: c@d.example, e@f.example",
            TooMany("Sender"),
        ),
        (
            "From: Team: a@b.example;",
            unclear("From", "uses group syntax"),
        ),
        (
            "From: a@=?utf-8?q?b.example?=",
            unclear("From", "has an encoded word inside an address"),
        ),
        (
            "From: <a@b.example",
            unclear("From", "is not a list of addresses"),
        ),
        ("From:", unclear("From", "is not a list of addresses")),
        (
            "From: a@[127.0.0.1]",
            unclear("From", "has an invalid domain after the @"),
        ),
    ] {
        let message = format!("{header}\r\n\r\nbody");
        assert_eq!(authors(message.as_bytes()), Err(why), "{header}");
    }
    let latin1 = b"From: J\xf6rg <a@b.example>\r\n\r\n";
    assert_eq!(authors(latin1), Err(unclear("From", "is not valid UTF-8")));
    let many = format!("From: {}a@b.example\r\n\r\n", "a@b.example, ".repeat(10));
    assert_eq!(authors(many.as_bytes()), Err(TooMany("From")));
}

#[test]
fn missing_fields_are_added_and_private_ones_read_and_removed() {
    let prepared = prepared(
        "From: a@example.com\r\nTo: Bob <bob@example.net>,\r\n Eve <eve@example.net>\r\n\
         Bcc: secret@example.net\r\nReturn-Path: <x@y.example>\r\n\
         X-Postscale-Metadata-Order-ID: 42\r\nx-postscale-tag: a, b\r\nX-Postscale-Tag: c\r\n\
         X-Postscale-Template: welcome\r\nSubject: =?utf-8?q?=C3=BC?=\r\nX-Keep:  as   is\r\n\r\nbody",
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(prepared.message).unwrap(),
        format!(
            "Date: Sun, 01 Mar 2026 12:00:00 +0000\r\nMessage-ID: <{}@example.com>\r\n\
             From: a@example.com\r\nTo: Bob <bob@example.net>,\r\n Eve <eve@example.net>\r\n\
             Subject: =?utf-8?q?=C3=BC?=\r\nX-Keep:  as   is\r\n\r\nbody\r\n",
            "ab".repeat(16)
        )
    );
    assert_eq!(
        prepared.message_id,
        format!("{}@example.com", "ab".repeat(16))
    );
    assert_eq!(prepared.subject, "ü");
    assert_eq!(prepared.to.len(), 2);
    assert_eq!(
        prepared.metadata,
        BTreeMap::from([("order-id".into(), "42".into())])
    );
    assert_eq!(prepared.tags, ["a", "b", "c"]);
    assert_eq!(prepared.template.as_deref(), Some("welcome"));
}

#[test]
fn a_complete_message_is_not_touched() {
    let message = "Date: x\r\nMessage-ID: <a@b>\r\nFrom: a@example.com\r\n\r\nbody\r\n";
    let prepared = prepared(message).unwrap();
    assert_eq!(prepared.message, message.as_bytes());
    assert_eq!(prepared.message_id, "a@b");
}

#[test]
fn empty_fields_are_replaced_and_comments_are_no_part_of_an_id() {
    let empty = prepared("Date:\r\nMessage-ID: \r\nFrom: a@example.com\r\n\r\n").unwrap();
    let text = String::from_utf8(empty.message).unwrap();
    assert_eq!(text.matches("Date:").count(), 1, "{text}");
    assert_eq!(text.matches("Message-ID: <abab").count(), 1, "{text}");
    let commented = prepared("Message-ID: <a@b> (by hand)\r\nFrom: a@example.com\r\n\r\n");
    assert_eq!(commented.unwrap().message_id, "a@b");
}

#[test]
fn octets_that_could_be_two_messages_are_refused() {
    let fields = "A: b\r\n".repeat(1001) + "\r\n";
    for (message, why) in [
        ("A: b\n\r\n", PrepareError::StrayLineBreak),
        ("A: b\r\n\r\nx\n.\n", PrepareError::StrayLineBreak),
        ("A: b\r\n\r\nx\r.\r\n", PrepareError::StrayLineBreak),
        ("A: b\r\n\r\n\0", PrepareError::StrayLineBreak),
        ("A: b\r\nnot a field\r\n\r\n", PrepareError::Header),
        (" starts folded\r\n\r\n", PrepareError::Header),
        (&fields, PrepareError::HeaderTooLarge),
    ] {
        assert_eq!(prepared(message).map(|_| ()), Err(why), "{:.40}", message);
    }
}

#[test]
fn long_lines_are_taken_where_they_can_be_made_shorter() {
    let long = "x".repeat(8190);
    let head = "Date: x\r\nMessage-ID: <a@b>\r\nFrom: a@example.com\r\n";
    let message = format!("{head}Subject: {long}\r\n\r\n{long}\r\n");
    assert_eq!(prepared(&message).unwrap().message, message.as_bytes());
    for (kind, why) in [
        ("multipart/signed; boundary=s", LineError::Signed),
        ("message/partial; id=1", LineError::Structure),
    ] {
        let message = format!("{head}Content-Type: {kind}\r\n\r\n--s\r\n\r\n{long}\r\n--s--\r\n");
        assert_eq!(
            prepared(&message).map(|_| ()),
            Err(PrepareError::Line(why)),
            "{kind}"
        );
    }
    // What is taken out does not matter.
    let private = format!("{head}X-Postscale-Metadata-A: {long}\r\n\r\n");
    assert!(prepared(&private).is_ok());
}
