//! Finding received messages: filters, orders, pages.

use postscale_access::Scope;
use postscale_model::{AliasId, DomainId, InboundEmail, InboundStatus, Timestamp};

use super::from_row;
use crate::{Listed, Page, Result, Tx, conditions::Conditions, visible};

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

/// Which end of a sorted listing comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// The lowest.
    Ascending,
    /// The highest.
    #[default]
    Descending,
}

const fn order(sort: InboundSort, direction: Direction) -> &'static str {
    use Direction::{Ascending, Descending};
    match (sort, direction) {
        (InboundSort::ReceivedAt, Ascending) => "i.received_at, i.id",
        (InboundSort::ReceivedAt, Descending) => "i.received_at DESC, i.id DESC",
        (InboundSort::ProcessedAt, Ascending) => "COALESCE(i.processed_at, 0), i.id",
        (InboundSort::ProcessedAt, Descending) => "COALESCE(i.processed_at, 0) DESC, i.id DESC",
        (InboundSort::From, Ascending) => "LOWER(i.from_address), i.id",
        (InboundSort::From, Descending) => "LOWER(i.from_address) DESC, i.id DESC",
        (InboundSort::To, Ascending) => "LOWER(i.to_address), i.id",
        (InboundSort::To, Descending) => "LOWER(i.to_address) DESC, i.id DESC",
        (InboundSort::Subject, Ascending) => "LOWER(i.subject), i.id",
        (InboundSort::Subject, Descending) => "LOWER(i.subject) DESC, i.id DESC",
        (InboundSort::Status, Ascending) => "i.status, i.id",
        (InboundSort::Status, Descending) => "i.status DESC, i.id DESC",
    }
}

/// The received messages in scope.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &InboundFilter,
    page: Page,
    now: Timestamp,
) -> Result<Listed<InboundEmail>> {
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
    let select = (
        "i.*",
        "inbound_emails i",
        order(filter.sort, filter.direction),
    );
    conditions.list(tx, select, page, from_row).await
}
