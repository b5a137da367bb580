//! Table `forward_targets`: addresses outside an organization that agreed to be forwarded to.
//!
//! An address on a domain the organization owns, or a verified one of an active user, needs to agree
//! to nothing.

use postscale_access::{SystemScope, Writable};
use postscale_model::{Address, Domain, OrganizationId, Timestamp, TokenHash};

use crate::{Result, Tx, Value, batch, params};

/// Whether an address may be forwarded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// It may.
    Given,
    /// It must be asked; the token is in the link to be mailed to it.
    Asked,
}

/// Prepares forwarding from the domain to an address: finds out whether it must be asked, and when it
/// must, keeps the token that confirms it in place of any before.
///
/// # Errors
/// When the database refuses.
pub async fn upsert(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    address: &Address,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Consent> {
    if is_own(tx, domain.organization_id, address).await? {
        return Ok(Consent::Given);
    }
    let asked = tx
        .execute(
            "INSERT INTO forward_targets (organization_id, address_key, token_hash, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (organization_id, address_key) DO UPDATE SET token_hash = excluded.token_hash \
             WHERE forward_targets.confirmed_at IS NULL",
            &params![domain.organization_id, address.key(), token, now],
        )
        .await?;
    Ok(if asked == 1 {
        Consent::Asked
    } else {
        Consent::Given
    })
}

/// Confirms the address the token was mailed to; `false` when there is no such token. Holding the
/// token is the authority. Confirming twice is as good as once.
///
/// # Errors
/// When the database refuses.
pub async fn confirm(tx: &mut Tx, token: &TokenHash, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE forward_targets SET confirmed_at = COALESCE(confirmed_at, $2) WHERE token_hash = $1";
    Ok(tx.execute(sql, &params![token, now]).await? == 1)
}

/// Those of the addresses that mail of the organization may be forwarded to now, in their order.
///
/// # Errors
/// When the database cannot answer.
pub async fn confirmed(
    tx: &mut Tx,
    scope: &SystemScope,
    organization: OrganizationId,
    addresses: &[Address],
) -> Result<Vec<Address>> {
    let mut agreed: Vec<String> = Vec::new();
    for run in batch::runs(addresses) {
        let sql = [
            "SELECT address_key FROM forward_targets WHERE organization_id = $1 AND confirmed_at IS NOT NULL \
             AND address_key IN (",
            &batch::placeholders(2, run.len()),
            ")",
        ]
        .concat();
        let mut parameters = Vec::from(params![organization]);
        parameters.extend(run.iter().map(|address| Value::from(address.key())));
        for row in tx.query(&sql, &parameters).await? {
            agreed.push(row.text("address_key")?);
        }
    }
    let mut confirmed = Vec::with_capacity(addresses.len());
    for address in addresses {
        if agreed.contains(&address.key()) || is_internal(tx, scope, organization, address).await? {
            confirmed.push(address.clone());
        }
    }
    Ok(confirmed)
}

/// Whether an address is the organization's own: on a domain whose ownership it proved, or a verified
/// one of an active user.
///
/// # Errors
/// When the database cannot answer.
pub async fn is_internal(
    tx: &mut Tx,
    _scope: &SystemScope,
    organization: OrganizationId,
    address: &Address,
) -> Result<bool> {
    is_own(tx, organization, address).await
}

async fn is_own(tx: &mut Tx, organization: OrganizationId, address: &Address) -> Result<bool> {
    let row = tx
        .query_one(
            "SELECT EXISTS (SELECT 1 FROM domains d WHERE d.organization_id = $1 AND d.name = $2 AND d.ownership_verified) \
             OR EXISTS (SELECT 1 FROM users u JOIN persons p ON p.id = u.person_id WHERE u.organization_id = $1 \
             AND u.status = 'active' AND p.email_key = $3 AND p.email_verified_at IS NOT NULL) AS own",
            &params![organization, address.domain(), address.key()],
        )
        .await?;
    row.bool("own")
}
