//! Table `dkim_keys`. Private keys are sealed to their row.

use postscale_access::{Granted, Sendable, SystemScope, Writable};
use postscale_model::{
    DkimKey, DkimKeyId, DkimStatus, Domain, DomainId, Selector, Sources, Timestamp,
};

use crate::{Result, Row, Seal, Tx, params};

/// The unique key of selectors inside a domain.
pub const SELECTOR_KEY: &str = "dkim_keys_domain_id_selector_key";

/// A key with its private half, for signing.
pub struct SigningKey {
    /// The public side.
    pub key: DkimKey,
    /// PKCS#8.
    pub private_key: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.key.selector)
    }
}

fn from_row(row: &Row) -> Result<DkimKey> {
    Ok(DkimKey {
        id: row.id("id")?,
        domain_id: row.id("domain_id")?,
        selector: row.id("selector")?,
        algorithm: row.word("algorithm")?,
        status: row.word("status")?,
        public_key: row.text("public_key")?,
        verified_at: row.opt_timestamp("verified_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

fn sealed_as(id: DkimKeyId) -> String {
    ["dkim_keys.private_key.", &id.to_string()].concat()
}

/// Inserts a key; its private half is sealed.
///
/// # Errors
/// A conflict on [`SELECTOR_KEY`] when the domain has the selector already.
pub async fn insert(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    key: &SigningKey,
    seal: &Seal,
    sources: &Sources,
) -> Result<()> {
    let sealed = seal.seal(sources, &sealed_as(key.key.id), &key.private_key);
    let public = &key.key;
    tx.execute(
        "INSERT INTO dkim_keys (id, domain_id, selector, algorithm, status, public_key, private_key, verified_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        &params![
            public.id,
            domain.id,
            &public.selector,
            public.algorithm,
            public.status,
            &public.public_key,
            sealed,
            public.verified_at,
            public.created_at,
        ],
    )
    .await
    .map(drop)
}

/// A domain's keys, oldest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<Vec<DkimKey>> {
    of_domain(tx, domain.id).await
}

/// A domain's keys, for work nobody asked for just now.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
) -> Result<Vec<DkimKey>> {
    of_domain(tx, domain).await
}

async fn of_domain(tx: &mut Tx, domain: DomainId) -> Result<Vec<DkimKey>> {
    let rows = tx
        .query(
            "SELECT * FROM dkim_keys WHERE domain_id = $1 ORDER BY created_at, id",
            &params![domain],
        )
        .await?;
    rows.iter().map(from_row).collect()
}

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

/// Records that a key's record was seen: a pending key becomes active. The key, when it was seen for
/// the first time.
///
/// # Errors
/// When the database refuses.
pub async fn mark_seen(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    selector: &Selector,
    now: Timestamp,
) -> Result<Option<DkimKey>> {
    seen(tx, domain.id, selector, now).await
}

/// As [`mark_seen`], for look-ups nobody asked for just now.
///
/// # Errors
/// When the database refuses.
pub async fn mark_seen_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    selector: &Selector,
    now: Timestamp,
) -> Result<Option<DkimKey>> {
    seen(tx, domain, selector, now).await
}

async fn seen(
    tx: &mut Tx,
    domain: DomainId,
    selector: &Selector,
    now: Timestamp,
) -> Result<Option<DkimKey>> {
    let row = tx
        .query_opt(
            "UPDATE dkim_keys SET verified_at = COALESCE(verified_at, $3), updated_at = $3, \
             status = CASE WHEN status = 'pending' THEN 'active' ELSE status END \
             WHERE domain_id = $1 AND selector = $2 AND (verified_at IS NULL OR status = 'pending') RETURNING *",
            &params![domain, selector, now],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Changes the state of a key; `false` when the domain has no such selector.
///
/// # Errors
/// When the database refuses.
pub async fn update_status(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    selector: &Selector,
    status: DkimStatus,
    now: Timestamp,
) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE dkim_keys SET status = $3, updated_at = $4 WHERE domain_id = $1 AND selector = $2",
            &params![domain.id, selector, status, now],
        )
        .await?;
    Ok(changed == 1)
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
