//! What is sent, and what became of it.

use postscale_model::Address;

use super::{ClientError, Stage, pipeline::Answers};
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

/// What became of the recipients of one message.
#[derive(Debug)]
pub struct SendReport {
    /// One per recipient that had its answer, in the envelope's order: all of them, unless `ended`.
    pub recipients: Vec<RecipientReport>,
    /// What ended the connection before the others had theirs. They are to be tried again, as after
    /// an error of the whole message.
    pub ended: Option<ClientError>,
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
///
/// # Errors
/// What ended the connection, when that is all there is to say.
pub(super) fn of(
    envelope: &Envelope,
    answers: Answers,
    decided: Result<Option<(Reply, Stage)>, ClientError>,
) -> Result<SendReport, ClientError> {
    let (decided, ended) = match decided {
        Ok(decided) => (decided, None),
        Err(error) => (None, Some(error)),
    };
    let refused = answers.mail.filter(|mail| !mail.is_positive());
    let mut replies = answers.recipients.into_iter();
    let recipients = envelope.recipients.iter().filter_map(|recipient| {
        let own = replies.next();
        let (reply, stage) = match (&refused, own) {
            (Some(mail), _) => (mail.clone(), Stage::Mail),
            (None, Some(own)) if !own.is_positive() => (own, Stage::Recipient),
            (None, _) => decided.clone()?,
        };
        Some(RecipientReport {
            recipient: recipient.clone(),
            outcome: Outcome::of(&reply, stage),
            reply,
            stage,
        })
    });
    let recipients: Vec<_> = recipients.collect();
    match ended {
        Some(error) if recipients.is_empty() => Err(error),
        Some(error) if recipients.len() < envelope.recipients.len() => Ok(SendReport {
            recipients,
            ended: Some(error),
        }),
        _ => Ok(SendReport {
            recipients,
            ended: None,
        }),
    }
}
