//! What a reply, or the lack of one, means for a recipient (RFC 5321 §4.2.1, RFC 3463).
//!
//! 4yz is tried again, 5yz is not; whatever is not understood is tried again, because losing mail is
//! worse. A message is given up when its life is over *and* it had enough tries.

use std::time::Duration;

use postscale_model::{BounceType, RemoteReply, Sources};
use postscale_smtp::{
    Reply,
    client::{self, ClientError, ErrorKind, Extension, RecipientReport, Stage},
};
use postscale_store::recipient::{Claimed, Outcome};

use crate::schedule::{ATTEMPTS_MIN, RetrySchedule};

/// Octets kept of what another server says.
const TEXT_OCTETS_MAX: usize = 512;

/// What one try said about a recipient, before patience is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Taken over.
    Delivered,
    /// Not now.
    Transient,
    /// Never.
    Permanent(BounceType),
}

/// A verdict with the answer it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    pub verdict: Verdict,
    pub reply: RemoteReply,
    pub mx_host: Option<String>,
}

impl Tried {
    /// Our own observation, without a reply of anybody.
    pub(crate) fn observed(verdict: Verdict, enhanced: &str, text: impl AsRef<str>) -> Self {
        Self {
            verdict,
            reply: RemoteReply {
                code: 0,
                enhanced: Some(enhanced.to_owned()),
                text: one_line(text.as_ref()),
            },
            mx_host: None,
        }
    }

    /// What a server said about one recipient.
    pub(crate) fn reported(report: &RecipientReport, mx_host: &str) -> Self {
        let verdict = match report.outcome {
            client::Outcome::Delivered => Verdict::Delivered,
            client::Outcome::Deferred => Verdict::Transient,
            client::Outcome::Failed => Verdict::Permanent(bounce_type(&report.reply, report.stage)),
        };
        Self {
            verdict,
            reply: remote(&report.reply),
            mx_host: Some(mx_host.to_owned()),
        }
    }

    /// What is recorded when the outcome is this: that no try was left stands beside the last answer.
    pub(crate) fn reply_for(&self, outcome: &Outcome, attempts: i64) -> RemoteReply {
        let is_given_up = matches!(outcome, Outcome::Failed { .. });
        if self.verdict != Verdict::Transient || !is_given_up {
            return self.reply.clone();
        }
        let RemoteReply {
            code,
            enhanced,
            text,
        } = &self.reply;
        let code = (*code != 0).then(|| code.to_string());
        let parts = [code.as_deref(), enhanced.as_deref(), Some(text.as_str())];
        let last = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let text = format!("the time to deliver it is over, after {attempts} tries; last: {last}");
        RemoteReply {
            code: 0,
            enhanced: Some("4.4.7".to_owned()),
            text: one_line(&text),
        }
    }

    /// What stopped a message as a whole.
    pub(crate) fn failed(error: &ClientError, mx_host: &str) -> Self {
        let verdict = if error.is_transient() || is_about_the_host(error.stage) {
            Verdict::Transient
        } else {
            Verdict::Permanent(BounceType::Block)
        };
        let reply = error.reply().map_or_else(
            || RemoteReply {
                code: 0,
                enhanced: Some(local_code(error).to_owned()),
                text: one_line(&error.to_string()),
            },
            remote,
        );
        Self {
            verdict,
            reply,
            mx_host: Some(mx_host.to_owned()),
        }
    }
}

/// A refusal before MAIL is about us and this host at this hour, not about the message.
const fn is_about_the_host(stage: Stage) -> bool {
    matches!(
        stage,
        Stage::Connect | Stage::Greeting | Stage::Hello | Stage::Tls | Stage::Auth | Stage::Reset
    )
}

fn local_code(error: &ClientError) -> &'static str {
    match &error.kind {
        ErrorKind::Unsupported(Extension::Size) => "5.3.4",
        ErrorKind::Unsupported(Extension::SmtpUtf8) => "5.6.7",
        ErrorKind::Unsupported(Extension::EightBitMime) | ErrorKind::Message(_) => "5.6.3",
        ErrorKind::Tls(_) | ErrorKind::NoLogin => "4.7.5",
        _ if error.stage == Stage::Connect => "4.4.1",
        _ => "4.4.2",
    }
}

pub(crate) fn remote(reply: &Reply) -> RemoteReply {
    RemoteReply {
        code: reply.code(),
        enhanced: reply.enhanced().map(|code| code.to_string()),
        text: one_line(reply.text()),
    }
}

/// One line without controls, of bounded length.
pub(crate) fn one_line(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.chars().map(visible).collect();
    let mut end = line.len().min(TEXT_OCTETS_MAX);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line
}

/// Why a permanent refusal happened.
fn bounce_type(reply: &Reply, stage: Stage) -> BounceType {
    let status = reply.enhanced().map(|code| code.to_string());
    match status.as_deref() {
        // Some hosts notice only when they have the message that the mailbox is full.
        Some("5.2.2") => BounceType::Soft,
        // The sender or the message was refused, whoever the recipient is.
        _ if stage != Stage::Recipient => BounceType::Block,
        Some(status) => bounce_type_of_status(status),
        None => bounce_type_of_code(reply.code(), reply.text()),
    }
}

/// By enhanced status code (RFC 3463), as replies and notifications carry it.
pub(crate) fn bounce_type_of_status(status: &str) -> BounceType {
    let mut parts = status.split('.');
    let class = parts.next().unwrap_or_default();
    match (class, parts.next(), parts.next()) {
        ("4" | "", ..) => BounceType::Soft,
        // Not about the recipient's address but the sender's.
        (_, Some("1"), Some("7" | "8")) => BounceType::Block,
        (_, Some("1"), _)
        | (_, Some("2"), Some("0" | "1" | "4"))
        | (_, Some("4"), Some("1" | "4")) => BounceType::Hard,
        (_, Some("2"), Some("2")) | (_, Some("3" | "4"), _) => BounceType::Soft,
        (_, Some("0"), _) | (_, Some("5"), Some("0")) => BounceType::Hard,
        _ => BounceType::Block,
    }
}

/// By basic code, for servers that say no more.
fn bounce_type_of_code(code: u16, text: &str) -> BounceType {
    const POLICY: [&str; 6] = [
        "spam",
        "block",
        "policy",
        "denied",
        "blacklist",
        "reputation",
    ];
    let text = text.to_ascii_lowercase();
    match code {
        552 => BounceType::Soft,
        550 | 551 | 553 if !POLICY.iter().any(|word| text.contains(word)) => BounceType::Hard,
        _ => BounceType::Block,
    }
}

/// How long a message is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience<'a> {
    pub schedule: &'a RetrySchedule,
    pub lifetime: Duration,
}

impl Patience<'_> {
    /// What a verdict means for a recipient now.
    pub(crate) fn decide(self, verdict: &Verdict, claimed: &Claimed, sources: &Sources) -> Outcome {
        match verdict {
            Verdict::Delivered => Outcome::Delivered,
            Verdict::Permanent(bounce_type) => Outcome::Failed {
                bounce_type: *bounce_type,
            },
            Verdict::Transient => {
                let start = claimed.scheduled_at.unwrap_or(claimed.created_at);
                let is_old = sources.now().since(start) >= self.lifetime;
                if is_old && claimed.attempt >= ATTEMPTS_MIN {
                    return Outcome::Failed {
                        bounce_type: BounceType::Soft,
                    };
                }
                Outcome::Deferred {
                    next_attempt_at: self.schedule.next(claimed.attempt, sources),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_why_it_bounced() {
        use BounceType::{Block, Hard, Soft};
        for (status, want) in [
            ("5.1.1", Hard),
            ("5.1.10", Hard),
            ("5.1.2", Hard),
            ("5.1.8", Block),
            ("5.2.1", Hard),
            ("5.2.2", Soft),
            ("5.2.3", Block),
            ("5.3.0", Soft),
            ("5.4.1", Hard),
            ("5.4.4", Hard),
            ("5.4.7", Soft),
            ("5.0.0", Hard),
            ("5.5.0", Hard),
            ("5.6.0", Block),
            ("5.7.1", Block),
            ("5.7.26", Block),
            ("4.4.7", Soft),
            ("", Soft),
        ] {
            assert_eq!(bounce_type_of_status(status), want, "{status}");
        }
    }

    #[test]
    fn only_a_full_mailbox_is_soft_after_the_message() {
        use BounceType::{Block, Hard, Soft};
        use postscale_smtp::Subject::{Addressing, Mailbox, System};
        for (subject, detail, stage, want) in [
            (Mailbox, 2, Stage::FinalDot, Soft),
            (Mailbox, 2, Stage::Data, Soft),
            (Mailbox, 2, Stage::Recipient, Soft),
            (System, 4, Stage::FinalDot, Block),
            (Addressing, 1, Stage::FinalDot, Block),
            (Addressing, 1, Stage::Recipient, Hard),
        ] {
            let reply = Reply::permanent(52, subject, detail, "no");
            assert_eq!(bounce_type(&reply, stage), want, "{reply} {stage}");
        }
    }

    #[test]
    fn mail_that_expired_says_so_beside_the_last_answer() {
        let given_up = Outcome::Failed {
            bounce_type: BounceType::Soft,
        };
        let silent = Tried::observed(Verdict::Transient, "4.4.1", "connecting: no answer");
        let mut answered = silent.clone();
        answered.reply.code = 450;
        answered.reply.enhanced = None;
        answered.reply.text = "later".to_owned();
        for (tried, last) in [
            (&silent, "4.4.1 connecting: no answer"),
            (&answered, "450 later"),
        ] {
            let reply = tried.reply_for(&given_up, 8);
            assert_eq!((reply.code, reply.enhanced.as_deref()), (0, Some("4.4.7")));
            let want = format!("the time to deliver it is over, after 8 tries; last: {last}");
            assert_eq!(reply.text, want);
            let next_attempt_at = postscale_model::Timestamp::from_micros(0);
            let deferred = Outcome::Deferred { next_attempt_at };
            assert_eq!(tried.reply_for(&deferred, 8), tried.reply);
        }
        let refused = Tried::observed(Verdict::Permanent(BounceType::Hard), "5.1.2", "no domain");
        assert_eq!(refused.reply_for(&given_up, 1), refused.reply);
    }

    #[test]
    fn a_bare_code_says_why_it_bounced() {
        use BounceType::{Block, Hard, Soft};
        for (code, text, want) in [
            (550, "No such user", Hard),
            (550, "Rejected as SPAM", Block),
            (551, "moved", Hard),
            (552, "mailbox full", Soft),
            (553, "bad address", Hard),
            (554, "no", Block),
        ] {
            assert_eq!(bounce_type_of_code(code, text), want, "{code} {text}");
        }
    }

    #[test]
    fn foreign_text_is_one_bounded_line() {
        assert_eq!(one_line("a\r\nb\tc\u{0}"), "a  b c ");
        assert_eq!(one_line(&"ä".repeat(600)).len(), 512);
    }
}
