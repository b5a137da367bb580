//! What all mail of aliases needs on its way into the outbound queue.

use postscale_access::SystemScope;
use postscale_model::{Alias, Domain};
use postscale_store::{Body, Result, Tx, domain, email::NewEmail};

use crate::{EngineParts, bodies};

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
    if let Body::Row(octets) = &mut new.body {
        let octets = std::mem::take(octets).into();
        new.body = bodies::place(parts, "emails", new.email.id, octets).await?;
    }
    Ok(new)
}
