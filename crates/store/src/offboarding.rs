//! What ends when somebody's membership ends or loses its authority, and what stays behind.
//!
//! Each is one statement on the rows of one user, run in the transaction that changes the user, after
//! that change: a transaction that reads rights afterwards sees all of it or none. Invitations are
//! ended by their own module.

mod forwards;

use postscale_model::{ApiKey, ApiKeyId, DomainId, KeyScope, Timestamp, Webhook};

pub use self::forwards::{ExternalForward, Forwarder};
use crate::{Result, Row, Tx, api_key, params, user::Managed, webhook};

/// Ends every session of a user in their organization. Sessions of the same person in other
/// organizations go on. Says how many there were.
///
/// # Errors
/// When the database refuses.
pub async fn end_sessions(tx: &mut Tx, user: &Managed) -> Result<u64> {
    tx.execute("DELETE FROM sessions WHERE user_id = $1", &params![user.id])
        .await
}

/// How many sessions a user has in their organization, idle and expired ones too.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_sessions(tx: &mut Tx, user: &Managed) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS total FROM sessions WHERE user_id = $1";
    let row = tx.query_opt(sql, &params![user.id]).await?;
    crate::row::count(row.as_ref())
}

/// The domains that keys of a user name: pairs of a key and one of its domains.
///
/// # Errors
/// When the database cannot answer.
pub async fn key_domains(tx: &mut Tx, user: &Managed) -> Result<Vec<(ApiKeyId, DomainId)>> {
    let rows = tx
        .query(
            "SELECT x.api_key_id, x.domain_id FROM api_key_domains x JOIN api_keys k ON k.id = x.api_key_id \
             WHERE k.created_by = $1 AND k.revoked_at IS NULL",
            &params![user.id],
        )
        .await?;
    let pair = |row: &Row| Ok((row.id("api_key_id")?, row.id("domain_id")?));
    rows.iter().map(pair).collect()
}

/// The keys of a user that are not revoked, newest first; of one scope, or all.
///
/// # Errors
/// When the database cannot answer.
pub async fn keys(tx: &mut Tx, user: &Managed, scope: Option<KeyScope>) -> Result<Vec<ApiKey>> {
    let rows = tx
        .query(
            "SELECT * FROM api_keys WHERE created_by = $1 AND revoked_at IS NULL AND ($2 = '' OR scope = $2) \
             ORDER BY created_at DESC, id",
            &params![user.id, scope.map_or_else(String::new, |scope| scope.to_string())],
        )
        .await?;
    rows.iter().map(api_key::from_row).collect()
}

/// Revokes the keys of a user, of one scope or all, and says which.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_keys(
    tx: &mut Tx,
    user: &Managed,
    scope: Option<KeyScope>,
    now: Timestamp,
) -> Result<Vec<ApiKey>> {
    let mut revoked = keys(tx, user, scope).await?;
    for key in &mut revoked {
        tx.execute(
            "UPDATE api_keys SET revoked_at = $2, updated_at = $2 WHERE id = $1",
            &params![key.id, now],
        )
        .await?;
        key.revoked_at = Some(now);
    }
    Ok(revoked)
}

/// The endpoints of a user that tell of listed domains, suspended ones left out.
///
/// # Errors
/// When the database cannot answer.
pub async fn webhooks(tx: &mut Tx, user: &Managed) -> Result<Vec<Webhook>> {
    let rows = tx
        .query(
            "SELECT * FROM webhooks WHERE created_by = $1 AND scope = 'domains' AND suspended_at IS NULL \
             ORDER BY created_at, id",
            &params![user.id],
        )
        .await?;
    webhook::with_domains(tx, &rows).await
}

/// Suspends the endpoints of a user that tell of listed domains, and says which. Those of the whole
/// organization are the organization's own.
///
/// # Errors
/// When the database refuses.
pub async fn suspend_webhooks(tx: &mut Tx, user: &Managed, now: Timestamp) -> Result<Vec<Webhook>> {
    let mut suspended = webhooks(tx, user).await?;
    for webhook in &mut suspended {
        tx.execute(
            "UPDATE webhooks SET suspended_at = $2, updated_at = $2 WHERE id = $1",
            &params![webhook.id, now],
        )
        .await?;
        webhook.suspended_at = Some(now);
    }
    Ok(suspended)
}

/// A thing of the whole organization that outlives its maker, with the maker's name.
#[derive(Debug, Clone)]
pub struct Made<T> {
    /// The thing.
    pub thing: T,
    /// Who made it.
    pub maker: String,
}

/// What somebody who leaves may have a copy of, and what of theirs works on, for people to look at.
#[derive(Debug, Clone, Default)]
pub struct Review {
    /// Keys for the whole organization that still work.
    pub keys: Vec<Made<ApiKey>>,
    /// Endpoints told of the whole organization.
    pub webhooks: Vec<Made<Webhook>>,
    /// Aliases and rules by which they have mail sent out of the organization.
    pub forwards: Vec<ExternalForward>,
}

fn made<T>(row: &Row, thing: Result<T>) -> Result<Made<T>> {
    Ok(Made {
        thing: thing?,
        maker: row.text("maker")?,
    })
}

/// What is left to look at in the organization of a user whose own keys are revoked.
///
/// # Errors
/// When the database cannot answer.
pub async fn review(tx: &mut Tx, user: &Managed, now: Timestamp) -> Result<Review> {
    let keys = tx
        .query(
            "SELECT k.*, p.name AS maker FROM api_keys k JOIN users u ON u.id = k.created_by \
             JOIN persons p ON p.id = u.person_id WHERE k.organization_id = $1 AND k.scope = 'organization' \
             AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) \
             ORDER BY k.created_at, k.id",
            &params![user.organization_id, now],
        )
        .await?;
    let webhooks = tx
        .query(
            "SELECT w.*, p.name AS maker FROM webhooks w JOIN users u ON u.id = w.created_by \
             JOIN persons p ON p.id = u.person_id WHERE w.organization_id = $1 AND w.scope = 'organization' \
             ORDER BY w.created_at, w.id",
            &params![user.organization_id],
        )
        .await?;
    Ok(Review {
        forwards: forwards::external_forwards(tx, user).await?,
        keys: keys
            .iter()
            .map(|row| made(row, api_key::from_row(row)))
            .collect::<Result<_>>()?,
        webhooks: webhooks
            .iter()
            .map(|row| made(row, webhook::from_row(row)))
            .collect::<Result<_>>()?,
    })
}
