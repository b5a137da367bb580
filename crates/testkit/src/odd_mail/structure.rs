//! MIME structure that is broken, deep or endless.

use super::{Odd, mixed, with_head};

fn nested(depth: usize) -> String {
    let level = |i| format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
    let opened: String = (0..depth).map(level).collect();
    with_head(&(opened + "Content-Type: text/plain\r\n\r\ninnermost\r\n"))
}

fn letters_in_letters(depth: usize) -> String {
    let level = "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n";
    with_head(&(level.repeat(depth) + "\r\nthe letter\r\n"))
}

const DAY: &str = "Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n";

pub(super) fn messages() -> Vec<Odd> {
    let typed = |kind: &str, body: &str| with_head(&format!("Content-Type: {kind}\r\n\r\n{body}"));
    vec![
        Odd::new("nothing at all", ""),
        Odd::new("an empty line", "\r\n"),
        Odd::new(
            "a header and no end of it",
            "From: bob@far.example\r\nSubject: x",
        ),
        Odd::new("a body and no header", "\r\nJust text.\r\n"),
        Odd::new(
            "text where the header should be",
            "Just text, no header.\r\n\r\nMore.\r\n",
        ),
        Odd::new(
            "a header cut off in a field",
            "From: bob@far.example\r\nSubj",
        ),
        Odd::new("an empty body", with_head("\r\n")),
        Odd::new(
            "a multipart without a boundary",
            typed("multipart/mixed", "--b\r\n\r\nx\r\n--b--\r\n"),
        ),
        Odd::new(
            "a multipart with an empty boundary",
            typed("multipart/mixed; boundary=\"\"", "--\r\n\r\nx\r\n----\r\n"),
        ),
        Odd::new(
            "a boundary that never comes",
            typed("multipart/mixed; boundary=never", "only the preamble\r\n"),
        ),
        Odd::new(
            "a multipart that is never closed",
            typed(
                "multipart/mixed; boundary=b",
                "--b\r\n\r\nfirst\r\n--b\r\n\r\nsecond",
            ),
        ),
        Odd::new(
            "a multipart that is closed at once",
            typed("multipart/mixed; boundary=b", "--b--\r\n"),
        ),
        Odd::new(
            "a multipart that is closed twice",
            typed(
                "multipart/mixed; boundary=b",
                "--b\r\n\r\nx\r\n--b--\r\n--b--\r\n--b\r\n\r\ny\r\n",
            ),
        ),
        Odd::new(
            "a boundary with white space behind it",
            typed(
                "multipart/mixed; boundary=b",
                "--b  \t\r\n\r\nx\r\n--b-- \r\n",
            ),
        ),
        Odd::new(
            "a boundary with odd characters",
            typed(
                "multipart/mixed; boundary=\"=_'()+_,-./:? b\"",
                "--=_'()+_,-./:? b\r\n\r\nx\r\n--=_'()+_,-./:? b--\r\n",
            ),
        ),
        Odd::new(
            "a boundary of three hundred octets",
            typed(
                &format!("multipart/mixed; boundary={0}", "b".repeat(300)),
                &format!("--{0}\r\n\r\nx\r\n--{0}--\r\n", "b".repeat(300)),
            ),
        ),
        Odd::new(
            "one boundary for two levels",
            mixed(&["Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ninner\r\n--b--"]),
        ),
        Odd::new(
            "a boundary that begins like another",
            mixed(&[
                "Content-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\ninner\r\n--bb--",
            ]),
        ),
        Odd::new("parts without headers", mixed(&["\r\none", "\r\ntwo", ""])),
        Odd::new(
            "parts that are only headers",
            mixed(&["Content-Type: text/html", "X: y"]),
        ),
        Odd::new(
            "a part with a header that does not end",
            mixed(&["Content-Type: text/plain\r\nX-A: b"]),
        ),
        Odd::new(
            "only attachments",
            mixed(&[
                "Content-Disposition: attachment; filename=a\r\n\r\nx",
                "Content-Disposition: attachment\r\n\r\ny",
            ]),
        ),
        Odd::new(
            "an alternative with nothing in it",
            typed("multipart/alternative; boundary=b", "--b--\r\n"),
        ),
        Odd::new(
            "a digest",
            typed(
                "multipart/digest; boundary=b",
                "--b\r\n\r\nSubject: one\r\n\r\nx\r\n--b\r\n\r\nSubject: two\r\n\r\ny\r\n--b--\r\n",
            ),
        ),
        Odd::new(
            "a related without a root",
            typed(
                "multipart/related; boundary=b; start=\"<gone@x>\"",
                "--b\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\n\r\nx\r\n--b--\r\n",
            ),
        ),
        Odd::new(
            "a signed message",
            typed(
                "multipart/signed; boundary=b; protocol=\"application/pgp-signature\"",
                "--b\r\n\r\nsigned\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n",
            ),
        ),
        Odd::new(
            "an encrypted message",
            typed(
                "multipart/encrypted; boundary=b; protocol=\"application/pgp-encrypted\"",
                "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--b--\r\n",
            ),
        ),
        Odd::new(
            "a partial message",
            typed(
                "message/partial; number=1; total=3; id=\"a@x\"",
                "a part\r\n",
            ),
        ),
        Odd::new(
            "a body elsewhere",
            typed(
                "message/external-body; access-type=anon-ftp; site=far.example",
                "Content-Type: text/plain\r\n\r\n",
            ),
        ),
        Odd::new("fifty-five levels", nested(55)),
        Odd::new("five thousand levels", nested(5_000)),
        Odd::new("two thousand parts", mixed(&["\r\nx"; 2_000])),
        Odd::new("letters in letters, four deep", letters_in_letters(4)),
        Odd::new(
            "letters in letters, ten thousand deep",
            letters_in_letters(10_000),
        ),
        Odd::new(
            "a letter in base64",
            with_head(
                "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogaQ0KDQp4DQo=\r\n",
            ),
        ),
        Odd::new(
            "winmail.dat",
            mixed(&[
                "Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgAAAQaQCAAEAAAAAAABAAEAAQeQBgAI",
            ]),
        ),
        Odd::new(
            "uuencode in the text",
            with_head("\r\nSee below.\r\nbegin 644 ../../etc/passwd\r\n#0V%T\r\n`\r\nend\r\n"),
        ),
        Odd::new(
            "a part encoded with uuencode",
            mixed(&[
                "Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n#0V%T\r\n`\r\nend",
            ]),
        ),
        Odd::new(
            "yEnc",
            with_head("\r\n=ybegin line=128 size=3 name=a\r\n\x7f\r\n=yend size=3\r\n"),
        ),
        Odd::new(
            "an mbox line",
            format!(
                "From bob@far.example Mon Mar  2 10:00:00 2026\r\n{}\r\nx\r\n",
                with_head(DAY)
            ),
        ),
        Odd::new(
            "a date long ago",
            with_head("Date: Thu, 01 Jan 0001 00:00:00 +0000\r\n\r\nx\r\n"),
        ),
        Odd::new(
            "a date that is none",
            with_head("Date: 99 Foo 99999 99:99:99 +9999\r\n\r\nx\r\n"),
        ),
        Odd::new(
            "a date far away",
            with_head("Date: Fri, 31 Dec 9999999999 23:59:60 -0000\r\n\r\nx\r\n"),
        ),
        Odd::new("a NUL in the body", with_head("\r\na\0b\r\n")),
        Odd::new("bare line feeds", with_head("\r\na\nb\r\n")),
        Odd::new("bare carriage returns", with_head("\r\na\rb\r\n")),
        Odd::new(
            "nothing but line feeds",
            "From: bob@far.example\nSubject: x\n\nx\n",
        ),
        Odd::new(
            "a line of a hundred thousand octets",
            with_head(&format!("\r\n{}\r\n", "x".repeat(100_000))),
        ),
        Odd::new(
            "lines that begin with dots",
            with_head("\r\n.\r\n..\r\n.x\r\n...\r\n"),
        ),
    ]
}
