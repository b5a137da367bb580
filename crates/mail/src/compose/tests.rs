//! Goal: whatever is composed can be signed, sent and read back.
//! Method: fixed drafts looked at in detail, and random drafts parsed by an independent reader.

use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::field::has_stray_line_breaks;

fn draft() -> Draft {
    Draft {
        from: "Ännie <ann@example.com>".parse().unwrap(),
        sender: None,
        to: vec!["Bob <bob@example.net>".parse().unwrap()],
        cc: vec![],
        reply_to: vec![],
        subject: "Hello".into(),
        text: Some("Hi\n.\nthere".into()),
        html: None,
        headers: vec![],
        attachments: vec![],
        message_id: "0123456789abcdef@example.com".into(),
        date: Timestamp::from_seconds(1_772_366_400),
    }
}

fn composed(draft: &Draft) -> String {
    String::from_utf8(compose(draft).unwrap()).unwrap()
}

#[test]
fn a_plain_message_is_as_short_as_it_can_be() {
    assert_eq!(
        composed(&draft()),
        "From: =?utf-8?B?w4Rubmll?= <ann@example.com>\r\n\
         Subject: Hello\r\n\
         Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n\
         Message-ID: <0123456789abcdef@example.com>\r\n\
         To: \"Bob\" <bob@example.net>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=\"utf-8\"\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Hi\r\n.\r\nthere\r\n"
    );
}

#[test]
fn the_longest_subject_and_names_still_fit_the_line_limit() {
    for text in [
        "x".repeat(998),
        " ".repeat(998),
        format!("a{}b", " ".repeat(996)),
        "ä".repeat(499),
    ] {
        let mut draft = draft();
        draft.subject = text.clone();
        draft.to[0].display_name = Some(text.clone());
        draft
            .headers
            .push(("X-Long".into(), format!("{}a", "a ".repeat(2000))));
        let octets = compose(&draft).unwrap();
        let longest = octets.split(|b| *b == b'\n').map(<[u8]>::len).max();
        assert!(longest <= Some(999), "{longest:?}");
        let message = MessageParser::new().parse(&octets).unwrap();
        assert_eq!(message.subject().unwrap_or_default().trim(), text.trim());
    }
}

#[test]
fn the_same_draft_gives_the_same_octets() {
    let mut draft = draft();
    draft.html = Some("<p>Hi</p>".into());
    assert_eq!(composed(&draft), composed(&draft));
}

#[test]
fn inline_images_stay_with_the_html_and_files_beside_it() {
    let mut draft = draft();
    draft.html = Some("<img src=cid:logo@x>".into());
    for (filename, content_id) in [("logo.png", Some("logo@x")), ("räport, 1.pdf", None)] {
        draft.attachments.push(DraftAttachment {
            filename: filename.into(),
            content_type: "application/octet-stream".into(),
            content: [0, 255, 10, 13].repeat(100),
            content_id: content_id.map(Into::into),
        });
    }
    let octets = compose(&draft).unwrap();
    let message = MessageParser::new().parse(&octets).unwrap();
    let kinds: Vec<_> = message
        .parts
        .iter()
        .map(|part| part.content_type().unwrap().subtype().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "mixed",
            "alternative",
            "plain",
            "related",
            "html",
            "octet-stream",
            "octet-stream"
        ]
    );
    assert_eq!(message.parts[5].content_id(), Some("logo@x"));
    assert_eq!(message.parts[6].attachment_name(), Some("räport, 1.pdf"));
    assert_eq!(message.parts[6].contents(), draft.attachments[1].content);
}

#[test]
fn nothing_can_be_smuggled_into_the_header() {
    type Change = (&'static str, fn(&mut Draft));
    let changes: [Change; 9] = [
        ("subject", |d| d.subject = "a\r\nBcc: x@y.example".into()),
        ("subject", |d| d.subject = "a\u{2028}b".into()),
        ("subject", |d| d.subject = "x".repeat(999)),
        ("message_id", |d| d.message_id = "a b@c".into()),
        ("name", |d| d.to[0].display_name = Some("a\nb".into())),
        ("headers", |d| d.headers.push(("X A".into(), "b".into()))),
        ("headers.X-A", |d| {
            d.headers.push(("X-A".into(), "b\0".into()))
        }),
        ("attachments[0].filename", |d| {
            attach(d, "a\r\n.txt", "text/plain")
        }),
        ("attachments[0].content_type", |d| {
            attach(d, "a", "text/plain; x=\"\r\n\"")
        }),
    ];
    for (field, change) in changes {
        let mut draft = draft();
        change(&mut draft);
        let invalid = compose(&draft).expect_err(field);
        assert!(invalid.fields.contains_key(field), "{field}: {invalid:?}");
    }
}

#[test]
fn attachments_keep_the_parameters_of_their_type() {
    for (given, want) in [
        (
            "text/plain; charset=utf-8",
            r#"text/plain; charset="utf-8"; name="a""#,
        ),
        (
            "text/plain;charset=\"utf-8\" ;",
            r#"text/plain; charset="utf-8"; name="a""#,
        ),
        (
            "text/calendar; Method = REQUEST; charset=UTF-8; method=CANCEL",
            r#"text/calendar; Method="REQUEST"; charset="UTF-8"; name="a""#,
        ),
        (
            "application/pdf; name=other.exe; NAME*=utf-8''x; boundary=b",
            r#"application/pdf; name="a""#,
        ),
        (
            r#"text/x; t="a\"; name=\"b;c""#,
            r#"text/x; t="a\"; name=\"b;c"; name="a""#,
        ),
    ] {
        let mut draft = draft();
        attach(&mut draft, "a", given);
        let octets = compose(&draft).unwrap();
        let text = String::from_utf8(octets).unwrap();
        let unfolded = text.replace("\r\n ", " ").replace("\r\n\t", " ");
        let found = unfolded
            .lines()
            .any(|line| line == format!("Content-Type: {want}"));
        assert!(found, "{given}: {text}");
    }
}

#[test]
fn a_type_that_cannot_be_attached_says_why() {
    for (given, why) in [
        ("message/rfc822", ".eml"),
        ("Multipart/mixed; boundary=x", "attach its parts"),
        ("text", "such as"),
        ("text/plain; charset", "such as"),
        ("text/plain; charset=", "such as"),
        ("text/plain; charset=a b", "such as"),
        ("text/plain; charset=\"utf-8", "such as"),
        ("text/plain; charset=\"a\"b", "such as"),
        ("text/plain; a:b=c", "such as"),
        ("text/plain; a=\"b\r\nBcc: c@d.example\"", "such as"),
    ] {
        let mut draft = draft();
        attach(&mut draft, "a", given);
        let invalid = compose(&draft).expect_err(given);
        let told = &invalid.fields["attachments[0].content_type"];
        assert!(format!("{told:?}").contains(why), "{given}: {told:?}");
    }
}

fn attach(draft: &mut Draft, filename: &str, content_type: &str) {
    draft.attachments.push(DraftAttachment {
        filename: filename.into(),
        content_type: content_type.into(),
        content: vec![1],
        content_id: None,
    });
}

#[test]
fn structural_tracing_and_signing_fields_are_refused() {
    for name in [
        "From",
        "TO",
        "Bcc",
        "Received",
        "DKIM-Signature",
        "ARC-Seal",
        "Content-Type",
        "List-Unsubscribe-Post",
        "X-Postscale-Tag",
        "Return-Path",
        "Authentication-Results",
        "Resent-From",
        "",
        "X:Y",
        "X\r\nBcc",
        "Ünicode",
    ] {
        assert!(check_custom_header(name, "x").is_err(), "{name:?}");
    }
    for (value, why) in [
        ("", "empty"),
        ("a\r\nBcc: b@c.example", "CRLF"),
        ("a\tb", "tab"),
        (&"x".repeat(901), "no space"),
        (&"x ".repeat(2100), "long"),
    ] {
        assert!(check_custom_header("X-Custom", value).is_err(), "{why}");
    }
    for (name, value) in [
        ("X-Custom", "äöü"),
        ("In-Reply-To", "<a@b.example>"),
        ("List-Id", "<x.example>"),
        ("Precedence", "bulk"),
        ("Auto-Submitted", "auto-generated"),
    ] {
        assert_eq!(check_custom_header(name, value), Ok(()), "{name}");
    }
}

/// Line ends as every reader sees them, and without the white space at the end that none keeps.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.trim_end_matches('\n')
        .split('\n')
        .map(str::to_owned)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]
    #[test]
    fn composing_and_reading_keeps_everything(
        subject in "[^\\p{C}\\p{Z}]{1,3}( [^\\p{C}\\p{Z}]{1,40}){0,4}",
        name in "[^\\p{C}\\p{Z}]{1,40}( [^\\p{C}\\p{Z}]{1,10}){0,3}",
        text in "([ -~äöü€😀\\t]{0,1200}(\n|\r\n|\r)?){0,6}",
        html in proptest::option::of("<p>[ -~ä\n]{0,400}</p>"),
    ) {
        let mut draft = draft();
        draft.subject = subject.clone();
        draft.to[0].display_name = Some(name.clone());
        draft.text = Some(text.clone());
        draft.html = html.clone();
        let octets = compose(&draft).unwrap();
        prop_assert!(!has_stray_line_breaks(&octets));
        prop_assert!(octets.is_ascii());
        prop_assert!(octets.split(|b| *b == b'\n').all(|line| line.len() <= 999));
        let message = MessageParser::new().parse(&octets).unwrap();
        prop_assert_eq!(message.subject(), Some(subject.as_str()));
        let to = message.to().unwrap().first().unwrap();
        prop_assert_eq!(to.name(), Some(name.as_str()));
        prop_assert_eq!(to.address(), Some("bob@example.net"));
        prop_assert_eq!(lines(&message.body_text(0).unwrap()), lines(&text));
        if let Some(html) = html {
            prop_assert_eq!(lines(&message.body_html(0).unwrap()), lines(&html));
        }
    }
}
