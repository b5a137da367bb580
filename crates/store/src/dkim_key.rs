//! Table `dkim_keys`. Private keys are sealed to their row, and wiped when a key is out of use.

mod life;
mod signing;

use std::time::Duration;

use postscale_access::{Adminable, Granted, SystemScope, Writable};
use postscale_model::{
    DkimAlgorithm, DkimKey, DkimKeyId, DkimStatus, Domain, DomainId, Selector, Sources,
    job::WATCH_DKIM_KEY,
};

pub use self::{
    life::{SeenKey, deactivate, end_by_itself, mark_seen, mark_seen_by_itself},
    signing::{has_signing, list_signing, list_signing_for_job},
};
use crate::{
    Error, Result, Row, Seal, Tx,
    job::{self, NewJob},
    params,
};

/// The unique key of selectors inside a domain.
pub const SELECTOR_KEY: &str = "dkim_keys_domain_id_selector_key";

/// When the record of a new key is looked for for the first time.
const FIRST_LOOK: Duration = Duration::from_secs(60);

/// A key with its private half, for signing.
pub struct SigningKey {
    /// The public side.
    pub key: DkimKey,
    /// PKCS#8.
    pub private_key: Vec<u8>,
}

impl SigningKey {
    /// A new key, whose record nobody has seen yet.
    #[must_use]
    pub fn pending(
        sources: &Sources,
        domain_id: DomainId,
        selector: Selector,
        algorithm: DkimAlgorithm,
        public_key: String,
        private_key: Vec<u8>,
    ) -> Self {
        let key = DkimKey {
            id: sources.id(),
            domain_id,
            selector,
            algorithm,
            status: DkimStatus::Pending,
            public_key,
            verified_at: None,
            replaces: None,
            retire_at: None,
            created_at: sources.now(),
        };
        Self { key, private_key }
    }

    /// The same key, which takes over from another one once its record is seen.
    #[must_use]
    pub fn replacing(mut self, old: DkimKeyId) -> Self {
        self.key.replaces = Some(old);
        self
    }
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
        replaces: row.opt_id("replaces")?,
        retire_at: row.opt_timestamp("retire_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Sealed keys that are looked at to know whether they open.
const LOOK_AT: i64 = 16;

/// Whether there are sealed keys and none of the newest opens.
pub(crate) async fn are_sealed_otherwise(tx: &mut Tx, seal: &Seal) -> Result<bool> {
    let sql = "SELECT id, private_key FROM dkim_keys WHERE status <> 'inactive' ORDER BY created_at DESC, id LIMIT $1";
    let rows = tx.query(sql, &params![LOOK_AT]).await?;
    for row in &rows {
        if seal
            .open(&sealed_as(row.id("id")?), row.bytes("private_key")?)
            .is_ok()
        {
            return Ok(false);
        }
    }
    Ok(!rows.is_empty())
}

fn sealed_as(id: DkimKeyId) -> String {
    ["dkim_keys.private_key.", &id.to_string()].concat()
}

/// Inserts a key; its private half is sealed. The record of a pending one is looked for soon.
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
    if key.key.domain_id != domain.id {
        return Err(Error::Corrupt("a key of another domain".to_owned()));
    }
    insert_row(tx, key, seal, sources).await
}

async fn insert_row(tx: &mut Tx, key: &SigningKey, seal: &Seal, sources: &Sources) -> Result<()> {
    let sealed = seal.seal(sources, &sealed_as(key.key.id), &key.private_key);
    let public = &key.key;
    tx.execute(
        "INSERT INTO dkim_keys (id, domain_id, selector, algorithm, status, public_key, private_key, verified_at, created_at, updated_at, replaces) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
        &params![
            public.id,
            public.domain_id,
            &public.selector,
            public.algorithm,
            public.status,
            &public.public_key,
            sealed,
            public.verified_at,
            public.created_at,
            public.replaces,
        ],
    )
    .await?;
    match public.status {
        DkimStatus::Pending => promise_look(tx, public.id, sources).await,
        _ => Ok(()),
    }
}

async fn promise_look(tx: &mut Tx, key: DkimKeyId, sources: &Sources) -> Result<()> {
    let now = sources.now();
    let look = NewJob {
        id: sources.id(),
        kind: WATCH_DKIM_KEY,
        key: key.to_string(),
        payload: serde_json::json!({}),
        due_at: now.plus(FIRST_LOOK),
    };
    job::enqueue(tx, &look, now).await
}

/// A new key of a rotation nobody asked for just now.
///
/// # Errors
/// As [`insert`].
pub async fn insert_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    key: &SigningKey,
    seal: &Seal,
    sources: &Sources,
) -> Result<()> {
    insert_row(tx, key, seal, sources).await
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

/// A key by id, for work nobody asked for just now.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: DkimKeyId,
) -> Result<Option<DkimKey>> {
    let sql = "SELECT * FROM dkim_keys WHERE id = $1";
    let row = tx.query_opt(sql, &params![id]).await?;
    row.as_ref().map(from_row).transpose()
}

/// Deletes a key that is out of use; its selector is free again.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, domain: &Adminable<Domain>, key: &DkimKey) -> Result<()> {
    let sql = "DELETE FROM dkim_keys WHERE id = $1 AND domain_id = $2 AND status = 'inactive'";
    tx.execute(sql, &params![key.id, domain.id]).await.map(drop)
}
