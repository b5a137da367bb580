//! Tables `emails` and `email_bodies`: messages accepted for sending.
//!
//! A message, its recipients (the queue) and its first events are written in one transaction: when
//! it commits the message is ours.

use postscale_access::{Granted, Scope, Sendable, SystemScope, Writable, cap};
use postscale_model::{
    Address, AliasId, ApiKeyId, Domain, DomainId, Email, EmailEvent, EmailId, EmailStatus,
    Environment, EventType, InboundEmailId, Recipient, Sources, Timestamp, UserId,
};

use crate::{
    Body, Page, Part, Position, Result, Row, Tx, batch,
    conditions::Conditions,
    email_event, like, params,
    part::{self, Order},
    recipient::{self, NewRecipient},
    row::readable,
    stats::{self, Tally},
    visible,
};

const CLAUSES: visible::Clauses = visible::clauses!("e.domain_id", "e.organization_id");
const NEWEST: Order = Order::newest_first("e.created_at", "e.id");
/// Whom it goes to: the fields have names as well, and not those of Bcc and the envelope.
const TO: &str = "(LOWER(e.header_to) LIKE LOWER(?) ESCAPE '\\' \
    OR LOWER(e.header_cc) LIKE LOWER(?) ESCAPE '\\' \
    OR EXISTS (SELECT 1 FROM email_recipients r WHERE r.email_id = e.id \
    AND LOWER(r.address) LIKE LOWER(?) ESCAPE '\\'))";

/// Whose right a message is sent by; decided again when it was scheduled and is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitter {
    /// A user, by themselves or through a key.
    User {
        /// The user, or the creator of the key.
        user: UserId,
        /// The key.
        key: Option<ApiKeyId>,
    },
    /// An alias that forwards this received message. The copy is in no listing.
    Alias(InboundEmailId),
    /// A target of an alias, by way of a reverse address.
    Reply {
        /// The alias.
        alias: AliasId,
        /// The target, who is told when it comes back and whom nobody is shown.
        author: Address,
    },
}

/// A message to be accepted.
#[derive(Debug)]
pub struct NewEmail {
    /// The message. Its status and the instants of its delivery are not read.
    pub email: Email,
    /// The message as composed; it is signed on its way out.
    pub body: Body,
    /// Whether it needs SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// By whose right.
    pub submitter: Submitter,
    /// Where to.
    pub recipients: Vec<NewRecipient>,
}

pub(crate) fn from_row(row: &Row) -> Result<Email> {
    Ok(Email {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        message_id: row.text("message_id")?,
        header_from: row.id("header_from")?,
        to: row.json("header_to")?,
        cc: row.json("header_cc")?,
        bcc: row.json("header_bcc")?,
        subject: row.text("subject")?,
        status: row.word("status")?,
        environment: row.word("environment")?,
        tags: row.json("tags")?,
        metadata: row.json("metadata")?,
        size_bytes: row.int("size_bytes")?,
        created_at: row.timestamp("created_at")?,
        scheduled_at: row.opt_timestamp("scheduled_at")?,
        sent_at: row.opt_timestamp("sent_at")?,
        delivered_at: row.opt_timestamp("delivered_at")?,
    })
}

/// Accepts a message: every recipient is queued, or simulated when it is a test.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    from: &Sendable<Domain>,
    new: &NewEmail,
    sources: &Sources,
) -> Result<()> {
    accept(tx, from, new, sources).await
}

/// Accepts a message that an alias forwards, or that a target of one writes as the alias.
///
/// # Errors
/// When the database refuses.
pub async fn insert_forwarded(
    tx: &mut Tx,
    _scope: &SystemScope,
    from: &Domain,
    new: &NewEmail,
    sources: &Sources,
) -> Result<()> {
    accept(tx, from, new, sources).await
}

async fn accept(tx: &mut Tx, from: &Domain, new: &NewEmail, sources: &Sources) -> Result<()> {
    let email = &new.email;
    let status = match email.environment {
        Environment::Live => EmailStatus::Queued,
        Environment::Test => EmailStatus::Simulated,
    };
    let (mut user, mut key, mut inbound, mut reply) = (None, None, None, None);
    match &new.submitter {
        Submitter::User {
            user: by,
            key: with,
        } => (user, key) = (Some(*by), *with),
        Submitter::Alias(received) => inbound = Some(*received),
        Submitter::Reply { alias, author } => reply = Some((*alias, author)),
    }
    tx.execute(
        "INSERT INTO emails (id, organization_id, domain_id, message_id, header_from, header_to, header_cc, header_bcc, \
         subject, status, environment, tags, metadata, submitted_user_id, submitted_key_id, size_bytes, smtputf8, created_at, scheduled_at, inbound_email_id, alias_id, reply_author) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        &params![
            email.id,
            from.organization_id,
            from.id,
            &email.message_id,
            email.header_from.to_string(),
            json(&email.to)?,
            json(&email.cc)?,
            json(&email.bcc)?,
            &email.subject,
            status,
            email.environment,
            json(&email.tags)?,
            json(&email.metadata)?,
            user,
            key,
            email.size_bytes,
            new.smtputf8,
            email.created_at,
            email.scheduled_at,
            inbound,
            reply.map(|(alias, _)| alias),
            reply.map(|(_, author)| author),
        ],
    )
    .await?;
    let [octets, blob] = new.body.columns();
    tx.execute(
        "INSERT INTO email_bodies (email_id, octets, blob) VALUES ($1, $2, $3)",
        &[email.id.into(), octets, blob],
    )
    .await?;
    recipient::insert(tx, email, status, &new.recipients).await?;
    let queued: Vec<EmailEvent> = new
        .recipients
        .iter()
        .map(|to| EmailEvent {
            id: sources.ordered_id(),
            email_id: email.id,
            domain_id: from.id,
            event_type: EventType::Queued,
            recipient: to.address.to_string(),
            at: email.created_at,
            attempt: 0,
            mx_host: None,
            reply: None,
            bounce_type: None,
        })
        .collect();
    email_event::insert(tx, &queued).await?;
    if status == EmailStatus::Queued {
        tx.wake(recipient::CHANNEL);
        if inbound.is_none() {
            let mut tally = Tally::default();
            let accepted = stats::accepted(new.recipients.len());
            tally.count((from.id, &email.tags), email.created_at, accepted);
            tally.write(tx).await?;
        }
    }
    Ok(())
}

pub(crate) fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(crate::Error::corrupt)
}

/// A message by id, unless an alias forwards it. Unchecked: only the gate asks.
pub(crate) async fn find(tx: &mut Tx, id: EmailId) -> Result<Option<Email>> {
    let sql = "SELECT * FROM emails WHERE id = $1 AND inbound_email_id IS NULL";
    let row = tx.query_opt(sql, &params![id]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// A message by id, for work nobody asked for just now.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_for_job(tx: &mut Tx, _scope: &SystemScope, id: EmailId) -> Result<Option<Email>> {
    let row = tx
        .query_opt("SELECT * FROM emails WHERE id = $1", &params![id])
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Which messages of those in scope. Texts are substrings in any case.
#[derive(Debug, Default, Clone)]
pub struct EmailFilter {
    /// State.
    pub status: Option<EmailStatus>,
    /// In header From.
    pub from: Option<String>,
    /// In header To or Cc, or in any recipient's address.
    pub to: Option<String>,
    /// In the subject.
    pub subject: Option<String>,
    /// Of this domain.
    pub domain_id: Option<DomainId>,
    /// With exactly this tag.
    pub tag: Option<String>,
    /// Live or test.
    pub environment: Option<Environment>,
    /// Accepted then or later.
    pub from_date: Option<Timestamp>,
    /// Accepted then or earlier.
    pub to_date: Option<Timestamp>,
}

/// The messages in scope, newest first, from the beginning or behind one.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &EmailFilter,
    part: (Option<&Position>, Page),
    now: Timestamp,
) -> Result<Part<Email>> {
    let mut conditions = Conditions::visible(scope, &CLAUSES, now);
    conditions.and("e.inbound_email_id IS NULL");
    conditions.and_given("e.status = ?", filter.status);
    conditions.and_contains(&["e.header_from"], filter.from.as_deref());
    conditions.and_given(TO, filter.to.as_deref().map(like::contains));
    conditions.and_contains(&["e.subject"], filter.subject.as_deref());
    conditions.and_given("e.domain_id = ?", filter.domain_id);
    conditions.and_holds("e.tags", filter.tag.as_deref());
    conditions.and_given("e.environment = ?", filter.environment);
    conditions.and_given("e.created_at >= ?", filter.from_date);
    conditions.and_given("e.created_at <= ?", filter.to_date);
    part::list(conditions, tx, ("e.*", "emails e"), NEWEST, part, from_row).await
}

/// The recipients of a message, as they were given.
///
/// # Errors
/// When the database cannot answer.
pub async fn recipients<C>(tx: &mut Tx, email: &Granted<Email, C>) -> Result<Vec<Recipient>> {
    recipient::list(tx, email.id).await
}

/// What happened to a message, oldest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn events<C>(tx: &mut Tx, email: &Granted<Email, C>) -> Result<Vec<EmailEvent>> {
    email_event::list(tx, email.id).await
}

/// The octets of a message. Reading them takes write access: they may hold secrets of recipients.
///
/// # Errors
/// When the database cannot answer or the octets are gone.
pub async fn body(tx: &mut Tx, email: &Granted<Email, cap::Write>) -> Result<Body> {
    let row = tx
        .query_one(
            "SELECT octets, blob FROM email_bodies WHERE email_id = $1",
            &params![email.id],
        )
        .await?;
    Body::from_row(&row)
}

/// The octets of messages to be delivered, one per id that still has some.
///
/// # Errors
/// When the database cannot answer.
pub async fn bodies_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    ids: &[EmailId],
) -> Result<Vec<(EmailId, Body)>> {
    let mut bodies = Vec::with_capacity(ids.len());
    for run in batch::runs(ids) {
        let placeholders = batch::placeholders(1, run.len());
        let select = "SELECT email_id, octets, blob FROM email_bodies WHERE email_id IN (";
        let sql = [select, &placeholders, ")"].concat();
        let parameters: Vec<_> = run.iter().map(|id| id.into()).collect();
        let rows = tx.query(&sql, &parameters).await?;
        let body = |row: &Row| Ok((row.id("email_id")?, Body::from_row(row)?));
        bodies.extend(readable(&rows, body));
    }
    Ok(bodies)
}

/// Takes back what has not left yet; what is on the wire now is not stopped. Returns how many
/// recipients will not get it.
///
/// # Errors
/// When the database refuses.
pub async fn cancel(
    tx: &mut Tx,
    email: &Writable<Email>,
    sources: &Sources,
    now: Timestamp,
) -> Result<usize> {
    let canceled = recipient::cancel(tx, email.id).await?;
    let events: Vec<EmailEvent> = canceled
        .into_iter()
        .map(|recipient| EmailEvent {
            id: sources.ordered_id(),
            email_id: email.id,
            domain_id: email.domain_id,
            event_type: EventType::Canceled,
            recipient,
            at: now,
            attempt: 0,
            mx_host: None,
            reply: None,
            bounce_type: None,
        })
        .collect();
    email_event::insert(tx, &events).await?;
    update_status(tx, &[email.id]).await?;
    Ok(events.len())
}

/// Makes messages show the worst of their recipients: of the open ones while there are any, then of
/// all. Instants follow.
pub(crate) async fn update_status(tx: &mut Tx, ids: &[EmailId]) -> Result<()> {
    for run in batch::runs(ids) {
        let parameters: Vec<_> = run.iter().map(|id| id.into()).collect();
        // Two workers may settle recipients of one message at once: the second must look only after
        // the first has committed, by a statement that begins after that.
        if tx.engine() == crate::Engine::Postgres {
            let lock = [
                "SELECT id FROM emails WHERE id IN (",
                &batch::placeholders(1, run.len()),
                ") ORDER BY id ",
                tx.engine().lock_suffix(),
            ]
            .concat();
            tx.query(&lock, &parameters).await?;
        }
        let sql = [
            "UPDATE emails SET \
             status = COALESCE((SELECT CASE MAX(CASE r.status \
               WHEN 'deferred' THEN 10 WHEN 'sending' THEN 9 WHEN 'queued' THEN 8 \
               WHEN 'complained' THEN 7 WHEN 'bounced' THEN 6 WHEN 'held' THEN 5 WHEN 'canceled' THEN 4 \
               WHEN 'suppressed' THEN 3 WHEN 'delivered' THEN 2 ELSE 1 END) \
               WHEN 10 THEN 'deferred' WHEN 9 THEN 'sending' WHEN 8 THEN 'queued' \
               WHEN 7 THEN 'complained' WHEN 6 THEN 'bounced' WHEN 5 THEN 'held' WHEN 4 THEN 'canceled' \
               WHEN 3 THEN 'suppressed' WHEN 2 THEN 'delivered' WHEN 1 THEN 'simulated' END \
               FROM email_recipients r WHERE r.email_id = emails.id), status), \
             sent_at = COALESCE(sent_at, (SELECT MIN(r.delivered_at) FROM email_recipients r WHERE r.email_id = emails.id)), \
             delivered_at = (SELECT MAX(r.delivered_at) FROM email_recipients r WHERE r.email_id = emails.id \
               HAVING SUM(CASE WHEN r.next_attempt_at IS NULL THEN 0 ELSE 1 END) = 0) \
             WHERE id IN (",
            &batch::placeholders(1, run.len()),
            ")",
        ]
        .concat();
        tx.execute(&sql, &parameters).await?;
    }
    Ok(())
}
