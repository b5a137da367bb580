//! What is sent, and what became of it.

use postscale_model::Address;

use super::Stage;
use crate::{Reply, ReversePath, Severity};

/// MAIL and the RCPTs of one message.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Where notifications go.
    pub return_path: ReversePath,
    /// At least one.
    pub recipients: Vec<Address>,
    /// The header has UTF-8 (RFC 6532). Internationalized addresses imply it.
    pub smtputf8: bool,
}

/// What became of one recipient in this attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The host took responsibility.
    Delivered,
    /// Try again later.
    Deferred,
    /// Do not try again.
    Failed,
}

/// One recipient's part of a [`SendReport`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientReport {
    /// As in the envelope.
    pub recipient: Address,
    /// What became of it.
    pub outcome: Outcome,
    /// The reply that decided.
    pub reply: Reply,
    /// The command it answered.
    pub stage: Stage,
}

/// One report per recipient, in the envelope's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendReport {
    /// One per recipient.
    pub recipients: Vec<RecipientReport>,
}

impl Outcome {
    pub(super) fn of(reply: &Reply, stage: Stage) -> Self {
        match reply.severity() {
            Severity::Positive => Self::Delivered,
            // RFC 5321 §4.5.3.1.10: some hosts say 552 for "too many recipients" and mean 452.
            Severity::Permanent if stage == Stage::Recipient && reply.code() == 552 => {
                match reply.enhanced() {
                    None => Self::Deferred,
                    Some(code) if code.to_string() == "5.5.3" => Self::Deferred,
                    Some(_) => Self::Failed,
                }
            }
            Severity::Permanent => Self::Failed,
            Severity::Transient | Severity::Intermediate => Self::Deferred,
        }
    }
}

/// The reply that decided about each recipient: the first that refused, or the last.
pub(super) fn of(
    envelope: &Envelope,
    mail: &Reply,
    recipients: Vec<Reply>,
    decided: Option<&(Reply, Stage)>,
) -> SendReport {
    let mut replies = recipients.into_iter();
    let recipients = envelope.recipients.iter().map(|recipient| {
        let own = replies.next().filter(|_| mail.is_positive());
        let (reply, stage) = match (own, decided) {
            (None, _) => (mail.clone(), Stage::Mail),
            (Some(own), Some((last, stage))) if own.is_positive() => (last.clone(), *stage),
            (Some(own), _) => (own, Stage::Recipient),
        };
        let outcome = Outcome::of(&reply, stage);
        RecipientReport {
            recipient: recipient.clone(),
            outcome,
            reply,
            stage,
        }
    });
    SendReport {
        recipients: recipients.collect(),
    }
}
