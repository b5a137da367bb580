//! Finding received messages: filters, orders, pages.

use postscale_access::Scope;
use postscale_model::{AliasId, DomainId, InboundEmail, InboundEmailId, InboundStatus, Timestamp};

use super::from_row;
use crate::{Listed, Page, Result, Row, Tx, Value, conditions::Conditions, visible};

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

/// Which end of a sorted listing comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// The lowest.
    Ascending,
    /// The highest.
    #[default]
    Descending,
}

impl InboundSort {
    /// What the rows are sorted by.
    const fn key(self) -> &'static str {
        match self {
            Self::ReceivedAt => "i.received_at",
            Self::ProcessedAt => "COALESCE(i.processed_at, 0)",
            Self::From => "LOWER(i.from_address)",
            Self::To => "LOWER(i.to_address)",
            Self::Subject => "LOWER(i.subject)",
            Self::Status => "i.status",
        }
    }

    const fn is_instant(self) -> bool {
        matches!(self, Self::ReceivedAt | Self::ProcessedAt)
    }
}

/// Where a listing goes on: behind a row, by what its rows are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    key: Key,
    id: InboundEmailId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Instant(i64),
    Text(String),
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.key {
            Key::Instant(at) => write!(f, "{} {at}", self.id),
            Key::Text(text) => write!(f, "{} {text}", self.id),
        }
    }
}

impl Position {
    /// A position of a listing in that order, as it was written.
    #[must_use]
    pub fn parse(text: &str, sort: InboundSort) -> Option<Self> {
        let (id, key) = text.split_once(' ')?;
        let key = if sort.is_instant() {
            Key::Instant(key.parse().ok()?)
        } else {
            Key::Text(key.to_owned())
        };
        let id = id.parse().ok()?;
        Some(Self { key, id })
    }

    fn of(row: &Row, sort: InboundSort) -> Result<Self> {
        let key = if sort.is_instant() {
            Key::Instant(row.int("sort_key")?)
        } else {
            Key::Text(row.text("sort_key")?)
        };
        let id = row.id("id")?;
        Ok(Self { key, id })
    }
}

/// A part of the received messages in scope.
#[derive(Debug)]
pub struct InboundPart {
    /// The messages, and how many fit the filter.
    pub listed: Listed<InboundEmail>,
    /// Behind which row the next part begins, if there is one.
    pub next: Option<Position>,
}

/// The received messages in scope, from the beginning or behind a row.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &InboundFilter,
    (after, page): (Option<&Position>, Page),
    now: Timestamp,
) -> Result<InboundPart> {
    let mut conditions = conditions(scope, filter, now);
    let total = conditions.count(tx, FROM).await?;
    let key = filter.sort.key();
    let (behind, turn) = match filter.direction {
        Direction::Ascending => (">", ""),
        Direction::Descending => ("<", " DESC"),
    };
    if let Some(Position { key: at, id }) = after {
        let at = match at {
            Key::Instant(at) => Value::from(*at),
            Key::Text(text) => Value::from(text.as_str()),
        };
        let condition = format!("({key}, i.id) {behind} (?, ?)");
        conditions.and_pair(&condition, (at, Value::from(id)));
    }
    let columns = format!("i.*, {key} AS sort_key");
    let order = format!("{key}{turn}, i.id{turn}");
    // One more than asked for, to know whether there is a next part.
    let more = Page {
        limit: page.limit.saturating_add(1),
        ..page
    };
    let mut rows = conditions.rows(tx, (&columns, FROM, &order), more).await?;
    let asked = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > asked;
    rows.truncate(asked);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| Position::of(row, filter.sort)).transpose()?;
    let rows = rows.iter().map(from_row).collect::<Result<_>>()?;
    Ok(InboundPart {
        listed: Listed { rows, total },
        next,
    })
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
