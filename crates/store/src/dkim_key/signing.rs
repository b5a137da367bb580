//! The keys that sign.

use postscale_access::{Sendable, SystemScope};
use postscale_model::{Domain, DomainId};

use super::{SigningKey, from_row, sealed_as};
use crate::{Result, Seal, Tx, params};

/// The keys mail of the domain is signed with now: active and seen in DNS.
///
/// # Errors
/// When the database cannot answer or a private key cannot be unsealed.
pub async fn list_signing(
    tx: &mut Tx,
    domain: &Sendable<Domain>,
    seal: &Seal,
) -> Result<Vec<SigningKey>> {
    signing(tx, domain.id, seal).await
}

/// As [`list_signing`], for mail an alias forwards.
///
/// # Errors
/// As [`list_signing`].
pub async fn list_signing_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    seal: &Seal,
) -> Result<Vec<SigningKey>> {
    signing(tx, domain, seal).await
}

async fn signing(tx: &mut Tx, domain: DomainId, seal: &Seal) -> Result<Vec<SigningKey>> {
    let rows = tx
        .query(
            "SELECT * FROM dkim_keys WHERE domain_id = $1 AND status = 'active' AND verified_at IS NOT NULL ORDER BY created_at, id",
            &params![domain],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let key = from_row(row)?;
            let private_key = seal.open(&sealed_as(key.id), row.bytes("private_key")?)?;
            Ok(SigningKey { key, private_key })
        })
        .collect()
}

/// Whether mail of the domain can be signed now.
///
/// # Errors
/// When the database cannot answer.
pub async fn has_signing(tx: &mut Tx, domain: &Sendable<Domain>) -> Result<bool> {
    let row = tx
        .query_opt(
            "SELECT id FROM dkim_keys WHERE domain_id = $1 AND status = 'active' AND verified_at IS NOT NULL LIMIT 1",
            &params![domain.id],
        )
        .await?;
    Ok(row.is_some())
}
