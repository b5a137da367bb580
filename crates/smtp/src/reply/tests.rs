use proptest::prelude::*;

use super::*;

fn rendered(reply: &Reply) -> String {
    let mut out = Vec::new();
    reply.render(&mut out);
    String::from_utf8(out).expect("replies are ASCII")
}

#[test]
fn basic_and_enhanced_codes_agree() {
    for (reply, want) in [
        (
            Reply::ok(50, Subject::Undefined, 0, "OK"),
            "250 2.0.0 OK\r\n",
        ),
        (
            Reply::transient(54, Subject::Security, 0, "Later"),
            "454 4.7.0 Later\r\n",
        ),
        (
            Reply::permanent(50, Subject::Addressing, 1, "No"),
            "550 5.1.1 No\r\n",
        ),
        (Reply::bare(354, "Go on"), "354 Go on\r\n"),
        (Reply::bare(220, ""), "220 \r\n"),
    ] {
        assert_eq!(rendered(&reply), want);
    }
}

#[test]
fn text_cannot_add_a_reply() {
    let reply = Reply::permanent(50, Subject::Security, 1, "a\r\n250 2.0.0 b\rc\0dé");
    assert_eq!(
        rendered(&reply),
        "550-5.7.1 a\r\n550 5.7.1 250 2.0.0 b c d??\r\n"
    );
}

#[test]
fn long_text_is_wrapped() {
    let reply = Reply::transient(51, Subject::System, 0, "x".repeat(1000));
    let text = rendered(&reply);
    assert_eq!(text.lines().count(), 3);
    assert!(text.lines().all(|line| line.len() <= 510));
}

#[test]
fn replies_are_read_back_as_written() {
    for reply in [
        Reply::ok(50, Subject::Undefined, 0, "OK"),
        Reply::permanent(50, Subject::Security, 1, "one\ntwo\n\nthree"),
        Reply::bare(354, "Go on"),
    ] {
        let text = rendered(&reply);
        assert_eq!(Reply::parse(text.as_bytes()), Ok(Some((reply, text.len()))));
        for end in 0..text.len() {
            assert_eq!(Reply::parse(&text.as_bytes()[..end]), Ok(None), "{end}");
        }
    }
}

#[test]
fn sloppy_replies_are_read() {
    for (wire, code, enhanced, text) in [
        ("250\r\n", 250, None, ""),
        ("250 \n", 250, None, ""),
        ("550 4.1.1 odd\r\n", 550, None, "4.1.1 odd"),
        ("550 5.1.1\r\n", 550, Some("5.1.1"), ""),
        (
            "550-5.7.26 a\r\n550 5.7.26 b\r\n",
            550,
            Some("5.7.26"),
            "a\nb",
        ),
        ("550-5.7.26 a\r\n550 b\r\n", 550, Some("5.7.26"), "a\nb"),
        (
            "250-127.0.0.1 hello\r\n250 5.1.1x\r\n",
            250,
            None,
            "127.0.0.1 hello\n5.1.1x",
        ),
    ] {
        let (reply, taken) = Reply::parse(wire.as_bytes()).expect(wire).expect(wire);
        assert_eq!(
            (reply.code(), reply.text(), taken),
            (code, text, wire.len()),
            "{wire}"
        );
        assert_eq!(
            reply.enhanced().map(|e| e.to_string()).as_deref(),
            enhanced,
            "{wire}"
        );
    }
}

#[test]
fn what_is_no_reply_is_refused() {
    let long = format!("250-{}\r\n", "x".repeat(500)).repeat(80);
    for (wire, why) in [
        ("SSH-2.0-x", ReplyError::NoCode),
        ("12\r\n", ReplyError::NoCode),
        ("150 a\r\n", ReplyError::NoCode),
        ("650 a\r\n", ReplyError::NoCode),
        ("2500\r\n", ReplyError::NoCode),
        ("250-a\r\n251 b\r\n", ReplyError::CodesDiffer),
        (&long, ReplyError::TooLong),
    ] {
        assert_eq!(Reply::parse(wire.as_bytes()), Err(why), "{wire:.20}");
    }
}

proptest! {
    /// Whatever a host says, its reply is one reply and its end is found.
    #[test]
    fn no_octets_break_the_reader(wire in "[2-5]{0,3}[ 0-9.\r\n-]{0,60}ä?") {
        if let Ok(Some((reply, taken))) = Reply::parse(wire.as_bytes()) {
            prop_assert!(taken <= wire.len() && (200..600).contains(&reply.code()));
            let text = rendered(&reply);
            let again = Reply::parse(text.as_bytes()).map(|read| read.map(|(_, taken)| taken));
            prop_assert_eq!(again, Ok(Some(text.len())));
        }
    }
}
