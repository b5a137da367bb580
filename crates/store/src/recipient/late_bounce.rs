//! Bounces that come back as messages, after a server had taken the recipient over.

use postscale_access::SystemScope;
use postscale_model::{
    Address, BounceType, Email, EmailEvent, EmailId, EventType, InboundEmailId, Recipient,
    RecipientId, RemoteReply, Sources, Timestamp,
};

use super::from_row;
use crate::{
    Error, Result, Tx, email,
    email_event::{self, reply_columns},
    params,
    stats::{self, Tally},
};

/// The recipient a returned message speaks of, and its message.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_for_bounce(
    tx: &mut Tx,
    scope: &SystemScope,
    id: RecipientId,
) -> Result<Option<(Recipient, Email)>> {
    let row = tx
        .query_opt("SELECT * FROM email_recipients WHERE id = $1", &params![id])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let recipient = from_row(&row)?;
    let email = email::find_for_job(tx, scope, recipient.email_id).await?;
    Ok(Some((
        recipient,
        email.ok_or_else(|| Error::corrupt("a recipient of no message"))?,
    )))
}

/// What aliases have to do with a queued message.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The received message it sends on.
    pub forwarded: Option<InboundEmailId>,
    /// The target that wrote it, by way of a reverse address.
    pub reply_author: Option<Address>,
}

/// What aliases have to do with the message of a recipient.
///
/// # Errors
/// When the database cannot answer.
pub async fn origin(tx: &mut Tx, _scope: &SystemScope, id: RecipientId) -> Result<Origin> {
    let sql = "SELECT e.inbound_email_id, e.reply_author FROM email_recipients r \
               JOIN emails e ON e.id = r.email_id WHERE r.id = $1";
    let row = tx.query_opt(sql, &params![id]).await?;
    row.map_or_else(
        || Ok(Origin::default()),
        |row| {
            Ok(Origin {
                forwarded: row.opt_id("inbound_email_id")?,
                reply_author: row.opt_id("reply_author")?,
            })
        },
    )
}

/// A bounce that came later, as a message.
#[derive(Debug, Clone)]
pub struct LateBounce {
    /// Whose.
    pub recipient_id: RecipientId,
    /// Why.
    pub bounce_type: BounceType,
    /// What the report says the other server said.
    pub reply: Option<RemoteReply>,
    /// Who reports.
    pub mx_host: Option<String>,
}

/// Records a bounce that came later; counts once. Nothing when the recipient is unknown, was never
/// taken over by a server, or bounced already.
///
/// # Errors
/// When the database refuses.
pub async fn bounce(
    tx: &mut Tx,
    scope: &SystemScope,
    bounce: &LateBounce,
    sources: &Sources,
    now: Timestamp,
) -> Result<Option<EmailEvent>> {
    let mut parameters = Vec::from(params![bounce.recipient_id]);
    parameters.extend(reply_columns(bounce.reply.as_ref()));
    let changed = tx
        .query_opt(
            "UPDATE email_recipients SET status = 'bounced', delivered_at = NULL, reply_code = $2, \
             reply_enhanced = $3, reply_text = $4 WHERE id = $1 AND status = 'delivered' RETURNING isp",
            &parameters,
        )
        .await?;
    let Some(changed) = changed else {
        return Ok(None);
    };
    let Some((recipient, email)) = find_for_bounce(tx, scope, bounce.recipient_id).await? else {
        return Ok(None);
    };
    let event = EmailEvent {
        id: sources.ordered_id(),
        email_id: email.id,
        domain_id: email.domain_id,
        event_type: EventType::Bounced,
        recipient: recipient.address.to_string(),
        at: now,
        attempt: recipient.attempts,
        mx_host: bounce.mx_host.clone(),
        reply: bounce.reply.clone(),
        bounce_type: Some(bounce.bounce_type),
    };
    email_event::insert(tx, std::slice::from_ref(&event)).await?;
    email::update_status(tx, &[email.id]).await?;
    if !is_forwarded(tx, email.id).await? {
        let counts = stats::bounced(bounce.bounce_type);
        let mut tally = Tally::default();
        tally.count((email.domain_id, &email.tags), now, counts);
        if let Some(isp) = changed.opt_word("isp")? {
            tally.count_at((email.domain_id, isp), now, counts);
        }
        tally.write(tx).await?;
    }
    Ok(Some(event))
}

/// Whether an alias forwards a received message with this one.
async fn is_forwarded(tx: &mut Tx, email: EmailId) -> Result<bool> {
    let sql = "SELECT id FROM emails WHERE id = $1 AND inbound_email_id IS NOT NULL";
    Ok(tx.query_opt(sql, &params![email]).await?.is_some())
}
