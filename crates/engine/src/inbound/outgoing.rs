//! What all mail of aliases needs on its way into the outbound queue.

use postscale_access::SystemScope;
use postscale_model::{Alias, Domain};
use postscale_store::{BODY_IN_ROW_BYTES_MAX, Body, Result, Tx, domain, email::NewEmail};

use crate::EngineParts;

/// The domain mail of an alias leaves from: its own, or the instance's shared one.
pub(super) async fn domain(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    alias: &Alias,
) -> Result<Option<Domain>> {
    if alias.is_shield() {
        let name = alias.domain.parse().ok();
        let now = parts.sources.now();
        return Ok(name.map(|name| Domain::shield(alias.organization_id, name, now)));
    }
    domain::find_for_job(tx, scope, alias.domain_id).await
}

/// Puts a large body where large bodies are, before the row that names it.
pub(super) async fn with_body(parts: &EngineParts, mut new: NewEmail) -> Result<NewEmail> {
    if let Body::Row(octets) = &mut new.body
        && octets.len() > BODY_IN_ROW_BYTES_MAX
    {
        let id = new.email.id.to_string();
        let key = format!("emails/{}/{id}", &id[id.len() - 2..]);
        parts.blobs.put(&key, std::mem::take(octets)).await?;
        new.body = Body::Blob(key);
    }
    Ok(new)
}

/// Only a header beyond ASCII asks for SMTPUTF8; a body does with 8BITMIME.
pub(super) fn needs_smtputf8(message: &[u8]) -> bool {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    !message[..end.unwrap_or(message.len())].is_ascii()
}
