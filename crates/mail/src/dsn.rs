//! Reading and writing delivery status notifications (RFC 3464).

use std::borrow::Cow;

use postscale_model::{Address, HostName, Timestamp};

use crate::{field, mailbox_list, parse};

/// Recipients read from one notification.
const RECIPIENTS_MAX: usize = 100;
/// Octets kept of a text a stranger wrote.
const TEXT_OCTETS_MAX: usize = 1024;

/// What became of the message for a recipient (RFC 3464 §2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DsnAction {
    /// Given up.
    Failed,
    /// Not yet delivered; being tried.
    Delayed,
    /// Delivered.
    Delivered,
    /// Handed to a system that gives no notifications.
    Relayed,
    /// Delivered and passed on to several.
    Expanded,
}

/// One recipient of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsnRecipient {
    /// The address, without its type.
    pub final_recipient: String,
    /// What became of the message.
    pub action: DsnAction,
    /// Enhanced status code such as `5.1.1` (RFC 3463); empty when it is malformed.
    pub status: String,
    /// The other server's words, without their type.
    pub diagnostic_code: Option<String>,
}

/// Reads a notification; nothing when the message is none or is about nobody.
#[must_use]
pub fn read(message: &[u8]) -> Option<Vec<DsnRecipient>> {
    let report = status_part(message)?;
    let text = String::from_utf8_lossy(&report).replace("\r\n", "\n");
    // The first group is about the message, the others about one recipient each (§2.1).
    let recipients: Vec<_> = text
        .split("\n\n")
        .filter_map(recipient)
        .take(RECIPIENTS_MAX)
        .collect();
    (!recipients.is_empty()).then_some(recipients)
}

/// A message that could not be passed on, as its sender is told.
#[derive(Debug)]
pub struct Undelivered<'a> {
    /// Who tells it.
    pub reporting: &'a HostName,
    /// Who sent the message.
    pub sender: &'a Address,
    /// Whom it was for, as the sender wrote: what is behind that is nobody's business.
    pub recipient: &'a Address,
    /// Its `Message-ID` with its brackets, or nothing.
    pub message_id: &'a str,
    /// Makes the notification's own id unique.
    pub unique: &'a str,
    /// When the message came.
    pub arrived_at: Timestamp,
    /// When it was given up.
    pub at: Timestamp,
}

/// Writes the notification. It repeats nothing of the message but its id.
#[must_use]
pub fn write(it: &Undelivered<'_>) -> Vec<u8> {
    let Undelivered {
        reporting,
        sender,
        recipient,
        ..
    } = it;
    let (boundary, at) = (format!("=_{}", it.unique), it.at.to_rfc5322());
    let printable = |c: &char| c.is_ascii_graphic();
    let id: String = it.message_id.chars().filter(printable).take(250).collect();
    let reference = if id.starts_with('<') && id.ends_with('>') {
        format!("In-Reply-To: {id}\r\nReferences: {id}\r\n")
    } else {
        String::new()
    };
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@{reporting}>\r\nTo: <{sender}>\r\n\
         Subject: Your message could not be delivered\r\nDate: {at}\r\n\
         Message-ID: <{unique}@{reporting}>\r\n{reference}Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"{boundary}\"\r\n\r\n\
         --{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         Your message to {recipient} could not be delivered.\r\nIt will not be tried again.\r\n\
         --{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; {reporting}\r\nArrival-Date: {arrived}\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n--{boundary}--\r\n",
        unique = it.unique,
        arrived = it.arrived_at.to_rfc5322(),
    )
    .into_bytes()
}

fn status_part(message: &[u8]) -> Option<Vec<u8>> {
    let is_report = field::split(message).fields.iter().any(|field| {
        let value = field.unfolded().to_ascii_lowercase();
        field.is("Content-Type") && value.starts_with("multipart/report")
    });
    if !is_report {
        return None;
    }
    let parsed = parse::parse(message);
    let part = parsed.attachments.iter().find(|part| {
        matches!(
            part.content_type.as_str(),
            "message/delivery-status" | "message/global-delivery-status"
        )
    })?;
    parse::attachment(message, part.part)
}

fn recipient(group: &str) -> Option<DsnRecipient> {
    let fields = field::split(group.trim_start_matches('\n').as_bytes()).fields;
    let value = |name: &str| {
        let field = fields.iter().find(|field| field.is(name))?;
        Some(bounded(&mailbox_list::decode_words(&field.unfolded())))
    };
    let action = match value("Action")?.to_ascii_lowercase().as_str() {
        "failed" => DsnAction::Failed,
        "delayed" => DsnAction::Delayed,
        "delivered" => DsnAction::Delivered,
        "relayed" => DsnAction::Relayed,
        "expanded" => DsnAction::Expanded,
        _ => return None,
    };
    let address = value("Final-Recipient").or_else(|| value("Original-Recipient"))?;
    Some(DsnRecipient {
        final_recipient: without_type(&address).trim_matches(['<', '>']).to_owned(),
        action,
        status: value("Status").map_or_else(String::new, |text| status_code(&text)),
        diagnostic_code: value("Diagnostic-Code").map(|text| without_type(&text).to_owned()),
    })
}

/// `rfc822; a@b` → `a@b`, `smtp; 550 no` → `550 no`.
fn without_type(text: &str) -> &str {
    text.split_once(';').map_or(text, |(_, rest)| rest).trim()
}

/// The code at the start of the field; a comment may follow it.
fn status_code(text: &str) -> String {
    let code = text.split([' ', '(']).next().unwrap_or_default();
    let parts: Vec<_> = code.split('.').collect();
    let number = |part: &&str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_code =
        parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts[1..].iter().all(number);
    if is_code {
        code.to_owned()
    } else {
        String::new()
    }
}

fn bounded(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let text: Cow<'_, str> = text.chars().map(visible).collect();
    let mut end = text.len().min(TEXT_OCTETS_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notification(report: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"r\"\r\n\r\n\
             --r\r\n\r\nSorry.\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n{report}\r\n\
             --r\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nbody\r\n--r--\r\n"
        )
    }

    #[test]
    fn every_recipient_of_a_notification_is_read() {
        let message = notification(
            "Reporting-MTA: dns; mx.example\r\nArrival-Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n\r\n\
             Final-Recipient: rfc822; ann@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 <ann@example.net>:\r\n no such user\r\n\r\n\
             Final-Recipient: RFC822;<bob@example.net>\r\nACTION: Delayed\r\n\
             Status: 4.4.1 (no answer)\r\n",
        );
        let recipients = read(message.as_bytes()).unwrap();
        assert_eq!(
            recipients,
            [
                DsnRecipient {
                    final_recipient: "ann@example.net".into(),
                    action: DsnAction::Failed,
                    status: "5.1.1".into(),
                    diagnostic_code: Some("550 5.1.1 <ann@example.net>: no such user".into()),
                },
                DsnRecipient {
                    final_recipient: "bob@example.net".into(),
                    action: DsnAction::Delayed,
                    status: "4.4.1".into(),
                    diagnostic_code: None,
                },
            ]
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let now = Timestamp::from_seconds(1_772_366_400);
        let (sender, recipient) = (
            "bob@far.example".parse().unwrap(),
            "shop@x.example".parse().unwrap(),
        );
        let it = Undelivered {
            reporting: &"mx.x.example".parse().unwrap(),
            sender: &sender,
            recipient: &recipient,
            message_id: "<1@far\r\nBcc: x.example>",
            unique: "u1",
            arrived_at: now,
            at: now,
        };
        let written = write(&it);
        let told = read(&written).unwrap();
        assert_eq!(told[0].final_recipient, "shop@x.example");
        assert_eq!(
            (told[0].action, &*told[0].status),
            (DsnAction::Failed, "5.0.0")
        );
        let text = String::from_utf8(written).unwrap();
        assert!(
            text.contains("\r\nIn-Reply-To: <1@farBcc:x.example>\r\n"),
            "{text}"
        );
        assert!(!text.contains("\r\nBcc:"));
    }

    #[test]
    fn what_is_no_notification_is_not_read_as_one() {
        let complete = "X: y\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\n";
        let plain = notification(complete).replace("multipart/report", "multipart/mixed");
        for message in [
            "",
            "Subject: Undeliverable\r\n\r\nAction: failed",
            &plain,
            &notification("Reporting-MTA: dns; mx.example"),
            &notification("X: y\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: odd"),
        ] {
            assert_eq!(read(message.as_bytes()), None, "{message}");
        }
        assert!(read(notification(complete).as_bytes()).is_some());
    }

    #[test]
    fn a_malformed_status_is_left_empty() {
        for (text, want) in [
            ("5.1.1", "5.1.1"),
            ("5.7.708 x", "5.7.708"),
            ("3.0.0", ""),
            ("5.1", ""),
            ("", ""),
        ] {
            assert_eq!(status_code(text), want, "{text}");
        }
    }
}
