//! Trace fields (RFC 5321 §4.4) and the loops they reveal.

use std::net::IpAddr;

use postscale_model::{Address, HostName, Timestamp};

use crate::field;

/// More `Received` fields than this mean a loop (RFC 5321 §6.3; security.md M13).
pub const RECEIVED_MAX: usize = 100;

/// How a message came in, for its `Received` field.
#[derive(Debug, Clone)]
pub struct Received<'a> {
    /// What the client called itself in EHLO or HELO; untrusted.
    pub helo: &'a str,
    /// Address of the client; none keeps it private, as for mail submitted by our own users.
    pub peer: Option<IpAddr>,
    /// This host.
    pub by: &'a HostName,
    /// `ESMTP`, `ESMTPS`, `ESMTPSA`, `HTTP` (RFC 3848).
    pub with: &'a str,
    /// Id of the message here.
    pub id: &'a str,
    /// The recipient, when there is exactly one.
    pub recipient: Option<&'a Address>,
    /// When.
    pub at: Timestamp,
}

/// Renders the `Received` field, folded, with its line end.
#[must_use]
pub fn received(received: &Received<'_>) -> String {
    let peer = received.peer.map_or_else(String::new, |peer| match peer {
        IpAddr::V4(v4) => format!(" ([{v4}])"),
        IpAddr::V6(v6) => format!(" ([IPv6:{v6}])"),
    });
    let recipient = received
        .recipient
        .filter(|address| address.to_string().is_ascii())
        .map_or_else(String::new, |address| format!("\r\n\tfor <{address}>"));
    format!(
        "Received: from {}{peer}\r\n\tby {} with {} id {}{recipient};\r\n\t{}\r\n",
        host_text(received.helo),
        received.by,
        host_text(received.with),
        host_text(received.id),
        received.at.to_rfc5322(),
    )
}

/// What a stranger claims, cut down to the signs of host names and address literals.
fn host_text(text: &str) -> String {
    let safe = |c: &char| c.is_ascii_alphanumeric() || ".-_:[]".contains(*c);
    let text: String = text.chars().filter(safe).take(255).collect();
    if text.is_empty() {
        "unknown".to_owned()
    } else {
        text
    }
}

/// Number of `Received` fields.
#[must_use]
pub fn received_count(message: &[u8]) -> usize {
    let sections = field::split(message);
    let received = sections.fields.iter().filter(|field| field.is("Received"));
    received.count()
}

/// The values of every field of that name.
#[must_use]
pub fn values(message: &[u8], name: &str) -> Vec<String> {
    let sections = field::split(message);
    let fields = sections.fields.iter().filter(|field| field.is(name));
    fields.map(|field| field.unfolded()).collect()
}

/// Whether the message has been through more hosts than any straight way has.
#[must_use]
pub fn is_looping(message: &[u8]) -> bool {
    received_count(message) > RECEIVED_MAX
}

/// Whether a program wrote it or a list sent it, as far as it says so itself, so that no program may answer (RFC 3834 §2).
#[must_use]
pub fn is_automatic(message: &[u8]) -> bool {
    field::split(message).fields.iter().any(|field| {
        let name = field.name_str().to_ascii_lowercase();
        let value = field.unfolded().to_ascii_lowercase();
        match name.as_str() {
            "auto-submitted" => !value.starts_with("no"),
            "precedence" => matches!(value.as_str(), "bulk" | "list" | "junk" | "auto_reply"),
            "x-autoreply" | "x-autorespond" => !value.starts_with("no"),
            // Receipts, and notifications of what became of a message.
            "content-type" => value.starts_with("multipart/report"),
            name => name.starts_with("list-"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_received_field_says_from_by_with_id_and_for_whom() {
        let by = "mx.example.com".parse().unwrap();
        let recipient = "ann@example.com".parse().unwrap();
        let mut trace = Received {
            helo: "evil\r\nBcc: x",
            peer: Some("2001:db8::1".parse().unwrap()),
            by: &by,
            with: "ESMTPS",
            id: "0192",
            recipient: Some(&recipient),
            at: Timestamp::from_seconds(1_772_366_400),
        };
        assert_eq!(
            received(&trace),
            "Received: from evilBcc:x ([IPv6:2001:db8::1])\r\n\
             \tby mx.example.com with ESMTPS id 0192\r\n\
             \tfor <ann@example.com>;\r\n\
             \tSun, 01 Mar 2026 12:00:00 +0000\r\n"
        );
        (trace.peer, trace.recipient, trace.helo) = (None, None, "\u{1}");
        assert!(received(&trace).starts_with("Received: from unknown\r\n\tby mx.example.com "));
    }

    #[test]
    fn a_hundred_hops_are_a_way_and_one_more_is_a_loop() {
        let message = |hops| "received: from x by y; z\r\n".repeat(hops) + "\r\nReceived: body";
        assert_eq!(received_count(message(3).as_bytes()), 3);
        assert!(!is_looping(message(100).as_bytes()));
        assert!(is_looping(message(101).as_bytes()));
    }

    #[test]
    fn automatic_mail_is_told_from_personal_mail() {
        for (field, automatic) in [
            ("Subject: hi", false),
            ("Auto-Submitted: no", false),
            ("Auto-Submitted: auto-replied", true),
            ("Precedence: auto_reply", true),
            ("X-Autoreply: yes", true),
            (
                "Content-Type: multipart/report; report-type=disposition-notification",
                true,
            ),
            ("Content-Type: multipart/mixed; boundary=b", false),
            ("List-Id: <x.example>", true),
            ("Precedence: BULK", true),
            ("Precedence: first-class", false),
        ] {
            let message = format!("{field}\r\n\r\n");
            assert_eq!(is_automatic(message.as_bytes()), automatic, "{field}");
        }
    }
}
