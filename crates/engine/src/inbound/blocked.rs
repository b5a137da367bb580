//! Correspondents an alias does not want to hear from.

use postscale_mail::parse;
use postscale_model::Address;
use postscale_smtp::ReversePath;
use postscale_store::{Result, contact};

use super::intake::IntakeRecipient;
use crate::{EngineParts, scopes};

/// The recipients that have not blocked who wrote: neither the author nor the envelope sender.
///
/// # Errors
/// When the database cannot answer.
pub async fn without_blocked(
    parts: &EngineParts,
    mut recipients: Vec<IntakeRecipient>,
    (envelope_sender, message): (&ReversePath, &[u8]),
) -> Result<Vec<IntakeRecipient>> {
    let aliases: Vec<_> = recipients
        .iter()
        .filter(|to| to.has_blocked)
        .filter_map(|to| Some(to.alias.as_ref()?.id))
        .collect();
    if aliases.is_empty() {
        return Ok(recipients);
    }
    let author = parse::parse(message).from.map(|from| from.address);
    let sender = envelope_sender.address().cloned();
    let mut tx = parts.store.read().await?;
    for address in author.into_iter().chain(sender) {
        let key = Address::key(&address);
        let blocking = contact::blocking(&mut tx, &scopes::INTAKE, &aliases, &key).await?;
        recipients.retain(|to| {
            to.alias
                .as_ref()
                .is_none_or(|alias| !blocking.contains(&alias.id))
        });
    }
    Ok(recipients)
}
