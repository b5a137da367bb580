//! Taking over mail to the report addresses of domains. After `Ok` it is durable; nothing of it was
//! looked at but its subject.

use bytes::Bytes;
use postscale_mail::{parse, reports::FILE_OCTETS_MAX};
use postscale_model::{Address, Domain};
use postscale_smtp::ReversePath;
use postscale_store::{
    Body, Result, Tx,
    report_mail::{self, ReportMail},
};

use crate::{EngineParts, bodies, delivery::outcome::one_line, scopes};

/// Octets of mail to a report address: the largest file that is read, in base64.
pub const REPORT_MAIL_OCTETS_MAX: usize = FILE_OCTETS_MAX / 2 * 3;
/// Messages of one domain that wait to be read. More are put off.
pub const WAITING_MAX: u32 = 200;
/// Octets of a subject that are kept.
const SUBJECT_OCTETS_MAX: usize = 255;

/// Whether the domain's report address takes another message now.
///
/// # Errors
/// When the database cannot answer.
pub async fn has_room(parts: &EngineParts, domain: &Domain) -> Result<bool> {
    let mut tx = parts.store.read().await?;
    let waiting =
        report_mail::count_waiting(&mut tx, &scopes::INTAKE, domain.id, WAITING_MAX).await?;
    Ok(waiting < u64::from(WAITING_MAX))
}

/// Takes a message over for the report addresses of these domains.
///
/// # Errors
/// When it cannot be kept: the sender must be told to try again.
pub async fn receive(
    parts: &EngineParts,
    domains: &[Domain],
    sender: &ReversePath,
    message: &Bytes,
) -> Result<()> {
    let mut subject = parse::parse(message).subject;
    let end = subject.floor_char_boundary(SUBJECT_OCTETS_MAX);
    subject.truncate(end);
    let sender = sender
        .address()
        .map_or_else(String::new, Address::to_string);
    let mut kept = Vec::with_capacity(domains.len());
    for domain in domains {
        let mail = ReportMail {
            id: parts.sources.ordered_id(),
            organization_id: domain.organization_id,
            domain_id: domain.id,
            envelope_sender: sender.clone(),
            subject: one_line(&subject),
            size_bytes: i64::try_from(message.len()).unwrap_or(i64::MAX),
            received_at: parts.sources.now(),
        };
        let body = bodies::place(parts, "reports", mail.id, message.clone()).await?;
        kept.push((mail, body));
    }
    match write(parts, &kept).await {
        Ok(tx) => tx.commit().await?,
        Err(error) => {
            for (_, body) in &kept {
                bodies::forget(parts, body).await;
            }
            return Err(error);
        }
    }
    let count = u64::try_from(kept.len()).unwrap_or(u64::MAX);
    metrics::counter!("postscale_report_mails_total").increment(count);
    Ok(())
}

/// Everything but the commit.
async fn write(parts: &EngineParts, kept: &[(ReportMail, Body)]) -> Result<Tx> {
    let mut tx = parts.store.write().await?;
    for (mail, body) in kept {
        report_mail::insert(&mut tx, &scopes::INTAKE, mail, body).await?;
    }
    Ok(tx)
}
