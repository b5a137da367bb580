//! The Email object.

use std::collections::BTreeMap;

use postscale_model::{Email, Recipient, RemoteReply, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

/// The other server's answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplyBody {
    code: u16,
    enhanced: Option<String>,
    text: String,
}

impl From<&RemoteReply> for ReplyBody {
    fn from(reply: &RemoteReply) -> Self {
        Self {
            code: reply.code,
            enhanced: reply.enhanced.clone(),
            text: reply.text.clone(),
        }
    }
}

/// One recipient and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecipientBody {
    address: String,
    status: &'static str,
    attempts: i64,
    last_reply: Option<ReplyBody>,
    delivered_at: Option<String>,
}

impl From<&Recipient> for RecipientBody {
    fn from(recipient: &Recipient) -> Self {
        Self {
            address: recipient.address.to_string(),
            status: recipient.status.as_str(),
            attempts: recipient.attempts,
            last_reply: recipient.last_reply.as_ref().map(Into::into),
            delivered_at: recipient.delivered_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// A message that is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EmailBody {
    id: String,
    message_id: String,
    from: String,
    to: Vec<String>,
    cc: Vec<String>,
    bcc: Vec<String>,
    subject: String,
    status: &'static str,
    environment: &'static str,
    domain_id: String,
    tags: Vec<String>,
    metadata: BTreeMap<String, String>,
    created_at: String,
    scheduled_at: Option<String>,
    sent_at: Option<String>,
    delivered_at: Option<String>,
}

impl From<&Email> for EmailBody {
    fn from(email: &Email) -> Self {
        let texts =
            |all: &[postscale_model::Mailbox]| all.iter().map(ToString::to_string).collect();
        Self {
            id: email.id.to_string(),
            message_id: email.message_id.clone(),
            from: email.header_from.to_string(),
            to: texts(&email.to),
            cc: texts(&email.cc),
            bcc: texts(&email.bcc),
            subject: email.subject.clone(),
            status: email.status.as_str(),
            environment: email.environment.as_str(),
            domain_id: email.domain_id.to_string(),
            tags: email.tags.clone(),
            metadata: email.metadata.clone(),
            created_at: email.created_at.to_rfc3339(),
            scheduled_at: email.scheduled_at.map(|at| at.to_rfc3339()),
            sent_at: email.sent_at.map(|at| at.to_rfc3339()),
            delivered_at: email.delivered_at.map(|at| at.to_rfc3339()),
        }
    }
}
