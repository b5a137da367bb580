//! Table `email_events`: what happened to messages, one row per recipient and happening. Rows are
//! written in the transaction that causes them and never changed.

use postscale_model::{EmailEvent, EmailId, EventType, RemoteReply, WebhookEvent};

use crate::{Error, Result, Row, Tx, Value, batch, params};

fn from_row(row: &Row) -> Result<EmailEvent> {
    Ok(EmailEvent {
        id: row.id("id")?,
        email_id: row.id("email_id")?,
        domain_id: row.id("domain_id")?,
        event_type: row.word("event_type")?,
        recipient: row.text("recipient")?,
        at: row.timestamp("at")?,
        attempt: row.int("attempt")?,
        mx_host: row.opt_text("mx_host")?,
        reply: reply(row)?,
        bounce_type: row.opt_word("bounce_type")?,
    })
}

/// The columns `reply_code`, `reply_enhanced` and `reply_text`.
pub(crate) fn reply(row: &Row) -> Result<Option<RemoteReply>> {
    let Some(code) = row.opt_int("reply_code")? else {
        return Ok(None);
    };
    Ok(Some(RemoteReply {
        code: u16::try_from(code).map_err(Error::corrupt)?,
        enhanced: row.opt_text("reply_enhanced")?,
        text: row.opt_text("reply_text")?.unwrap_or_default(),
    }))
}

/// A reply as those columns.
pub(crate) fn reply_columns(reply: Option<&RemoteReply>) -> [Value; 3] {
    params![
        reply.map(|r| r.code),
        reply.and_then(|r| r.enhanced.as_deref()),
        reply.map(|r| r.text.as_str()),
    ]
}

pub(crate) async fn insert(tx: &mut Tx, events: &[EmailEvent]) -> Result<()> {
    for run in batch::runs(events) {
        let sql = [
            "INSERT INTO email_events (id, email_id, domain_id, event_type, recipient, attempt, mx_host, \
             reply_code, reply_enhanced, reply_text, bounce_type, at) VALUES ",
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 12);
        for event in run {
            parameters.extend(params![
                event.id,
                event.email_id,
                event.domain_id,
                event.event_type,
                &event.recipient,
                event.attempt,
                event.mx_host.as_deref(),
            ]);
            parameters.extend(reply_columns(event.reply.as_ref()));
            parameters.extend(params![event.bounce_type, event.at]);
        }
        tx.execute(&sql, &parameters).await?;
    }
    Ok(())
}

pub(crate) async fn list(tx: &mut Tx, email: EmailId) -> Result<Vec<EmailEvent>> {
    let rows = tx
        .query(
            "SELECT * FROM email_events WHERE email_id = $1 ORDER BY at, id",
            &params![email],
        )
        .await?;
    rows.iter().map(from_row).collect()
}

/// What webhooks are told of it; not everything is for them.
#[must_use]
pub const fn webhook_event(event: EventType) -> Option<WebhookEvent> {
    match event {
        EventType::Sent => Some(WebhookEvent::EmailSent),
        EventType::Delivered => Some(WebhookEvent::EmailDelivered),
        EventType::Deferred => Some(WebhookEvent::EmailDeferred),
        EventType::Bounced => Some(WebhookEvent::EmailBounced),
        EventType::Complained => Some(WebhookEvent::EmailComplained),
        EventType::Queued
        | EventType::Opened
        | EventType::Clicked
        | EventType::Unsubscribed
        | EventType::Suppressed
        | EventType::Canceled => None,
    }
}
