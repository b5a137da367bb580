//! Received messages.

use crate::word::words;
use crate::{
    Address, AliasAction, AliasId, AttachmentId, DomainId, InboundEmailId, OrganizationId, RuleId,
    Timestamp, WebhookId,
};

words! {
    /// Where a received message is.
    pub enum InboundStatus {
        /// Durable, nothing done yet.
        Received = "received",
        /// Being forwarded or announced.
        Processing = "processing",
        /// Done.
        Delivered = "delivered",
        /// Could not be forwarded or announced.
        Failed = "failed",
    }
}

words! {
    /// Verdict of SPF, DKIM, DMARC or ARC, by the words of their RFCs.
    pub enum AuthVerdict {
        /// No policy or signature.
        None = "none",
        /// The policy says nothing.
        Neutral = "neutral",
        /// Right.
        Pass = "pass",
        /// Wrong.
        Fail = "fail",
        /// Probably wrong.
        SoftFail = "softfail",
        /// Could not be found out now.
        TempError = "temperror",
        /// The policy is broken.
        PermError = "permerror",
    }
}

words! {
    /// What is done with a received message: by its alias, the catch-all or a rule.
    pub enum InboundAction {
        /// Sent on to other addresses.
        Forward = "forward",
        /// Announced to webhooks.
        Webhook = "webhook",
        /// Kept.
        Store = "store",
        /// Accepted and thrown away.
        Drop = "drop",
        /// Refused by a rule. Only what somebody else it was for accepted leaves a trace.
        Reject = "reject",
    }
}

impl From<AliasAction> for InboundAction {
    fn from(action: AliasAction) -> Self {
        match action {
            AliasAction::Forward => Self::Forward,
            AliasAction::Webhook => Self::Webhook,
            AliasAction::Store => Self::Store,
            AliasAction::Drop => Self::Drop,
        }
    }
}

/// The rule that decided about a message, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedRule {
    /// Which; it may be gone by now.
    pub id: RuleId,
    /// Where it sends on to.
    pub forward_to: Vec<Address>,
    /// The one webhook it announces to; none announces to every webhook that covers the domain.
    pub webhook_id: Option<WebhookId>,
}

/// A message received for one of our domains.
#[derive(Debug, Clone)]
pub struct InboundEmail {
    /// The resource id.
    pub id: InboundEmailId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The receiving domain.
    pub domain_id: DomainId,
    /// The alias that took it; none for catch-all.
    pub alias_id: Option<AliasId>,
    /// `Message-ID` with brackets, empty when it had none.
    pub message_id: String,
    /// MAIL FROM; empty for the null reverse path.
    pub envelope_sender: String,
    /// RCPT TO.
    pub envelope_recipient: String,
    /// Header From, first address.
    pub from_address: String,
    /// Header To, first address, or the envelope recipient.
    pub to_address: String,
    /// Subject, decoded.
    pub subject: String,
    /// State.
    pub status: InboundStatus,
    /// What is done: what a rule says, else its alias, else `store` for catch-all.
    pub action: InboundAction,
    /// The rule that decided; none when the alias or the catch-all did.
    pub rule: Option<AppliedRule>,
    /// Words rules marked it with.
    pub tags: Vec<String>,
    /// SPF verdict.
    pub spf: AuthVerdict,
    /// DKIM verdict: pass when any signature passes.
    pub dkim: AuthVerdict,
    /// DMARC verdict.
    pub dmarc: AuthVerdict,
    /// ARC verdict: told, and never a reason to think better of a message.
    pub arc: AuthVerdict,
    /// Whether it has attachments.
    pub has_attachments: bool,
    /// Whether the message is larger or deeper than what was read of it.
    pub limits_exceeded: bool,
    /// Octets as received.
    pub size_bytes: i64,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// When its processing ended.
    pub processed_at: Option<Timestamp>,
}

/// An attachment of a received message; its bytes are cut out of the stored message when asked for.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The resource id.
    pub id: AttachmentId,
    /// File name, cleaned.
    pub filename: String,
    /// Media type as declared.
    pub content_type: String,
    /// Octets, decoded.
    pub size_bytes: i64,
    /// Index of the MIME part.
    pub part: i64,
}

/// One header field, unfolded and decoded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MessageHeader {
    /// Field name as written.
    pub name: String,
    /// Field body.
    pub value: String,
}
