//! Taking recipients to deliver to, for the time of a lease.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::{
    Address, AliasId, ApiKeyId, DomainId, DomainName, EmailId, HostName, InboundEmailId, Mailbox,
    OrganizationId, ProviderPlace, RecipientId, Timestamp, UserId,
};

use super::messages;
use crate::{Result, Row, Tx, Value, batch, email, params, row::readable};

/// How many destinations [`claim_due`] can be told to leave alone.
pub const EXCLUDED_DESTINATIONS_MAX: usize = 32;

/// How much to claim.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// For how long: nobody else takes it meanwhile.
    pub lease: Duration,
    /// Recipients at most.
    pub limit: u32,
    /// Recipients at most of one destination, so that a long line for one does not hold up others.
    pub limit_per_destination: u32,
    /// Destinations that have enough to do; only the first [`EXCLUDED_DESTINATIONS_MAX`] count.
    pub excluded: &'a [HostName],
    /// What becomes of those that are still claimed although the lease is over.
    pub abandoned: Abandoned,
}

/// What to do with a claim whose lease is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abandoned {
    /// It is claimed anew: its worker died.
    TakenOver,
    /// It waits: its worker may only have been unable to renew it.
    Left,
}

impl Abandoned {
    const fn condition(self) -> &'static str {
        match self {
            Self::TakenOver => "",
            Self::Left => "AND status <> 'sending' ",
        }
    }
}

/// A recipient this worker delivers to now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The recipient.
    pub recipient_id: RecipientId,
    /// Where to.
    pub address: Address,
    /// Whose servers take it.
    pub destination: HostName,
    /// The return path; none for the usual signed one.
    pub return_path: Option<Address>,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// The message.
    pub email_id: EmailId,
    /// Its organization.
    pub organization_id: OrganizationId,
    /// Its domain.
    pub domain_id: DomainId,
    /// Its `Message-ID`, without brackets.
    pub message_id: String,
    /// Its author.
    pub header_from: Mailbox,
    /// Its tags.
    pub tags: Vec<String>,
    /// The user by whose right it is sent; none for forwarded mail.
    pub submitted_user_id: Option<UserId>,
    /// The key by whose right it is sent.
    pub submitted_key_id: Option<ApiKeyId>,
    /// Its size in octets.
    pub size_bytes: i64,
    /// Whether it needs SMTPUTF8.
    pub smtputf8: bool,
    /// Takes its delayed bounces at `ps-bounces.` below it, when that record was seen.
    pub bounce_domain: Option<DomainName>,
    /// The received message an alias forwards with it.
    pub inbound_email_id: Option<InboundEmailId>,
    /// The alias a target of it writes as with it.
    pub alias_id: Option<AliasId>,
    /// That target.
    pub reply_author: Option<Address>,
    /// Whether it has a place with a provider that gets no more than a share of its domain's mail.
    pub has_place: bool,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was to leave, if not at once.
    pub scheduled_at: Option<Timestamp>,
}

impl Claimed {
    /// Whether somebody sends it, and not an alias: only such mail counts for its domain.
    #[must_use]
    pub const fn was_submitted(&self) -> bool {
        self.inbound_email_id.is_none() && self.alias_id.is_none()
    }
}

fn claimed_from_row(row: &Row) -> Result<Claimed> {
    Ok(Claimed {
        recipient_id: row.id("recipient_id")?,
        address: row.id("address")?,
        destination: row.id("destination")?,
        return_path: row.opt_id("return_path")?,
        attempt: row.int("attempts")?,
        email_id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        message_id: row.text("message_id")?,
        header_from: row.id("header_from")?,
        tags: row.json("tags")?,
        submitted_user_id: row.opt_id("submitted_user_id")?,
        submitted_key_id: row.opt_id("submitted_key_id")?,
        size_bytes: row.int("size_bytes")?,
        smtputf8: row.bool("smtputf8")?,
        bounce_domain: row.opt_id("bounce_domain")?,
        inbound_email_id: row.opt_id("inbound_email_id")?,
        alias_id: row.opt_id("alias_id")?,
        reply_author: row.opt_id("reply_author")?,
        has_place: row.opt_word("provider_place")? == Some(ProviderPlace::Taken),
        created_at: row.timestamp("created_at")?,
        scheduled_at: row.opt_timestamp("scheduled_at")?,
    })
}

/// Claims due recipients, those due longest first. Commit before talking to anybody.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    claim: &Claim<'_>,
    now: Timestamp,
) -> Result<Vec<Claimed>> {
    // Looks a little further than it takes, so that one destination in front hides no other.
    let window = i64::from(claim.limit).saturating_mul(8);
    let sql = [
        "WITH due AS (SELECT id, destination, next_attempt_at FROM email_recipients \
         WHERE next_attempt_at <= $1 AND destination NOT IN (",
        &batch::placeholders(6, EXCLUDED_DESTINATIONS_MAX),
        ") ",
        claim.abandoned.condition(),
        "ORDER BY next_attempt_at LIMIT $5 ",
        tx.engine().claim_suffix(),
        "), ranked AS (SELECT id, next_attempt_at, \
           ROW_NUMBER() OVER (PARTITION BY destination ORDER BY next_attempt_at, id) AS place FROM due), \
         chosen AS (SELECT id FROM ranked WHERE place <= $4 ORDER BY next_attempt_at, id LIMIT $3) \
         UPDATE email_recipients SET status = 'sending', attempts = attempts + 1, next_attempt_at = $2 \
         WHERE id IN (SELECT id FROM chosen) RETURNING id, email_id",
    ]
    .concat();
    let mut parameters = Vec::from(params![
        now,
        now.plus(claim.lease),
        claim.limit,
        claim.limit_per_destination,
        window,
    ]);
    let excluded = claim.excluded.iter().map(HostName::to_string);
    let padding = std::iter::repeat_with(String::new);
    parameters.extend(
        excluded
            .chain(padding)
            .take(EXCLUDED_DESTINATIONS_MAX)
            .map(Value::from),
    );
    let rows = tx.query(&sql, &parameters).await?;
    let ids: Vec<RecipientId> = rows.iter().map(|row| row.id("id")).collect::<Result<_>>()?;
    email::update_status(tx, &messages(rows.iter().map(|row| row.id("email_id")))?).await?;
    describe(tx, &ids).await
}

async fn describe(tx: &mut Tx, ids: &[RecipientId]) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::with_capacity(ids.len());
    for run in batch::runs(ids) {
        let sql = [
            "SELECT r.id AS recipient_id, r.address, r.destination, r.return_path, r.attempts, r.provider_place, e.*, \
             d.name AS bounce_domain FROM email_recipients r JOIN emails e ON e.id = r.email_id \
             LEFT JOIN domains d ON d.id = e.domain_id AND d.return_path_verified WHERE r.id IN (",
            &batch::placeholders(1, run.len()),
            ")",
        ]
        .concat();
        let parameters: Vec<Value> = run.iter().map(Value::from).collect();
        let rows = tx.query(&sql, &parameters).await?;
        claimed.extend(readable(&rows, claimed_from_row));
    }
    Ok(claimed)
}
