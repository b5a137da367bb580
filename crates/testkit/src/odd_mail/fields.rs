//! Headers that are missing, doubled, endless or not what they say.

use super::{Odd, with_head};

pub(super) fn messages() -> Vec<Odd> {
    let only = |fields: &str| format!("{fields}\r\nx\r\n");
    let octets = |before: &str, odd: &[u8]| [before.as_bytes(), odd, b"\r\n\r\nx\r\n"].concat();
    vec![
        Odd::new("no From", only("Subject: nobody wrote this\r\n")),
        Odd::new("an empty From", only("From:\r\nSubject: x\r\n")),
        Odd::new("two From fields", only("From: a@far.example\r\nFrom: b@far.example\r\n")),
        Odd::new("two authors", only("From: a@far.example, b@far.example\r\n")),
        Odd::new("two subjects", only("From: a@far.example\r\nSubject: one\r\nSubject: two\r\n")),
        Odd::new("two content types", only("Content-Type: text/html\r\nContent-Type: text/plain\r\n")),
        Odd::new("an author without an address", only("From: Bob the Builder\r\n")),
        Odd::new("an author in a comment", only("From: (bob@far.example) <>\r\n")),
        Odd::new("an author with a script", only("From: \"<script>alert(1)</script>\" <bob@far.example>\r\nSubject: <img src=x onerror=alert(1)>\r\n")),
        Odd::new("an author named like another", only("From: \"ceo@odd.example\" <bob@far.example>\r\n")),
        Odd::new("a group of nobody", only("From: a@far.example\r\nTo: undisclosed-recipients:;\r\n")),
        Odd::new("a group of a thousand", only(&format!("From: a@far.example\r\nTo: all: {}a@x.example;\r\n", "a@x.example,\r\n ".repeat(1_000)))),
        Odd::new("comments in comments", only(&format!("From: {}a@far.example{}\r\n", "(".repeat(3_000), ")".repeat(3_000)))),
        Odd::new("a quoted string that does not end", only("From: \"bob <bob@far.example>\r\n")),
        Odd::new("an address of a thousand octets", only(&format!("From: <{}@far.example>\r\n", "a".repeat(1_000)))),
        Odd::new("a message id of a thousand octets", only(&format!("Message-ID: <{}@x>\r\n", "a".repeat(1_000)))),
        Odd::new("a message id with white space", only("Message-ID: < a b @ c >\r\n")),
        Odd::new("a field without a name", only("From: a@far.example\r\n: x\r\n")),
        Odd::new("a field without a colon", only("From: a@far.example\r\nNot a field\r\nSubject: x\r\n")),
        Odd::new("white space before the colon", only("From : a@far.example\r\nSubject\t: x\r\n")),
        Odd::new("a folded field of white space", only("From: a@far.example\r\nSubject: x\r\n \r\n\t\r\n y\r\n")),
        Odd::new("a header that begins folded", only(" folded\r\nFrom: a@far.example\r\n")),
        Odd::new("two thousand fields", only(&"X-A: b\r\n".repeat(2_000))),
        Odd::new("a field of two hundred thousand octets", only(&format!("X-A: {}\r\n", "word \r\n ".repeat(25_000)))),
        Odd::new("a header of a mebibyte", only(&format!("X-A: {}\r\n", "y".repeat(1_000)).repeat(1_000))),
        Odd::new("a hundred Received fields", only(&"Received: from a by b; x\r\n".repeat(99))),
        Odd::new("a forged verdict", only("Authentication-Results: mx.postscale.example; spf=pass; dkim=pass\r\nFrom: a@far.example\r\n")),
        Odd::new("a broken ARC chain", only("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x; s=y; b=AA==\r\nARC-Message-Signature: i=9; a=x\r\nARC-Authentication-Results: i=1; x\r\nFrom: a@far.example\r\n")),
        Odd::new("an ARC set with another hash", only("ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=far.example; s=y; b=AA==\r\nARC-Message-Signature: i=1; a=rsa-sha1; c=simple/simple; d=far.example; s=y; h=from; bh=AA==; b=AA==; l=3\r\nARC-Authentication-Results: i=1; far.example; none\r\nFrom: a@far.example\r\n")),
        Odd::new("a DKIM signature of nonsense", only("DKIM-Signature: v=9; a=b; =; ;;; l=-1\r\nFrom: a@far.example\r\n")),
        Odd::new("thirty DKIM signatures", only(&format!("{}From: a@far.example\r\n", "DKIM-Signature: v=1; a=rsa-sha256; d=far.example; s=s; h=from; bh=AA==; b=AA==\r\n".repeat(30)))),
        Odd::new("a content type of nonsense", only("Content-Type: ;;; = ; charset\r\n")),
        Odd::new("a content type of one word", only("Content-Type: text\r\n")),
        Odd::new("a thousand parameters", only(&format!("Content-Type: text/plain{}\r\n", ";\r\n a=b".repeat(1_000)))),
        Odd::new("an unknown transfer encoding", only("Content-Transfer-Encoding: x-secret\r\n")),
        Odd::new("eight bits in the header, UTF-8", octets("From: a@far.example\r\nSubject: ", "Grüße – 🎉".as_bytes())),
        Odd::new("eight bits in the header, Latin-1", octets("From: J\u{f6}rg <a@far.example>\r\nSubject: ", b"Gr\xfc\xdfe")),
        Odd::new("eight bits in the header, nonsense", octets("Subject: ", &[0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80])),
        Odd::new("controls in the header", octets("From: a@far.example\r\nSubject: ", b"a\x1b[31mb\x07\x08c\x7f")),
        Odd::new("a NUL in the header", octets("From: a@far.example\r\nSubject: ", b"a\0b")),
        Odd::new("text that turns around", with_head("Comments: x\r\n\r\n\u{202e}txet\u{202c} \u{2066}a\u{2069}\r\n")),
    ]
}
