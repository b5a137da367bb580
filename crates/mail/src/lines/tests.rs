//! Goal: no line of what leaves is too long, and readers see what was written.
//! Method: messages of every kind of part, by hand and at random, read before and after.

use proptest::prelude::*;

use super::*;
use crate::{field, mailbox_list::decode_words};

fn short(message: &[u8]) -> Vec<u8> {
    shorten(message).unwrap().into_owned()
}

fn text(message: &str) -> String {
    String::from_utf8(short(message.as_bytes())).unwrap()
}

fn longest(message: &[u8]) -> usize {
    let lines = message.split_inclusive(|octet| *octet == b'\n');
    lines.map(|line| cut(line).0.len()).max().unwrap_or(0)
}

/// What readers see: the fields of every message and part, and the leaves without their encoding.
fn seen(message: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for part in &walk::walk(message).parts {
        let (start, body) = part.body();
        for field in field::split(&message[part.header_start()..start]).fields {
            let name = field.name_str().to_ascii_lowercase();
            let value = decode_words(&field.unfolded());
            let words: Vec<&str> = value.split_whitespace().collect();
            if name != "content-transfer-encoding" && name != "mime-version" {
                all.push((name, words.join(" ").into_bytes()));
            }
        }
        if part.media_type() == "message/rfc822" && !is_encoded(part) {
            all.extend(seen(body));
        } else {
            all.push((part.media_type().to_owned(), part.decoded().into_owned()));
        }
    }
    all
}

#[test]
fn what_is_short_enough_is_not_touched() {
    for message in [
        "",
        "A: b",
        "A: b\r\n\r\n",
        &format!("A: b\r\n\r\n{}", "x".repeat(998)),
        &format!("A: b\r\n\r\n{}\r\n", "x".repeat(998)),
        &format!("{}\r\n{}\r\n", "x".repeat(998), "y".repeat(998)).repeat(20),
    ] {
        let shortened = shorten(message.as_bytes()).unwrap();
        assert!(matches!(shortened, Cow::Borrowed(_)), "{message:.40}");
    }
    for message in [
        &format!("A: b\r\n\r\n{}", "x".repeat(999)),
        &format!("A: b\r\n\r\n{}\r\n", "x".repeat(999)),
        &format!("A: b\r\n\r\ny\r\n{}\r\ny\r\n", "x".repeat(999)),
    ] {
        assert!(has_long(message.as_bytes()), "{message:.40}");
    }
}

#[test]
fn text_is_encoded_and_says_so() {
    let long = "word ".repeat(300);
    let message = format!("Subject: x\r\n\r\n-- \r\nsee:\r\n{long}\r\n");
    let quoted = text(&message);
    assert!(
        quoted.starts_with(
            "Subject: x\r\nMIME-Version: 1.0\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n=2D-=20\r\nsee:\r\nword word"
        ),
        "{quoted}"
    );
    assert_eq!(longest(quoted.as_bytes()), 76);
    let greek = "λόγος ".repeat(300);
    let declared = format!(
        "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\nSubject: x\r\n\
         content-transfer-encoding: 8bit\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{greek}"
    );
    let base64 = text(&declared);
    assert!(
        base64.starts_with(
            "MIME-Version: 1.0\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\nzrvP"
        ),
        "{base64}"
    );
}

#[test]
fn only_the_part_with_the_long_line_is_encoded() {
    let (data, html) = ("\u{1}é".repeat(600), "x".repeat(2000));
    let message = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nignored\r\n--b\r\n\r\nshort\r\n\
         --b\r\nContent-Type: application/x-data\r\nContent-Transfer-Encoding: binary\r\n\r\n{data}\r\n\
         --b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\nrest"
    );
    let shortened = text(&message);
    assert!(
        shortened.contains("ignored\r\n--b\r\n\r\nshort\r\n--b\r\n"),
        "{shortened}"
    );
    assert!(
        shortened
            .contains("application/x-data\r\nContent-Transfer-Encoding: base64\r\n\r\nAcOpAcOp"),
        "{shortened}"
    );
    assert!(
        shortened.contains("text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nxxxx"),
        "{shortened}"
    );
    assert!(shortened.ends_with("xx\r\n--b--\r\nrest"), "{shortened}");
}

#[test]
fn what_ends_a_header_section_without_an_empty_line_is_body() {
    let long = "x".repeat(1000);
    let message = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: b\r\nno field\r\n\r\n{long}\r\n--b--\r\n"
    );
    let shortened = text(&message);
    assert!(
        shortened.contains(
            "--b\r\nA: b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nno field\r\n\r\nxx"
        ),
        "{shortened}"
    );
    assert_eq!(seen(shortened.as_bytes()), seen(message.as_bytes()));
}

#[test]
fn what_is_encoded_gets_more_line_ends() {
    let base64 = "QUJD".repeat(400);
    let head = "Content-Transfer-Encoding:";
    let message = format!("{head} BASE64 (x)\r\n\r\n{base64}\r\nQUJD\r\n");
    let lines = base64.as_bytes().chunks(76);
    let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line)).collect();
    let want = format!(
        "{head} BASE64 (x)\r\n\r\n{}\r\nQUJD\r\n",
        lines.join("\r\n")
    );
    assert_eq!(text(&message), want);

    let long = format!("{}=3D-- a", "x".repeat(73)).repeat(20);
    let message = format!("{head} quoted-printable\r\n\r\n=41=\r\n{long} \t\r\nB=20\r\n");
    let shortened = text(&message);
    assert!(shortened.contains("xx=\r\n=3D-- ax"), "{shortened}");
    assert_eq!(seen(shortened.as_bytes()), seen(message.as_bytes()));
}

#[test]
fn no_piece_of_a_line_becomes_a_delimiter() {
    let filler = "x".repeat(75 * 20);
    // Each has one, if lines are only broken where they are full and `=` is encoded.
    for (encoding, lines) in [
        ("8bit", format!("{filler}--b=3D")),
        ("8bit", format!("{filler}--b=")),
        ("8bit", format!("{filler}\r\n--b=")),
        ("quoted-printable", format!("{filler}--b=3D")),
        ("base64", format!("{}--b=3D", "QUJD".repeat(19 * 20))),
    ] {
        let message = format!(
            "Content-Type: multipart/mixed; boundary=\"b=3D\"\r\n\r\n--b=3D\r\n\
             Content-Transfer-Encoding: {encoding}\r\n\r\n{lines}\r\nend\r\n--b=3D--\r\n"
        );
        let shortened = short(message.as_bytes());
        assert_eq!(walk::walk(&shortened).parts.len(), 2, "{encoding}");
        assert_eq!(seen(&shortened), seen(message.as_bytes()), "{encoding}");
    }
    let status = format!(
        "Content-Type: multipart/report; boundary=\"b:\"\r\n\r\n--b:\r\n\
         Content-Type: message/delivery-status\r\n\r\n--b: {}\r\n--b:--\r\n",
        "x".repeat(995)
    );
    assert_eq!(walk::walk(&short(status.as_bytes())).parts.len(), 2);
    for ignored in [
        format!("--b{}x", " ".repeat(1200)),
        format!("{}--b", "x".repeat(997)),
    ] {
        let message = format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n{ignored}\r\n--b{}\r\n\r\nx\r\n--b--\r\n{ignored}",
            " ".repeat(1000)
        );
        let shortened = short(message.as_bytes());
        assert!(longest(&shortened) <= LINE_OCTETS_MAX);
        assert_eq!(walk::walk(&shortened).parts.len(), 2, "{ignored:.20}");
    }
}

#[test]
fn messages_inside_are_opened_and_not_encoded() {
    let long = "x".repeat(1000);
    let message = format!(
        "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: {long}\r\n\
         Content-Type: text/html\r\n\r\n{long}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; x\r\n\r\nDiagnostic-Code: smtp; {}\r\n--b--\r\n",
        "word ".repeat(400)
    );
    let shortened = text(&message);
    assert!(
        shortened.contains("--b\r\n\r\nSubject: =?us-ascii?Q?xxx"),
        "{shortened}"
    );
    assert!(
        shortened.contains(
            "text/html\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nxx"
        ),
        "{shortened}"
    );
    assert!(
        shortened.contains("x\r\n\r\nDiagnostic-Code: smtp; word word"),
        "{shortened}"
    );
    assert!(longest(shortened.as_bytes()) <= LINE_OCTETS_MAX);
}

#[test]
fn what_is_signed_is_not_changed() {
    let signed = |first: &str, second: &str| {
        format!(
            "Content-Type: multipart/signed; micalg=sha-256; protocol=\"application/pkcs7-signature\"; boundary=s\r\n\
             Subject: {}\r\n\r\n--s\r\n{first}\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{second}\r\n--s--\r\n",
            "word ".repeat(300)
        )
    };
    let long = "QUJD".repeat(300);
    let nested = format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\na\r\n--m\r\n\r\n{long}\r\n--m--\r\n"
    );
    for first in [
        format!("\r\n{long}"),
        format!("Content-Type: text/plain; name={long}\r\n\r\nx"),
        format!("Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\n{long}"),
        nested,
    ] {
        let message = signed(&first, "QUJD");
        assert_eq!(
            shorten(message.as_bytes()),
            Err(LineError::Signed),
            "{first:.60}"
        );
        let inside = format!("Content-Type: message/rfc822\r\n\r\n{message}");
        assert_eq!(shorten(inside.as_bytes()), Err(LineError::Signed));
    }
    let empty = format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/signed; boundary=s\r\n\
         \r\n--m\r\n\r\n{long}\r\n--m--\r\n"
    );
    assert!(longest(&short(empty.as_bytes())) <= LINE_OCTETS_MAX);
    // Around it, lines are as everywhere.
    let first = "Content-Type: text/plain\r\n\r\n signed  as it is ";
    let shortened = text(&signed(first, &long));
    assert!(shortened.contains(&format!("--s\r\n{first}\r\n--s\r\n")));
    assert!(longest(shortened.as_bytes()) <= LINE_OCTETS_MAX);
}

#[test]
fn what_may_not_be_encoded_or_cannot_be_followed_is_refused() {
    let long = "x".repeat(1000);
    let deep: String = (0..60)
        .map(|at| format!("Content-Type: multipart/mixed; boundary=b{at}\r\n\r\n--b{at}\r\n"))
        .collect();
    for message in [
        format!("Content-Type: message/partial; id=1; number=2\r\n\r\n{long}"),
        format!("Content-Type: multipart/mixed\r\n\r\n{long}"),
        format!("{deep}\r\n{long}"),
        "Content-Type: message/rfc822\r\n\r\n".repeat(7) + &long,
    ] {
        assert_eq!(
            shorten(message.as_bytes()),
            Err(LineError::Structure),
            "{message:.60}"
        );
    }
}

#[test]
fn fields_are_folded_where_unfolding_undoes_it() {
    let ids: Vec<String> = (0..100).map(|at| format!("<{at}@far.example>")).collect();
    let message = format!("References: {}\r\nA:  b \r\n\r\nx", ids.join(" "));
    let folded = text(&message);
    assert!(longest(folded.as_bytes()) <= 78, "{folded}");
    assert_eq!(folded.replace("\r\n <", " <"), message);

    let word = "w".repeat(997);
    let message = format!("X-A: b\r\nX-B: {word} \t{word}   \r\n\r\n");
    let want = format!("X-A: b\r\nX-B:\r\n {word}\r\n{word}\r\n\r\n");
    let want = want.replacen(
        &format!("\r\n{word}\r\n\r\n"),
        &format!("\r\n {word}\r\n\r\n"),
        1,
    );
    assert_eq!(text(&message), want);
}

#[test]
fn fields_without_white_space_are_broken_all_the_same() {
    let list: Vec<String> = (0..100).map(|at| format!("a{at}@far.example")).collect();
    let folded = text(&format!("To: {}\r\n\r\n", list.join(",")));
    assert_eq!(
        folded.replace("\r\n ", ""),
        format!("To: {}\r\n\r\n", list.join(","))
    );
    assert!(folded.contains(",\r\n a"), "{folded}");

    let greek = "λ".repeat(2000);
    let folded = text(&format!("X-Greek: {greek}\r\n\r\n"));
    assert_eq!(
        folded.replace("\r\n ", ""),
        format!("X-Greek: {greek}\r\n\r\n")
    );

    let blank = " ".repeat(2000);
    let name = "n".repeat(1000);
    let message = format!(
        "{name}: x\r\nA{blank}:{blank}b{blank}c\r\n{blank}\r\n d{blank}\r\nE:{blank}\r\n\r\nx"
    );
    assert_eq!(text(&message), "A: b c\r\n d\r\nE:\r\n\r\nx");
    assert_eq!(
        text(&format!("--b{blank}: x\r\nA: b\r\n\r\n")),
        "A: b\r\n\r\n"
    );
}

/// Lines, short and long, of signs that matter.
fn lines() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        Just("--b"),
        Just("-"),
        Just("="),
        Just("=3D"),
        Just("=\r\n"),
        Just(" "),
        Just("\t"),
        Just("\r\n"),
        Just("\r\n.\r\n"),
        Just("é"),
        Just("QUJD"),
        Just("x,y;"),
        Just(": "),
    ];
    let repeated = (sign, prop_oneof![1..4_usize, 200..700_usize]);
    let run = repeated.prop_map(|(sign, times)| {
        let times = if sign.contains('\n') {
            times.min(3)
        } else {
            times
        };
        sign.repeat(times)
    });
    proptest::collection::vec(run, 0..12).prop_map(|runs| runs.concat())
}

fn leaf() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just(""),
        Just("Content-Type: text/html\r\n"),
        Just("Content-Type: application/pdf\r\n"),
    ];
    let encoding = prop_oneof![
        Just(""),
        Just("Content-Transfer-Encoding: 8bit\r\n"),
        Just("Content-Transfer-Encoding: base64\r\n"),
        Just("Content-Transfer-Encoding: quoted-printable\r\n"),
    ];
    let field = lines().prop_map(|text| {
        let words = text.replace(['\r', '\n', '='], "");
        if words.is_empty() {
            words
        } else {
            format!("X-F: {words}\r\n")
        }
    });
    (kind, encoding, field, lines())
        .prop_map(|(kind, encoding, field, body)| format!("{kind}{encoding}{field}\r\n{body}"))
}

/// A part: a leaf, or a container of parts.
fn part() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        let boundary = prop_oneof![Just("b"), Just("bb"), Just("b=3D"), Just("-")];
        let several = (boundary, proptest::collection::vec(inner.clone(), 0..4));
        prop_oneof![
            several.prop_map(|(boundary, parts)| {
                let parts: String = parts
                    .iter()
                    .map(|part| format!("\r\n--{boundary}\r\n{part}"))
                    .collect();
                format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n{parts}\r\n--{boundary}--\r\n")
            }),
            inner.prop_map(|part| format!("Content-Type: message/rfc822\r\n\r\n{part}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]
    #[test]
    fn lines_are_short_and_readers_see_the_same(message in part()) {
        let shortened = short(message.as_bytes());
        prop_assert!(longest(&shortened) <= LINE_OCTETS_MAX);
        prop_assert!(matches!(shorten(&shortened).unwrap(), Cow::Borrowed(_)));
        if longest(message.as_bytes()) <= LINE_OCTETS_MAX {
            prop_assert_eq!(&shortened, message.as_bytes());
        }
        let (before, after) = (seen(message.as_bytes()), seen(&shortened));
        let names = |all: &[(String, Vec<u8>)]| -> Vec<String> {
            all.iter().map(|(name, _)| name.clone()).collect()
        };
        prop_assert_eq!(names(&before), names(&after));
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            if name != "x-f" {
                prop_assert_eq!(before, after, "{}", name);
            } else {
                // A word without end has spaces in it now.
                let words = |value: &[u8]| -> Vec<u8> {
                    value.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect()
                };
                prop_assert_eq!(words(before), words(after));
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..3000), head in lines()) {
        let message = [head.as_bytes(), &octets].concat();
        if let Ok(shortened) = shorten(&message) {
            prop_assert!(!has_long(&shortened));
        }
    }
}
