//! Telling the sender of a message that it could not be delivered after all (RFC 5321 §6.1).
//!
//! Nobody is told who may not have written: only an envelope sender that SPF passed for, or the proven
//! author of what left by a reverse address. The null reverse path is never answered, and what is told
//! has one itself, so that no notification is about another. It names the address the sender wrote to
//! and nothing behind it (security.md M12).

use postscale_access::SystemScope;
use postscale_mail::dsn::{self, Undelivered};
use postscale_model::{Address, AuthVerdict, HostName, InboundEmail, InboundEmailId, Timestamp};
use postscale_store::{
    Result, Tx, inbound_email,
    system_email::{self, SystemEmail},
};

use crate::EngineParts;

/// Tells the senders of received messages of which no copy arrived anywhere.
pub(crate) async fn tell_senders(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    ids: &[InboundEmailId],
) -> Result<()> {
    for id in ids {
        if let Some(inbound) = inbound_email::find_for_job(tx, scope, *id).await? {
            tell_sender(tx, parts, scope, &inbound).await?;
        }
    }
    Ok(())
}

/// Tells the sender of a received message that it is not sent on, if it is known who that is.
pub(crate) async fn tell_sender(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    inbound: &InboundEmail,
) -> Result<()> {
    let sender = inbound.envelope_sender.parse::<Address>().ok();
    let Some(sender) = sender.filter(|_| inbound.spf == AuthVerdict::Pass) else {
        return Ok(());
    };
    let Ok(recipient) = inbound.envelope_recipient.parse::<Address>() else {
        return Ok(());
    };
    let what = What {
        sender: &sender,
        recipient: &recipient,
        message_id: &inbound.message_id,
        arrived_at: inbound.received_at,
    };
    tell(tx, parts, scope, &what).await
}

/// What could not be delivered.
pub(crate) struct What<'a> {
    pub sender: &'a Address,
    pub recipient: &'a Address,
    pub message_id: &'a str,
    pub arrived_at: Timestamp,
}

pub(crate) async fn tell(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    what: &What<'_>,
) -> Result<()> {
    let Ok(reporting) = parts.hosts.mx.parse::<HostName>() else {
        return Ok(());
    };
    let (sources, now) = (&parts.sources, parts.sources.now());
    let body = dsn::write(&Undelivered {
        reporting: &reporting,
        sender: what.sender,
        recipient: what.recipient,
        message_id: what.message_id,
        unique: &sources.hex::<16>(),
        arrived_at: what.arrived_at,
        at: now,
    });
    let email = SystemEmail {
        id: sources.id(),
        recipient: what.sender.clone(),
        body,
        created_at: now,
    };
    system_email::insert_notification(tx, scope, &email).await
}
