//! Bodies whose encoding, charset or length is not what they say.

use super::{Odd, mixed, with_head};

pub(super) fn messages() -> Vec<Odd> {
    let text =
        |fields: &str, body: &[u8]| [with_head(fields).as_bytes(), b"\r\n", body, b"\r\n"].concat();
    let subject = |words: &str| with_head(&format!("Subject: {words}\r\n\r\nx\r\n"));
    let page = |html: &str| {
        with_head(&format!(
            "Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"
        ))
    };
    vec![
        Odd::new(
            "base64 of junk",
            text(
                "Content-Transfer-Encoding: base64\r\n",
                b"!!!! not ???? base64 ==== at all",
            ),
        ),
        Odd::new(
            "base64 cut off",
            text("Content-Transfer-Encoding: base64\r\n", b"SGVsbG8gd29ybG"),
        ),
        Odd::new(
            "base64 with padding inside",
            text("Content-Transfer-Encoding: base64\r\n", b"SGk=SGk=\r\nSGk="),
        ),
        Odd::new(
            "base64 with text behind it",
            text(
                "Content-Transfer-Encoding: base64\r\n",
                b"SGVsbG8=\r\n-- \r\nSent by a list",
            ),
        ),
        Odd::new(
            "quoted-printable of junk",
            text(
                "Content-Transfer-Encoding: quoted-printable\r\n",
                b"=ZZ=4=\r\n==\r\n=",
            ),
        ),
        Odd::new(
            "quoted-printable with eight bits",
            text(
                "Content-Transfer-Encoding: quoted-printable\r\n",
                b"caf\xc3\xa9 =C3=A9",
            ),
        ),
        Odd::new(
            "a multipart in base64",
            with_head(
                "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
            ),
        ),
        Odd::new(
            "an unknown charset",
            text(
                "Content-Type: text/plain; charset=klingon\r\n",
                b"\xff\xfe\x80",
            ),
        ),
        Odd::new(
            "a charset of a thousand octets",
            text(
                &format!(
                    "Content-Type: text/plain; charset={}\r\n",
                    "u".repeat(1_000)
                ),
                b"x",
            ),
        ),
        Odd::new(
            "ASCII that is none",
            text("Content-Type: text/plain; charset=us-ascii\r\n", b"caf\xe9"),
        ),
        Odd::new(
            "UTF-8 that is none",
            text(
                "Content-Type: text/plain; charset=utf-8\r\n",
                b"\xc3\x28 \xe2\x82 \xf0\x90",
            ),
        ),
        Odd::new(
            "UTF-7",
            text(
                "Content-Type: text/plain; charset=utf-7\r\n",
                b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
            ),
        ),
        Odd::new(
            "UTF-16",
            text(
                "Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n",
                b"//5IAGkA",
            ),
        ),
        Odd::new(
            "UTF-16 with half a character",
            text(
                "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n",
                b"SABpAAE=",
            ),
        ),
        Odd::new(
            "Shift JIS",
            text(
                "Content-Type: text/plain; charset=shift_jis\r\n",
                b"\x93\xfa\x96\x7b \x81",
            ),
        ),
        Odd::new(
            "ISO-2022-JP that does not end",
            text(
                "Content-Type: text/plain; charset=iso-2022-jp\r\n",
                b"\x1b$BF|K\\",
            ),
        ),
        Odd::new(
            "GB 18030",
            text(
                "Content-Type: text/plain; charset=gb18030\r\n",
                b"\xd6\xd0\xce\xc4\xff",
            ),
        ),
        Odd::new(
            "encoded words split inside a character",
            subject("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?="),
        ),
        Odd::new(
            "encoded words split inside base64",
            subject("=?utf-8?b?w?= =?utf-8?b?6k=?="),
        ),
        Odd::new(
            "encoded words without an end",
            subject("=?utf-8?q?never =?utf-8?q?"),
        ),
        Odd::new(
            "encoded words of nothing",
            subject("=?utf-8?q??= =??q?x?= =?utf-8?x?y?= =?=?="),
        ),
        Odd::new(
            "encoded words in a strange charset",
            subject("=?klingon?b?/w==?="),
        ),
        Odd::new(
            "encoded words with a line end inside",
            subject("=?utf-8?q?a=0D=0AX-Injected:_b?="),
        ),
        Odd::new("encoded words with a NUL", subject("=?utf-8?q?a=00b?=")),
        Odd::new(
            "a flood of encoded words",
            subject(&"=?utf-8?q?a?=\r\n ".repeat(6_000)),
        ),
        Odd::new(
            "format flowed",
            text(
                "Content-Type: text/plain; format=flowed; delsp=yes\r\n",
                b"> quoted \r\n> text \r\nreply ",
            ),
        ),
        Odd::new(
            "HTML without an end",
            page("<html><body><table><tr><td><b><i><p>open"),
        ),
        Odd::new(
            "HTML of a thousand levels",
            page(&"<div>\r\n".repeat(1_000)),
        ),
        Odd::new(
            "HTML with a meta charset of its own",
            page("<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
        ),
        Odd::new(
            "HTML in a charset of its own",
            text(
                "Content-Type: text/html; charset=iso-2022-kr\r\n",
                b"\x1b$)C\x0e<script>\x0f",
            ),
        ),
        Odd::new(
            "text and HTML that disagree",
            mixed(&[
                "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\nPay nothing.\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>Pay everything.</p>\r\n--c--",
            ]),
        ),
        Odd::new(
            "enriched text",
            text("Content-Type: text/enriched\r\n", b"<bold>bold</bold>"),
        ),
    ]
}
