//! Table `sessions`: signed-in browsers.

use std::time::Duration;

use postscale_access::{Caller, Identity, Means, Permission, SecondFactor};
use postscale_model::{PersonId, Session, SessionId, Timestamp, TokenHash, UserId};

use crate::{Result, Row, Tx, last_use, params, user::Managed};

/// A session nobody used for so long is over.
pub const IDLE_MAX: Duration = Duration::from_secs(12 * 3600);
/// A session ends so long after its sign-in, used or not.
pub const AGE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

fn from_row(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.id("id")?,
        person_id: row.id("person_id")?,
        user_id: row.opt_id("user_id")?,
        authenticated_at: row.timestamp("authenticated_at")?,
        last_seen_at: row.timestamp("last_seen_at")?,
        expires_at: row.timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
        ip: row.text("ip")?,
        user_agent: row.text("user_agent")?,
    })
}

/// Whom a session token stands for: a live session whose user is active.
pub(crate) async fn identify(
    tx: &mut Tx,
    caller: &Caller,
    token: &TokenHash,
) -> Result<Option<Identity>> {
    let now = caller.received_at();
    let row = tx
        .query_opt(
            "SELECT s.id, s.person_id, s.last_seen_at, s.renewal_due, u.id AS user_id, u.organization_id, u.role, \
             (o.require_second_factor AND EXISTS (SELECT 1 FROM persons p \
             WHERE p.id = s.person_id AND p.totp_enabled_at IS NULL)) AS owes_second_factor \
             FROM sessions s JOIN users u ON u.id = s.user_id JOIN organizations o ON o.id = u.organization_id \
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND u.status = 'active'",
            &params![token, now, now.minus(IDLE_MAX)],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.bool("renewal_due")? {
        caller.mark_renewal_due();
    }
    let session = row.id("id")?;
    tx.last_use()
        .session(session, row.timestamp("last_seen_at")?, now);
    Ok(Some(Identity {
        organization: row.id("organization_id")?,
        user: row.id("user_id")?,
        role: row.word("role")?,
        second_factor: if row.bool("owes_second_factor")? {
            SecondFactor::Due
        } else {
            SecondFactor::Settled
        },
        means: Means::Session {
            session,
            person: row.id("person_id")?,
        },
    }))
}

/// Inserts a session. Its user is active with that: a session may end before any use of it is
/// written.
///
/// # Errors
/// When the database refuses.
pub async fn insert(tx: &mut Tx, session: &Session, token: &TokenHash) -> Result<()> {
    if let Some(user) = session.user_id {
        last_use::user(tx, user, session.created_at).await?;
    }
    tx.execute(
        "INSERT INTO sessions (id, token_hash, person_id, user_id, ip, user_agent, authenticated_at, last_seen_at, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &params![
            session.id,
            token,
            session.person_id,
            session.user_id,
            &session.ip,
            &session.user_agent,
            session.authenticated_at,
            session.last_seen_at,
            session.expires_at,
            session.created_at,
        ],
    )
    .await
    .map(drop)
}

/// The caller's own sessions, newest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    person: PersonId,
    _permission: &Permission,
    now: Timestamp,
) -> Result<Vec<Session>> {
    let rows = tx
        .query(
            "SELECT * FROM sessions WHERE person_id = $1 AND expires_at > $2 AND last_seen_at > $3 \
             ORDER BY last_seen_at DESC, id",
            &params![person, now, now.minus(IDLE_MAX)],
        )
        .await?;
    rows.iter().map(from_row).collect()
}

/// Ends one of the caller's own sessions; `false` when there is no such session.
///
/// # Errors
/// When the database refuses.
pub async fn delete(
    tx: &mut Tx,
    person: PersonId,
    id: SessionId,
    _permission: &Permission,
) -> Result<bool> {
    let gone = tx
        .execute(
            "DELETE FROM sessions WHERE id = $1 AND person_id = $2",
            &params![id, person],
        )
        .await?;
    Ok(gone == 1)
}

/// Ends the session of that token, if it is one.
///
/// # Errors
/// When the database refuses.
pub async fn delete_by_token(tx: &mut Tx, token: &TokenHash) -> Result<()> {
    tx.execute(
        "DELETE FROM sessions WHERE token_hash = $1",
        &params![token],
    )
    .await
    .map(drop)
}

/// Ends every session of the person but one.
///
/// # Errors
/// When the database refuses.
pub async fn delete_others(tx: &mut Tx, person: PersonId, keep: SessionId) -> Result<u64> {
    tx.execute(
        "DELETE FROM sessions WHERE person_id = $1 AND id <> $2",
        &params![person, keep],
    )
    .await
}

/// Ends every session of the person.
///
/// # Errors
/// When the database refuses.
pub async fn delete_all(tx: &mut Tx, person: PersonId) -> Result<u64> {
    let sql = "DELETE FROM sessions WHERE person_id = $1";
    tx.execute(sql, &params![person]).await
}

/// When the session's person last proved who they are.
///
/// # Errors
/// When the database cannot answer.
pub async fn authenticated_at(tx: &mut Tx, id: SessionId) -> Result<Option<Timestamp>> {
    let sql = "SELECT authenticated_at FROM sessions WHERE id = $1";
    let row = tx.query_opt(sql, &params![id]).await?;
    row.map(|row| row.timestamp("authenticated_at")).transpose()
}

/// Notes that the session's person proved who they are, and gives the session another token.
///
/// # Errors
/// When the database refuses.
pub async fn renew(tx: &mut Tx, id: SessionId, token: &TokenHash, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE sessions SET token_hash = $2, authenticated_at = $3, renewal_due = FALSE WHERE id = $1",
        &params![id, token, now],
    )
    .await
    .map(drop)
}

/// Wants another token for every session of the user's person: the user was promoted, and what
/// was known of a session before must not be worth more now.
///
/// # Errors
/// When the database refuses.
pub async fn want_renewal(tx: &mut Tx, promoted: &Managed) -> Result<()> {
    tx.execute(
        "UPDATE sessions SET renewal_due = TRUE \
         WHERE person_id = (SELECT person_id FROM users WHERE id = $1)",
        &params![promoted.id],
    )
    .await
    .map(drop)
}

/// Gives the session of a token another one, if it is due; `false` when it is not, or no more.
///
/// # Errors
/// When the database refuses.
pub async fn renew_due(tx: &mut Tx, token: &TokenHash, new: &TokenHash) -> Result<bool> {
    let renewed = tx
        .execute(
            "UPDATE sessions SET token_hash = $2, renewal_due = FALSE \
             WHERE token_hash = $1 AND renewal_due",
            &params![token, new],
        )
        .await?;
    Ok(renewed == 1)
}

/// Makes another of the person's memberships the current one; its user is active with that.
///
/// # Errors
/// When the database refuses.
pub async fn switch(tx: &mut Tx, id: SessionId, user: UserId, now: Timestamp) -> Result<()> {
    last_use::user(tx, user, now).await?;
    tx.execute(
        "UPDATE sessions SET user_id = $2 WHERE id = $1",
        &params![id, user],
    )
    .await
    .map(drop)
}
