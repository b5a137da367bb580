//! Tables `api_keys` and `api_key_domains`.

mod ended;

use std::net::IpAddr;

use ipnet::IpNet;
use postscale_access::{Identity, Means, Origin, Permission, SecondFactor, Writable};
use postscale_model::{
    ApiKey, ApiKeyDomain, ApiKeyId, Capability, Domain, DomainId, KeyScope, Role, Timestamp,
    TokenHash,
};

pub use ended::log_expired;

use crate::{Listed, Page, Result, Row, Tx, params};

pub(crate) fn from_row(row: &Row) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        created_by: row.id("created_by")?,
        name: row.text("name")?,
        environment: row.word("environment")?,
        capability: row.word("capability")?,
        scope: row.word("scope")?,
        allowed_networks: row.json("allowed_networks")?,
        prefix: row.text("prefix")?,
        last_used_at: row.opt_timestamp("last_used_at")?,
        previous_secret_until: row.opt_timestamp("previous_secret_until")?,
        expires_at: row.opt_timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
        revoked_at: row.opt_timestamp("revoked_at")?,
    })
}

/// What [`identify`] reads of a live key. Parameters: `$1` the hash, `$2` now.
macro_rules! live_select {
    ($secret:literal) => {
        concat!(
            "SELECT k.id, k.name, k.organization_id, k.created_by, k.capability, k.scope, k.environment, \
             k.allowed_networks, k.last_used_at, u.role \
             FROM api_keys k JOIN users u ON u.id = k.created_by WHERE ",
            $secret,
            " AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) \
             AND u.status = 'active'"
        )
    };
}

/// Whom a key stands for: unrevoked, unexpired, its creator active, presented from a network it
/// is good from. One indexed read; a second for the secret before a rotation.
pub(crate) async fn identify(
    tx: &mut Tx,
    secret: &TokenHash,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<Identity>> {
    let current = live_select!("k.secret_hash = $1");
    let previous = live_select!("k.previous_secret_hash = $1 AND k.previous_secret_until > $2");
    let row = match tx.query_opt(current, &params![secret, now]).await? {
        Some(row) => row,
        None => match tx.query_opt(previous, &params![secret, now]).await? {
            Some(row) => row,
            None => {
                ended::note(tx, secret, origin, now).await?;
                return Ok(None);
            }
        },
    };
    if !is_allowed(&row, origin)? {
        ended::note_network(tx, &row, origin, now)?;
        return Ok(None);
    }
    let key = row.id("id")?;
    tx.last_use()
        .key(key, row.opt_timestamp("last_used_at")?, now);
    Ok(Some(Identity {
        organization: row.id("organization_id")?,
        user: row.id("created_by")?,
        role: row.word("role")?,
        second_factor: SecondFactor::Settled,
        means: Means::Key {
            key,
            capability: row.word("capability")?,
            scope: row.word("scope")?,
            environment: row.word("environment")?,
        },
    }))
}

fn is_allowed(row: &Row, origin: &Origin) -> Result<bool> {
    let networks: Vec<IpNet> = row.json("allowed_networks")?;
    let inside = |ip: IpAddr| networks.iter().any(|network| network.contains(&ip));
    Ok(networks.is_empty() || origin.ip.is_some_and(inside))
}

/// A key by id. Unchecked: only the gate asks.
pub(crate) async fn find(tx: &mut Tx, id: ApiKeyId) -> Result<Option<ApiKey>> {
    let row = tx
        .query_opt("SELECT * FROM api_keys WHERE id = $1", &params![id])
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The key the permission's actor presented, if it is one.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_self(tx: &mut Tx, permission: &Permission) -> Result<Option<ApiKey>> {
    match permission.actor().map(postscale_access::Actor::means) {
        Some(Means::Key { key, .. }) => find(tx, *key).await,
        _ => Ok(None),
    }
}

/// Inserts a key that reaches the whole organization.
///
/// # Errors
/// When the database refuses.
pub async fn insert_for_organization(
    tx: &mut Tx,
    _permission: &Permission,
    key: &ApiKey,
    secret: &TokenHash,
) -> Result<()> {
    insert(tx, key, secret, KeyScope::Organization).await
}

/// Inserts a key that reaches the given domains, every one writable for its maker; never none.
///
/// # Errors
/// When the database refuses.
///
/// # Panics
/// When `domains` is empty: a key without scope must not exist.
pub async fn insert_for_domains(
    tx: &mut Tx,
    domains: &[Writable<Domain>],
    key: &ApiKey,
    secret: &TokenHash,
) -> Result<()> {
    assert!(!domains.is_empty(), "BUG: an empty key scope");
    insert(tx, key, secret, KeyScope::Domains).await?;
    for domain in domains {
        tx.execute(
            "INSERT INTO api_key_domains (api_key_id, domain_id) VALUES ($1, $2)",
            &params![key.id, domain.id],
        )
        .await?;
    }
    Ok(())
}

async fn insert(tx: &mut Tx, key: &ApiKey, secret: &TokenHash, scope: KeyScope) -> Result<()> {
    tx.execute(
        "INSERT INTO api_keys (id, organization_id, created_by, name, environment, capability, scope, prefix, secret_hash, expires_at, created_at, updated_at, allowed_networks) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)",
        &params![
            key.id,
            key.organization_id,
            key.created_by,
            &key.name,
            key.environment,
            key.capability,
            scope,
            &key.prefix,
            secret,
            key.expires_at,
            key.created_at,
            networks_json(&key.allowed_networks),
        ],
    )
    .await
    .map(drop)
}

/// Keys the permission's actor may see: members their own, owners and admins everybody's.
/// Newest first; revoked ones are left out.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(tx: &mut Tx, permission: &Permission, page: Page) -> Result<Listed<ApiKey>> {
    let everybodys = permission
        .actor()
        .is_some_and(postscale_access::Actor::is_manager);
    let creator = permission
        .actor()
        .filter(|_| !everybodys)
        .map_or_else(String::new, |a| a.user().to_string());
    let rows = tx
        .query(
            "SELECT * FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL \
             AND ($2 = '' OR created_by = $2) ORDER BY created_at DESC, id LIMIT $3 OFFSET $4",
            &params![
                permission.organization(),
                &creator,
                i64::from(page.limit),
                page.offset()
            ],
        )
        .await?;
    let total = tx
        .query_opt(
            "SELECT COUNT(*) AS total FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL \
             AND ($2 = '' OR created_by = $2)",
            &params![permission.organization(), &creator],
        )
        .await?;
    Ok(Listed {
        rows: rows.iter().map(from_row).collect::<Result<_>>()?,
        total: crate::row::count(total.as_ref())?,
    })
}

/// The domains a key names, with the creator's level there now. Empty for organization scope.
/// Domains `viewer` cannot see are left out when `viewer` is a member.
///
/// # Errors
/// When the database cannot answer.
pub async fn domains(
    tx: &mut Tx,
    key: &ApiKey,
    viewer: &postscale_access::Actor,
    now: Timestamp,
) -> Result<Vec<ApiKeyDomain>> {
    let viewing_member = if viewer.is_manager() {
        String::new()
    } else {
        viewer.user().to_string()
    };
    let rows = tx
        .query(
            "SELECT d.id, d.name, u.role, \
             (SELECT g.level FROM grants g WHERE g.user_id = u.id AND g.domain_id = d.id \
              AND (g.expires_at IS NULL OR g.expires_at > $2)) AS level \
             FROM api_key_domains k JOIN domains d ON d.id = k.domain_id JOIN users u ON u.id = $3 \
             WHERE k.api_key_id = $1 AND ($4 = '' OR EXISTS (SELECT 1 FROM grants v WHERE v.user_id = $4 \
              AND v.domain_id = d.id AND (v.expires_at IS NULL OR v.expires_at > $2))) ORDER BY d.name, d.id",
            &params![key.id, now, key.created_by, viewing_member],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let everywhere = row.word::<Role>("role")? != Role::Member;
            let level = if everywhere {
                Some(postscale_model::Level::Write)
            } else {
                row.opt_word("level")?
            };
            Ok(ApiKeyDomain {
                id: row.id("id")?,
                name: row.text("name")?,
                level,
            })
        })
        .collect()
}

/// Revokes a key, at once and for good.
///
/// # Errors
/// When the database refuses.
pub async fn revoke(tx: &mut Tx, key: &Writable<ApiKey>, now: Timestamp) -> Result<()> {
    revoke_by_id(tx, key.id, now).await
}

/// Revokes the key the permission's actor presented.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_self(tx: &mut Tx, permission: &Permission, now: Timestamp) -> Result<()> {
    match permission.actor().map(postscale_access::Actor::means) {
        Some(Means::Key { key, .. }) => revoke_by_id(tx, *key, now).await,
        _ => Ok(()),
    }
}

async fn revoke_by_id(tx: &mut Tx, id: ApiKeyId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE api_keys SET revoked_at = $2, updated_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        &params![id, now],
    )
    .await
    .map(drop)
}

/// What may change of a key: everything but a new name and its networks makes it reach less.
#[derive(Debug, Default)]
pub struct ApiKeyChange {
    /// A new name.
    pub name: Option<String>,
    /// A new, earlier end.
    pub expires_at: Option<Timestamp>,
    /// A new, lower capability.
    pub capability: Option<Capability>,
    /// The networks it is good from; empty is everywhere.
    pub allowed_networks: Option<Vec<IpNet>>,
    /// The domains it keeps; a key of the whole organization becomes one of these.
    pub domains: Option<Vec<DomainId>>,
}

/// Changes a key.
///
/// # Errors
/// When the database refuses.
///
/// # Panics
/// When it would keep no domain: a key without scope must not exist.
pub async fn update(
    tx: &mut Tx,
    key: &Writable<ApiKey>,
    change: &ApiKeyChange,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE api_keys SET name = COALESCE($2, name), expires_at = COALESCE($3, expires_at), \
         capability = COALESCE($4, capability), allowed_networks = COALESCE($5, allowed_networks), updated_at = $6 \
         WHERE id = $1",
        &params![
            key.id,
            change.name.as_deref(),
            change.expires_at,
            change.capability,
            change.allowed_networks.as_deref().map(networks_json),
            now
        ],
    )
    .await?;
    match &change.domains {
        Some(domains) => keep_domains(tx, key.id, domains).await,
        None => Ok(()),
    }
}

async fn keep_domains(tx: &mut Tx, id: ApiKeyId, domains: &[DomainId]) -> Result<()> {
    assert!(!domains.is_empty(), "BUG: an empty key scope");
    let sql = "DELETE FROM api_key_domains WHERE api_key_id = $1";
    tx.execute(sql, &params![id]).await?;
    for domain in domains {
        let sql = "INSERT INTO api_key_domains (api_key_id, domain_id) VALUES ($1, $2)";
        tx.execute(sql, &params![id, *domain]).await?;
    }
    let sql = "UPDATE api_keys SET scope = 'domains' WHERE id = $1";
    tx.execute(sql, &params![id]).await.map(drop)
}

/// Gives a key a new secret. The old one stays good until `previous_until`.
///
/// # Errors
/// When the database refuses.
pub async fn rotate(
    tx: &mut Tx,
    key: &Writable<ApiKey>,
    secret: &TokenHash,
    previous_until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE api_keys SET previous_secret_hash = secret_hash, previous_secret_until = $3, secret_hash = $2, \
         updated_at = $4 WHERE id = $1",
        &params![key.id, secret, previous_until, now],
    )
    .await
    .map(drop)
}

/// Ends the secret before a rotation at once.
///
/// # Errors
/// When the database refuses.
pub async fn end_previous(tx: &mut Tx, key: &Writable<ApiKey>, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE api_keys SET previous_secret_hash = NULL, previous_secret_until = NULL, updated_at = $2 WHERE id = $1",
        &params![key.id, now],
    )
    .await
    .map(drop)
}

fn networks_json(networks: &[IpNet]) -> String {
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    serde_json::json!(networks).to_string()
}
