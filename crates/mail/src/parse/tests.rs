//! Goal: ordinary mail is read right, hostile mail costs little and never panics.
//! Method: composed and hand-written messages, bombs at each limit, random octets.

use proptest::prelude::*;

use super::*;

fn with_parts(parts: &[&str]) -> String {
    let mut message =
        "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n".to_owned();
    for part in parts {
        message += &format!("--b\r\n{part}\r\n");
    }
    message + "--b--\r\nepilogue\r\n"
}

#[test]
fn a_plain_message_is_read() {
    let parsed = parse(
        b"From: =?utf-8?q?J=C3=B6rg?= <j@example.com>\r\nTo: a@b.example, c@d.example\r\n\
          Subject: =?utf-8?b?w7w=?=\r\n\tfolded\r\nMessage-ID: <x@y>\r\n\r\nHello\r\n",
    );
    assert_eq!(parsed.from.unwrap().to_string(), "Jörg <j@example.com>");
    assert_eq!(parsed.to.len(), 2);
    assert_eq!(parsed.subject, "ü folded");
    assert_eq!(parsed.message_id, "<x@y>");
    assert_eq!(parsed.text.as_deref(), Some("Hello\r\n"));
    assert_eq!(parsed.headers[2].value, "ü folded");
    assert!(parsed.html.is_none() && parsed.attachments.is_empty() && !parsed.limits_exceeded);
}

#[test]
fn bodies_and_attachments_are_told_apart_and_decoded() {
    let message = with_parts(&[
        "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\
         Content-Type: text/plain; charset=iso-8859-1\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nf=FCr =\r\n dich\r\n--c\r\n\
         Content-Type: text/html\r\n\r\n<p>f\u{fc}r</p>\r\n--c--\r\n",
        "Content-Type: application/pdf; name=\"x.pdf\"\r\n\
         Content-Disposition: attachment; filename*=utf-8''r%C3%A9.pdf\r\n\
         Content-Transfer-Encoding: base64\r\nContent-ID: <cid@x>\r\n\r\nAQID\r\nBA==\r\n",
        "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner body",
        "Content-Disposition: attachment; filename=\"C:\\\\dir\\\\..\\\\evil\u{202e}.txt\"\r\n\r\nfile",
    ]);
    let parsed = parse(message.as_bytes());
    assert_eq!(parsed.text.as_deref(), Some("für  dich"));
    assert_eq!(parsed.html.as_deref(), Some("<p>für</p>"));
    let names: Vec<_> = parsed
        .attachments
        .iter()
        .map(|a| a.filename.as_str())
        .collect();
    assert_eq!(names, ["ré.pdf", "message-5.eml", "evil.txt"]);
    assert_eq!(parsed.attachments[0].content_id.as_deref(), Some("cid@x"));
    assert_eq!(parsed.attachments[0].size_bytes, 4);
    let octets: Vec<_> = parsed
        .attachments
        .iter()
        .map(|found| attachment(message.as_bytes(), found.part).unwrap())
        .collect();
    assert_eq!(octets[0], [1, 2, 3, 4]);
    assert_eq!(octets[1], b"Subject: inner\r\n\r\ninner body");
    assert_eq!(octets[2], b"file");
    for no_leaf in [0, 1, 99, -1] {
        assert_eq!(attachment(message.as_bytes(), no_leaf), None, "{no_leaf}");
    }
}

#[test]
fn bombs_are_flagged_and_cost_little() {
    let nested = |levels: usize| {
        let open =
            |i: usize| format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        (0..levels).map(open).collect::<String>() + "\r\ninnermost"
    };
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    for (what, message, flagged) in [
        ("50 levels", nested(50), false),
        ("51 levels", nested(51), true),
        ("5,000 levels", nested(5_000), true),
        ("999 parts", with_parts(&["\r\nx"; 999]), false),
        ("2,000 parts", with_parts(&["\r\nx"; 2_000]), true),
        ("1,001 fields", "A: b\r\n".repeat(1_001), true),
        (
            "a large field",
            format!("A: {}\r\n\r\n", "x".repeat(101 * 1024)),
            true,
        ),
        (
            "large fields",
            format!("A: {}\r\n", "x".repeat(90 * 1024)).repeat(3),
            true,
        ),
        ("messages in messages", messages, false),
        (
            "comments",
            format!("To: {}\r\n\r\n", "(".repeat(90_000)),
            false,
        ),
        (
            "words",
            format!("Subject: {}\r\n\r\n", "=?utf-8?q?a?= ".repeat(6_000)),
            false,
        ),
        (
            "parameters",
            format!("Content-Type: a/b{}\r\n\r\n", "; a=b".repeat(18_000)),
            false,
        ),
    ] {
        let parsed = parse(message.as_bytes());
        assert_eq!(parsed.limits_exceeded, flagged, "{what}");
        assert!(parsed.attachments.len() <= 1000, "{what}");
    }
}

#[test]
fn broken_structure_gives_what_can_be_read() {
    for (message, text) in [
        ("", None),
        ("no header at all", Some("no header at all")),
        (
            "Content-Type: multipart/mixed\r\n\r\nno boundary",
            Some("no boundary"),
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\nnever opened",
            None,
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nopen end",
            Some("open end"),
        ),
        ("Content-Type: ???\r\n\r\nx", Some("x")),
        ("Content-Transfer-Encoding: base64\r\n\r\naGk", Some("hi")),
        (
            "Content-Transfer-Encoding: BASE64 (as it should be)\r\n\r\naGk=",
            Some("hi"),
        ),
        (
            "Content-Transfer-Encoding: base64\r\n\r\na-G_k=junk",
            Some("hi"),
        ),
        (
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=4",
            Some("=ZZ=4"),
        ),
    ] {
        assert_eq!(
            parse(message.as_bytes()).text.as_deref(),
            text,
            "{message:?}"
        );
    }
}

fn check(octets: &[u8]) {
    let parsed = parse(octets);
    for found in &parsed.attachments {
        let octets = attachment(octets, found.part).expect("a listed part");
        assert_eq!(i64::try_from(octets.len()), Ok(found.size_bytes));
        assert!(!found.filename.contains(['/', '\\', '\r', '\n', '\0']));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]
    #[test]
    fn random_octets_are_read(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
        check(&octets);
    }

    #[test]
    fn damaged_messages_are_read(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut octets = with_parts(&[
            "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nhi\r\n--c--\r\n",
            "Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?a?= (c) \"q\"\r\n\r\ninner",
            "Content-Disposition: attachment; filename*0*=utf-8''a; filename*1=b\r\n\r\nfile",
        ]).into_bytes();
        for (at, byte) in &changes {
            let at = at.index(octets.len());
            octets[at] = *byte;
        }
        octets.truncate(cut.index(octets.len() * 2));
        check(&octets);
    }
}
