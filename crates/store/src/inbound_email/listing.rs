//! Finding received messages: filters, orders, pages.

use postscale_access::Scope;
use postscale_model::{AliasId, DomainId, InboundEmail, InboundStatus, Timestamp};

use super::from_row;
use crate::{
    Direction, Page, Part, Position, Result, Tx,
    conditions::Conditions,
    part::{self, By, Order},
    visible,
};

const FROM: &str = "inbound_emails i";
const CLAUSES: visible::Clauses = visible::clauses!("i.domain_id", "i.organization_id");

/// Which received messages of those in scope. Texts are substrings in any case.
#[derive(Debug, Default, Clone)]
pub struct InboundFilter {
    /// In sender, recipient, subject or message id.
    pub query: Option<String>,
    /// In header From.
    pub from: Option<String>,
    /// In header To.
    pub to: Option<String>,
    /// In the subject.
    pub subject: Option<String>,
    /// In the envelope sender.
    pub envelope_sender: Option<String>,
    /// State.
    pub status: Option<InboundStatus>,
    /// Of this domain.
    pub domain_id: Option<DomainId>,
    /// Taken by this alias.
    pub alias_id: Option<AliasId>,
    /// With or without attachments.
    pub has_attachments: Option<bool>,
    /// Received then or later.
    pub from_date: Option<Timestamp>,
    /// Received then or earlier.
    pub to_date: Option<Timestamp>,
    /// By what the rows are sorted.
    pub sort: InboundSort,
    /// Which end comes first.
    pub direction: Direction,
}

/// By what received messages are sorted. Ties are by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InboundSort {
    /// When they came.
    #[default]
    ReceivedAt,
    /// When their processing ended; what is not processed counts as oldest.
    ProcessedAt,
    /// Header From.
    From,
    /// Header To.
    To,
    /// Subject.
    Subject,
    /// State.
    Status,
}

impl InboundSort {
    /// What the rows are sorted by.
    const fn by(self) -> By {
        match self {
            Self::ReceivedAt => By::Instant("i.received_at"),
            Self::ProcessedAt => By::Instant("COALESCE(i.processed_at, 0)"),
            Self::From => By::Text("LOWER(i.from_address)"),
            Self::To => By::Text("LOWER(i.to_address)"),
            Self::Subject => By::Text("LOWER(i.subject)"),
            Self::Status => By::Text("i.status"),
        }
    }
}

/// The received messages in scope, from the beginning or behind a row.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &InboundFilter,
    part: (Option<&Position>, Page),
    now: Timestamp,
) -> Result<Part<InboundEmail>> {
    let order = Order {
        by: filter.sort.by(),
        id: "i.id",
        direction: filter.direction,
    };
    let conditions = conditions(scope, filter, now);
    part::list(conditions, tx, ("i.*", FROM), order, part, from_row).await
}

fn conditions(scope: &Scope, filter: &InboundFilter, now: Timestamp) -> Conditions {
    const SEARCHED: [&str; 6] = [
        "i.from_address",
        "i.envelope_sender",
        "i.to_address",
        "i.envelope_recipient",
        "i.subject",
        "i.message_id",
    ];
    let mut conditions = Conditions::visible(scope, &CLAUSES, now);
    conditions.and_contains(&SEARCHED, filter.query.as_deref());
    conditions.and_contains(&["i.from_address"], filter.from.as_deref());
    conditions.and_contains(&["i.to_address"], filter.to.as_deref());
    conditions.and_contains(&["i.subject"], filter.subject.as_deref());
    conditions.and_contains(&["i.envelope_sender"], filter.envelope_sender.as_deref());
    conditions.and_given("i.status = ?", filter.status);
    conditions.and_given("i.domain_id = ?", filter.domain_id);
    conditions.and_given("i.alias_id = ?", filter.alias_id);
    conditions.and_given("i.has_attachments = ?", filter.has_attachments);
    conditions.and_given("i.received_at >= ?", filter.from_date);
    conditions.and_given("i.received_at <= ?", filter.to_date);
    conditions
}
