//! `parse DIRECTORY`: messages read a second on one core, by us and by mail-parser alone. Writes the
//! messages into the directory, for others to read, and prints one JSON object.

use std::hint::black_box;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use postscale_mail::parse::parse;

const RUN: Duration = Duration::from_secs(1);

/// A short text, an alternative with pictures of its own, a report with an attachment, a forwarded
/// message, and a letter in another charset.
fn messages() -> Vec<Vec<u8>> {
    let head = "Received: from mx.example.net (mx.example.net [192.0.2.1])\r\n\tby mx.example.com with ESMTPS id 1\r\n\t\
        for <bob@example.com>; Thu, 1 Jan 2026 08:00:00 +0000\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s1;\r\n\t\
        h=from:to:subject:date; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=dGVzdA==\r\n\
        From: =?utf-8?q?Ann_=C3=96sterreich?= <ann@example.net>\r\nTo: Bob <bob@example.com>, \"Carl, C.\" <carl@example.com>\r\n\
        Subject: =?utf-8?B?R3LDvMOfZSBhdXMgV2llbg==?= and the minutes\r\nDate: Thu, 1 Jan 2026 08:00:00 +0000\r\n\
        Message-ID: <1@example.net>\r\nMIME-Version: 1.0\r\n";
    let prose = "Nobody objected, and so everybody went home before it rained.\r\n".repeat(40);
    let html = format!(
        "<html><body><p>{}</p><img src=\"cid:1@x\"></body></html>\r\n",
        prose.replace("\r\n", "<br>\r\n")
    );
    let base64 = format!(
        "{}\r\n",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx"
    )
    .repeat(400);
    let quoted = "Gr=C3=BC=C3=9Fe aus Wien, und bis bald, wenn es nicht regnet =E2=80=93 sonst sp=C3=A4ter=\r\n.\r\n".repeat(40);
    let part = |kind: &str, encoding: &str, body: &str| {
        format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}")
    };
    let text = part("text/plain; charset=utf-8", "8bit", &prose);
    let multi = |kind: &str, boundary: &str, parts: &[&str]| {
        let parts: String = parts
            .iter()
            .map(|part| format!("--{boundary}\r\n{part}\r\n"))
            .collect();
        format!(
            "Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n{parts}--{boundary}--\r\n"
        )
    };
    let picture = format!(
        "Content-ID: <1@x>\r\n{}",
        part("image/png; name=\"a.png\"", "base64", &base64)
    );
    let related = multi(
        "related",
        "rr",
        &[&part("text/html; charset=utf-8", "8bit", &html), &picture],
    );
    let file = format!(
        "Content-Disposition: attachment;\r\n filename*=utf-8''Bericht%20M%C3%A4rz.pdf\r\n{}",
        part("application/pdf", "base64", &base64)
    );
    let alternative = multi("alternative", "aa", &[&text, &related]);
    let inner = format!("Content-Type: message/rfc822\r\n\r\n{head}{text}");
    [
        text.clone(),
        alternative.clone(),
        multi("mixed", "mm", &[&text, &file]),
        multi("mixed", "nn", &[&alternative, &inner]),
        part(
            "text/plain; charset=iso-8859-1",
            "quoted-printable",
            &quoted,
        ),
    ]
    .map(|body| format!("{head}{body}").into_bytes())
    .to_vec()
}

fn messages_a_second(messages: &[Vec<u8>], read: impl Fn(&[u8])) -> f64 {
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < RUN {
        for message in messages {
            read(black_box(message));
            count += 1;
        }
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

fn main() {
    let directory = std::env::args().nth(1).expect("usage: parse DIRECTORY");
    let messages = messages();
    for (number, message) in messages.iter().enumerate() {
        let file = format!("{directory}/{number}.eml");
        std::fs::write(file, message).expect("the directory can be written");
    }
    let ours = messages_a_second(&messages, |message| drop(black_box(parse(message))));
    let bare = messages_a_second(&messages, |message| {
        drop(black_box(MessageParser::default().parse(message)));
    });
    println!(
        "{}",
        serde_json::json!({ "ours": ours, "mail-parser": bare })
    );
}
