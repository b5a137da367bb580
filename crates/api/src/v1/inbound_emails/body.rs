//! A received message as a row of a listing.

use postscale_model::{InboundEmail, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

/// A received message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RowBody {
    id: String,
    /// With its angle brackets.
    message_id: String,
    from_address: String,
    to_address: String,
    subject: String,
    /// `received`, `processing`, `delivered` or `failed`.
    status: &'static str,
    alias_id: Option<String>,
    /// What is done with it: `forward`, `webhook`, `store`, `drop` or `reject`.
    action: &'static str,
    /// The rule that decided; null when the alias or the catch-all did.
    rule_id: Option<String>,
    /// Words rules marked it with.
    tags: Vec<String>,
    has_attachments: bool,
    received_at: String,
    processed_at: Option<String>,
}

impl From<&InboundEmail> for RowBody {
    fn from(email: &InboundEmail) -> Self {
        Self {
            id: email.id.to_string(),
            message_id: email.message_id.clone(),
            from_address: email.from_address.clone(),
            to_address: email.to_address.clone(),
            subject: email.subject.clone(),
            status: email.status.as_str(),
            alias_id: email.alias_id.map(|id| id.to_string()),
            action: email.action.as_str(),
            rule_id: email.rule.as_ref().map(|rule| rule.id.to_string()),
            tags: email.tags.clone(),
            has_attachments: email.has_attachments,
            received_at: email.received_at.to_rfc3339(),
            processed_at: email.processed_at.map(|at| at.to_rfc3339()),
        }
    }
}
