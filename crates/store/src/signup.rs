//! Table `email_challenges`, those of kind `signup`: strangers who asked for an organization and have not proven their address yet.
//!
//! A row stands for any address that was asked for, also for one that has a login already: how
//! often an address is written to must not depend on that.

use postscale_model::{Address, EmailChallengeId, Timestamp, TokenHash};

use crate::{Result, Row, Tx, params};

/// Somebody who asked for an organization.
#[derive(Debug, Clone)]
pub struct Signup {
    /// Row id.
    pub id: EmailChallengeId,
    /// The address to be proven.
    pub email: Address,
    /// The person's name.
    pub name: String,
    /// The organization's name.
    pub organization_name: String,
    /// Argon2 PHC string.
    pub password_hash: String,
    /// Authenticates the mailed code.
    pub code_mac: TokenHash,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
}

fn from_row(row: &Row) -> Result<Signup> {
    Ok(Signup {
        id: row.id("id")?,
        email: row.id("email")?,
        name: row.text("name")?,
        organization_name: row.text("organization_name")?,
        password_hash: row.text("password_hash")?,
        code_mac: row.token_hash("secret_hash")?,
        expires_at: row.timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Keeps a sign-up instead of an older one of its address, and drops those that ended. `false`
/// when the older one was made after `not_since`: then it stays.
///
/// # Errors
/// When the database refuses.
pub async fn replace(tx: &mut Tx, signup: &Signup, not_since: Timestamp) -> Result<bool> {
    tx.execute(
        "DELETE FROM email_challenges WHERE kind = 'signup' AND expires_at <= $1",
        &params![signup.created_at],
    )
    .await?;
    let kept = tx
        .execute(
            "INSERT INTO email_challenges (id, kind, email, email_key, name, organization_name, password_hash, secret_hash, tries, expires_at, created_at) \
             VALUES ($1, 'signup', $2, $3, $4, $5, $6, $7, 0, $8, $9) ON CONFLICT (kind, email_key) DO UPDATE SET id = $1, email = $2, name = $4, \
             organization_name = $5, password_hash = $6, secret_hash = $7, tries = 0, expires_at = $8, created_at = $9 \
             WHERE email_challenges.created_at <= $10",
            &params![
                signup.id,
                &signup.email,
                signup.email.key(),
                &signup.name,
                &signup.organization_name,
                &signup.password_hash,
                signup.code_mac,
                signup.expires_at,
                signup.created_at,
                not_since,
            ],
        )
        .await?;
    Ok(kept > 0)
}

/// Takes one of `tries_max` tries of the sign-up of an address; `None` when there is none left.
///
/// # Errors
/// When the database refuses.
pub async fn take_try(
    tx: &mut Tx,
    email: &Address,
    tries_max: u32,
    now: Timestamp,
) -> Result<Option<Signup>> {
    let row = tx
        .query_opt(
            "UPDATE email_challenges SET tries = tries + 1 WHERE kind = 'signup' AND email_key = $1 \
             AND tries < $3 AND expires_at > $2 RETURNING *",
            &params![email.key(), now, tries_max],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Is done with a sign-up.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, signup: &Signup) -> Result<()> {
    tx.execute(
        "DELETE FROM email_challenges WHERE id = $1",
        &params![signup.id],
    )
    .await
    .map(drop)
}
