//! Messages accepted for sending, their recipients and events.

use std::collections::BTreeMap;

use crate::word::words;
use crate::{
    Address, DomainId, EmailId, EventId, Mailbox, OrganizationId, ProviderPlace, RecipientId,
    Timestamp,
};

words! {
    /// Whether mail really leaves.
    pub enum Environment {
        /// It does.
        Live = "live",
        /// It is simulated: recorded, never delivered.
        Test = "test",
    }
}

words! {
    /// State of a message and of each of its recipients. The message shows the worst open one.
    pub enum EmailStatus {
        /// Accepted, waiting for its turn.
        Queued = "queued",
        /// On the wire now.
        Sending = "sending",
        /// Refused for now, will be tried again.
        Deferred = "deferred",
        /// Taken over by the recipient's server.
        Delivered = "delivered",
        /// Refused for good, or given up.
        Bounced = "bounced",
        /// The recipient complained.
        Complained = "complained",
        /// On the suppression list, skipped.
        Suppressed = "suppressed",
        /// Taken back before it left.
        Canceled = "canceled",
        /// The sender lost the right before it left.
        Held = "held",
        /// A test key sent it.
        Simulated = "simulated",
    }
}

words! {
    /// In which field of the header a recipient stands.
    pub enum RecipientKind {
        /// `To`.
        To = "to",
        /// `Cc`.
        Cc = "cc",
        /// In no field.
        Bcc = "bcc",
    }
}

words! {
    /// What can happen to a message after acceptance.
    pub enum EventType {
        /// Accepted.
        Queued = "queued",
        /// Handed to the recipient's server.
        Sent = "sent",
        /// Refused for now.
        Deferred = "deferred",
        /// Taken over by the recipient's server.
        Delivered = "delivered",
        /// Refused for good.
        Bounced = "bounced",
        /// Complained about.
        Complained = "complained",
        /// Opened.
        Opened = "opened",
        /// A link was followed.
        Clicked = "clicked",
        /// Unsubscribed.
        Unsubscribed = "unsubscribed",
        /// Skipped.
        Suppressed = "suppressed",
        /// Taken back.
        Canceled = "canceled",
    }
}

words! {
    /// Why a recipient bounced.
    pub enum BounceType {
        /// No such mailbox or domain: never send again.
        Hard = "hard",
        /// Given up after temporary refusals, or the mailbox is full.
        Soft = "soft",
        /// Refused for policy or content.
        Block = "block",
    }
}

/// Characters of a tag.
const TAG_CHARS_MAX: usize = 64;

/// Whether a text can be a tag: 1 to 64 characters, no controls.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= TAG_CHARS_MAX && !text.chars().any(char::is_control)
}

/// The other server's answer (RFC 5321 §4.2, RFC 3463).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RemoteReply {
    /// Three-digit code; 0 when the answer is our own observation (time-out, no route).
    pub code: u16,
    /// Enhanced status code such as `5.1.1`.
    pub enhanced: Option<String>,
    /// Text, one line, cleaned of controls.
    pub text: String,
}

/// A message accepted for sending.
#[derive(Debug, Clone)]
pub struct Email {
    /// The resource id.
    pub id: EmailId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The author domain it was sent from.
    pub domain_id: DomainId,
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// Header From.
    pub header_from: Mailbox,
    /// Header To.
    pub to: Vec<Mailbox>,
    /// Header Cc.
    pub cc: Vec<Mailbox>,
    /// Recipients in no field.
    pub bcc: Vec<Mailbox>,
    /// Subject.
    pub subject: String,
    /// Worst open status of its recipients.
    pub status: EmailStatus,
    /// Live or test.
    pub environment: Environment,
    /// Tags.
    pub tags: Vec<String>,
    /// Correlation data of the sender.
    pub metadata: BTreeMap<String, String>,
    /// Octets of the message as signed.
    pub size_bytes: i64,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Not before this instant.
    pub scheduled_at: Option<Timestamp>,
    /// First hand-over to a server.
    pub sent_at: Option<Timestamp>,
    /// When the last recipient was delivered.
    pub delivered_at: Option<Timestamp>,
}

/// One recipient of a message: one row of the queue.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Row id.
    pub id: RecipientId,
    /// The message.
    pub email_id: EmailId,
    /// Where to.
    pub address: Address,
    /// In which field.
    pub kind: RecipientKind,
    /// State.
    pub status: EmailStatus,
    /// Tries so far.
    pub attempts: i64,
    /// The last answer.
    pub last_reply: Option<RemoteReply>,
    /// When it is tried next; nothing while it is tried and when it is settled.
    pub next_attempt_at: Option<Timestamp>,
    /// Its place with its provider, where one is needed.
    pub provider_place: Option<ProviderPlace>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
}

/// Something that happened to one recipient of a message.
#[derive(Debug, Clone)]
pub struct EmailEvent {
    /// Sorts by time.
    pub id: EventId,
    /// The message.
    pub email_id: EmailId,
    /// Its domain.
    pub domain_id: DomainId,
    /// What.
    pub event_type: EventType,
    /// To whom.
    pub recipient: String,
    /// When.
    pub at: Timestamp,
    /// Which try, from 1; 0 before any.
    pub attempt: i64,
    /// Server spoken to.
    pub mx_host: Option<String>,
    /// Its answer.
    pub reply: Option<RemoteReply>,
    /// Kind of bounce.
    pub bounce_type: Option<BounceType>,
}
