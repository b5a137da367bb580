//! Tables `api_keys` and `api_key_domains`.

use postscale_access::{Identity, Means, Permission, Writable};
use postscale_model::{
    ApiKey, ApiKeyDomain, ApiKeyId, Domain, KeyScope, Role, Timestamp, TokenHash,
};

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
        prefix: row.text("prefix")?,
        last_used_at: row.opt_timestamp("last_used_at")?,
        expires_at: row.opt_timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
        revoked_at: row.opt_timestamp("revoked_at")?,
    })
}

/// Whom a key stands for: unrevoked, unexpired, its creator active. One indexed read.
pub(crate) async fn identify(
    tx: &mut Tx,
    secret: &TokenHash,
    now: Timestamp,
) -> Result<Option<Identity>> {
    let row = tx
        .query_opt(
            "SELECT k.id, k.organization_id, k.created_by, k.capability, k.scope, k.environment, k.last_used_at, u.role \
             FROM api_keys k JOIN users u ON u.id = k.created_by \
             WHERE k.secret_hash = $1 AND k.revoked_at IS NULL \
             AND (k.expires_at IS NULL OR k.expires_at > $2) AND u.status = 'active'",
            &params![secret, now],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let key = row.id("id")?;
    tx.last_use()
        .key(key, row.opt_timestamp("last_used_at")?, now);
    Ok(Some(Identity {
        organization: row.id("organization_id")?,
        user: row.id("created_by")?,
        role: row.word("role")?,
        means: Means::Key {
            key,
            capability: row.word("capability")?,
            scope: row.word("scope")?,
            environment: row.word("environment")?,
        },
    }))
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
        "INSERT INTO api_keys (id, organization_id, created_by, name, environment, capability, scope, prefix, secret_hash, expires_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
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

/// What may change of a key: its name, and an earlier end.
#[derive(Debug, Default)]
pub struct ApiKeyChange {
    /// A new name.
    pub name: Option<String>,
    /// A new, earlier end.
    pub expires_at: Option<Timestamp>,
}

/// Changes a key.
///
/// # Errors
/// When the database refuses.
pub async fn update(
    tx: &mut Tx,
    key: &Writable<ApiKey>,
    change: &ApiKeyChange,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE api_keys SET name = COALESCE($2, name), expires_at = COALESCE($3, expires_at), updated_at = $4 WHERE id = $1",
        &params![key.id, change.name.as_deref(), change.expires_at, now],
    )
    .await
    .map(drop)
}
