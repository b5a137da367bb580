//! The end of an organization.
//!
//! Whatever anybody could act by or be reached through ends here: memberships, sessions, keys,
//! invitations, webhooks, domains with all that hangs on them, mail that waits. The names of its
//! domains are free for others at once. What stays is what nobody can reach any more: the tombstone,
//! its log, its counters, and messages until retention takes them, as with a deleted domain.

use postscale_access::Permission;
use postscale_model::Timestamp;

use crate::{Result, Tx, invitation, params, row::count};

/// What ended with an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deleted {
    /// Memberships.
    pub users: u64,
    /// Signed-in browsers.
    pub sessions: u64,
    /// Keys that worked.
    pub api_keys: u64,
    /// Invitations that could be accepted.
    pub invitations: u64,
    /// Endpoints.
    pub webhooks: u64,
    /// Domains.
    pub domains: u64,
    /// Recipients whose message will not be sent.
    pub canceled_recipients: u64,
}

/// Ends the permission's organization. To be called in its turn.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, permission: &Permission, now: Timestamp) -> Result<Deleted> {
    let id = permission.organization();
    let (only, at) = (params![id], params![id, now]);
    // First, because the last owner of an organization that is there stays.
    tx.execute(
        "UPDATE organizations SET deleted_at = $2, updated_at = $2, billing_email = NULL WHERE id = $1",
        &at,
    )
    .await?;
    let sessions = tx
        .execute(
            "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE organization_id = $1)",
            &only,
        )
        .await?;
    let users = tx
        .execute(
            "UPDATE users SET status = 'deleted', deactivated_at = $2, updated_at = $2 \
             WHERE organization_id = $1 AND status <> 'deleted'",
            &at,
        )
        .await?;
    let api_keys = tx
        .execute(
            "UPDATE api_keys SET revoked_at = $2, updated_at = $2 WHERE organization_id = $1 AND revoked_at IS NULL",
            &at,
        )
        .await?;
    let invitations = invitation::revoke_all(tx, permission, now).await?;
    let canceled_recipients = cancel_mail(tx, permission, now).await?;
    let webhooks = tx
        .execute("DELETE FROM webhooks WHERE organization_id = $1", &only)
        .await?;
    tx.execute(
        "DELETE FROM forward_targets WHERE organization_id = $1",
        &only,
    )
    .await?;
    // Those of its domains go with them.
    tx.execute(
        "DELETE FROM aliases WHERE organization_id = $1 AND domain_id IS NULL",
        &only,
    )
    .await?;
    // Counted apart: SQLite counts what goes along, too.
    let sql = "SELECT COUNT(*) AS total FROM domains WHERE organization_id = $1";
    let domains = count(tx.query_opt(sql, &only).await?.as_ref())?;
    tx.execute("DELETE FROM domains WHERE organization_id = $1", &only)
        .await?;
    Ok(Deleted {
        users,
        sessions,
        api_keys,
        invitations,
        webhooks,
        domains,
        canceled_recipients,
    })
}

/// Takes back what has not left, and gives up what was received and has still to be passed on. Says
/// how many recipients will not get what was sent to them.
async fn cancel_mail(tx: &mut Tx, permission: &Permission, now: Timestamp) -> Result<u64> {
    let id = permission.organization();
    let canceled = tx
        .execute(
            "UPDATE email_recipients SET status = 'canceled', next_attempt_at = NULL \
             WHERE next_attempt_at IS NOT NULL AND email_id IN (SELECT id FROM emails WHERE organization_id = $1)",
            &params![id],
        )
        .await?;
    tx.execute(
        "UPDATE emails SET status = 'canceled' WHERE organization_id = $1 AND status IN ('queued', 'deferred', 'sending')",
        &params![id],
    )
    .await?;
    tx.execute(
        "UPDATE inbound_emails SET status = 'failed', next_attempt_at = NULL, processed_at = $2 \
         WHERE organization_id = $1 AND next_attempt_at IS NOT NULL",
        &params![id, now],
    )
    .await?;
    Ok(canceled)
}
