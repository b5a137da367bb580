use proptest::prelude::*;

use super::*;
use crate::BodyType;

fn parsed(line: &str) -> Result<Command, u16> {
    let hostname = "mx.example.net".parse().expect("a host name");
    parse(line.as_bytes(), &hostname).map_err(|reply| reply.code())
}

fn address(text: &str) -> postscale_model::Address {
    text.parse().expect(text)
}

#[test]
fn commands_are_read_in_any_case() {
    for (line, want) in [
        ("ehlo a.example", Command::Ehlo("a.example".into())),
        ("EHLO [192.0.2.1]", Command::Ehlo("[192.0.2.1]".into())),
        ("HeLo a_b ", Command::Helo("a_b".into())),
        ("data", Command::Data),
        ("RSET ", Command::Reset),
        ("NOOP anything at all", Command::Noop),
        (
            "BDAT 12",
            Command::Bdat {
                size: 12,
                is_last: false,
            },
        ),
        (
            "bdat 0 last",
            Command::Bdat {
                size: 0,
                is_last: true,
            },
        ),
        (
            "AUTH PLAIN",
            Command::Auth {
                mechanism: Mechanism::Plain,
                initial: None,
            },
        ),
        (
            "auth login =",
            Command::Auth {
                mechanism: Mechanism::Login,
                initial: Some("=".into()),
            },
        ),
        ("GET / HTTP/1.1", Command::Http),
    ] {
        assert_eq!(parsed(line), Ok(want), "{line}");
    }
}

#[test]
fn paths_are_rewritten_from_their_parts() {
    for (line, want) in [
        ("RCPT TO:<Ann@Example.COM>", "Ann@example.com"),
        ("rcpt to: <\"ann\"@example.com> ", "ann@example.com"),
        (
            "RCPT TO:<\"a>b\\\" c\"@example.com>",
            "\"a>b\\\" c\"@example.com",
        ),
        ("RCPT TO:<Postmaster>", "Postmaster@mx.example.net"),
        ("RCPT TO:<a@bücher.example>", "a@xn--bcher-kva.example"),
    ] {
        let forward_path = ForwardPath(address(want));
        let is_ascii = line.is_ascii();
        assert_eq!(
            parsed(line),
            Ok(Command::Rcpt {
                forward_path,
                is_ascii
            }),
            "{line}"
        );
    }
}

#[test]
fn parameters_of_mail_are_read() {
    let line = "MAIL FROM:<> SIZE=1000 body=8bitmime SMTPUTF8 AUTH=<>";
    let parameters = MailParameters {
        size_bytes: Some(1000),
        body: BodyType::EightBitMime,
        smtputf8: true,
    };
    let want = Command::Mail {
        reverse_path: ReversePath::Null,
        is_ascii: true,
        parameters,
    };
    assert_eq!(parsed(line), Ok(want));
}

#[test]
fn what_is_not_grammatical_is_refused_by_its_code() {
    for (line, code) in [
        ("", 500),
        (" NOOP", 500),
        ("XYZZY", 500),
        ("MAILFROM:<a@b.example>", 500),
        ("NOOP\0", 501),
        ("NOOP\rNOOP", 501),
        ("NOOP\tx", 501),
        ("EHLO", 501),
        ("EHLO a b", 501),
        ("EHLO a;b", 501),
        ("DATA now", 501),
        ("MAIL", 501),
        ("MAIL FROM", 501),
        ("MAIL FROM:a@b.example", 501),
        ("MAIL FROM:<a@b.example", 501),
        ("MAIL FROM:<a@b.example>x", 501),
        ("MAIL FROM:<a@b.example> SIZE", 555),
        ("MAIL FROM:<a@b.example> SIZE=", 501),
        ("MAIL FROM:<a@b.example> SIZE=-1", 501),
        ("MAIL FROM:<a@b.example> SIZE=1 SIZE=1", 555),
        ("MAIL FROM:<a@b.example> BODY=BINARYMIME", 555),
        ("MAIL FROM:<a@b.example> SMTPUTF8=1", 555),
        ("MAIL FROM:<a@b.example> RET=HDRS", 555),
        ("MAIL FROM:<a b@b.example>", 501),
        ("MAIL FROM:<@x.example:a@b.example>", 553),
        ("MAIL FROM:<a@[192.0.2.1]>", 553),
        ("RCPT TO:<>", 501),
        ("RCPT TO:<a>", 501),
        ("RCPT TO:<<a@b.example>>", 501),
        ("RCPT TO:<a@b.example><c@d.example>", 501),
        ("RCPT TO:<a@b.example>,<c@d.example>", 501),
        ("RCPT TO:<@x.example,@y.example:a@b.example>", 553),
        ("RCPT TO:<a@[IPv6:::1]>", 553),
        ("RCPT TO:<a@b.example> NOTIFY=NEVER", 555),
        ("BDAT", 501),
        ("BDAT -1", 501),
        ("BDAT 1 FIRST", 501),
        ("BDAT 1 LAST x", 501),
        ("BDAT 99999999999999999999999", 501),
        ("AUTH", 501),
        ("AUTH CRAM-MD5", 504),
        ("AUTH PLAIN a b", 501),
    ] {
        assert_eq!(parsed(line), Err(code), "{line:?}");
    }
    let hostname = "mx.example.net".parse().expect("a host name");
    assert_eq!(
        parse(b"NOOP \xff", &hostname).map_err(|r| r.code()),
        Err(501)
    );
}

proptest! {
    /// Whatever a client sends, an address that is read can be written into a command.
    #[test]
    fn no_line_breaks_the_parser(
        verb in prop::sample::select(&["MAIL FROM:<", "RCPT TO:<", "BDAT ", "AUTH ", ""][..]),
        rest in "[a-z@.%!\"\\\\<> \r\n\0:=\\[\\]ä]{0,40}",
    ) {
        let line = format!("{verb}{rest}");
        let written = match parsed(&line) {
            Ok(Command::Mail { reverse_path, .. }) => reverse_path.to_string(),
            Ok(Command::Rcpt { forward_path, .. }) => forward_path.to_string(),
            _ => return Ok(()),
        };
        prop_assert!(!written.contains(char::is_control));
        let again = parsed(&format!("RCPT TO:{written}"));
        let is_same = matches!(&again, Ok(Command::Rcpt { forward_path, .. })
            if forward_path.to_string() == written);
        prop_assert!(is_same || written == "<>", "{} {:?}", written, again);
    }
}
