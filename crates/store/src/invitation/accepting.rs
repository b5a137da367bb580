//! What the holder of an invitation's token does with it: looks at it, claims it with a name and a
//! password, proves the address by the mailed code, spends it.
//!
//! Holding the token is the authority for all of it.

use postscale_access::Permission;
use postscale_model::{Grant, Invitation, Timestamp, TokenHash, UserId};

use super::{InvitedDomain, from_row, invited_domain};
use crate::{Result, Tx, grant, params};

/// Wrong codes after which a code is dead.
pub const TRIES_PER_CODE: i64 = 5;

/// A pending invitation as the holder of its token may know it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The invitation.
    pub invitation: Invitation,
    /// Name of the organization.
    pub organization: String,
    /// Name of who invited.
    pub inviter: String,
}

/// What somebody new gave on accepting, while the mailed code is awaited.
#[derive(Debug)]
pub struct Claim {
    /// The name.
    pub name: String,
    /// Argon2 PHC string.
    pub password_hash: String,
    /// What is kept of the code.
    pub code_hash: TokenHash,
}

/// What a token offers its holder, if it is good now: pending, not expired, and from somebody who may
/// still invite. Holding it is the authority.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_by_token(
    tx: &mut Tx,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Offer>> {
    let row = tx
        .query_opt(
            "SELECT i.*, o.name AS organization_name, p.name AS inviter_name FROM invitations i \
             JOIN organizations o ON o.id = i.organization_id \
             JOIN users u ON u.id = i.invited_by AND u.status = 'active' AND u.role IN ('owner', 'admin') \
             JOIN persons p ON p.id = u.person_id \
             WHERE i.token_hash = $1 AND i.state = 'pending' AND i.expires_at > $2",
            &params![token, now],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Offer {
        invitation: from_row(&row)?,
        organization: row.text("organization_name")?,
        inviter: row.text("inviter_name")?,
    }))
}

/// As [`find_by_token`], and nothing about the invitation, its organization's people or their roles
/// changes before this transaction ends.
///
/// # Errors
/// When the database cannot answer.
pub async fn lock_by_token(
    tx: &mut Tx,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Offer>> {
    let locked = tx
        .execute(
            "UPDATE organizations SET plan = plan \
             WHERE id = (SELECT organization_id FROM invitations WHERE token_hash = $1 AND state = 'pending')",
            &params![token],
        )
        .await?;
    if locked == 0 {
        return Ok(None);
    }
    find_by_token(tx, token, now).await
}

/// Keeps what somebody new gave, in place of anything given before, until the code is. `false` when
/// so many codes were mailed already, or it is no longer pending.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    tx: &mut Tx,
    invitation: &Invitation,
    claim: &Claim,
    (codes_max, code_expires_at): (i64, Timestamp),
    now: Timestamp,
) -> Result<bool> {
    // Each code has its own five tries: a new one begins at the next multiple of five, so that the
    // count also says how many codes there were.
    let tries = tx
        .query_opt(
            "SELECT code_tries, code_hash IS NOT NULL AS waiting FROM invitations WHERE id = $1",
            &params![invitation.id],
        )
        .await?;
    let Some(row) = tries else { return Ok(false) };
    let used = row.int("code_tries")? / TRIES_PER_CODE;
    let codes = if row.bool("waiting")? { used + 1 } else { used };
    if codes >= codes_max {
        return Ok(false);
    }
    let kept = tx
        .execute(
            "UPDATE invitations SET accepted_name = $2, accepted_password_hash = $3, code_hash = $4, \
             code_expires_at = $5, code_tries = $6, updated_at = $7 \
             WHERE id = $1 AND state = 'pending' AND expires_at > $7",
            &params![
                invitation.id,
                &claim.name,
                &claim.password_hash,
                claim.code_hash,
                code_expires_at,
                codes * TRIES_PER_CODE,
                now,
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// What somebody new gave, while a code for it is good.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_claim(
    tx: &mut Tx,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<Option<Claim>> {
    let row = tx
        .query_opt(
            "SELECT accepted_name, accepted_password_hash, code_hash FROM invitations \
             WHERE id = $1 AND state = 'pending' AND code_hash IS NOT NULL AND code_expires_at > $2",
            &params![invitation.id, now],
        )
        .await?;
    row.map(|row| {
        Ok(Claim {
            name: row.text("accepted_name")?,
            password_hash: row.text("accepted_password_hash")?,
            code_hash: row.token_hash("code_hash")?,
        })
    })
    .transpose()
}

/// Counts a wrong code; the fifth ends the code.
///
/// # Errors
/// When the database refuses.
pub async fn count_wrong_code(tx: &mut Tx, invitation: &Invitation, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE invitations SET code_tries = code_tries + 1, updated_at = $3, \
         code_hash = CASE WHEN (code_tries + 1) % $2 = 0 THEN NULL ELSE code_hash END \
         WHERE id = $1 AND state = 'pending' AND code_hash IS NOT NULL",
        &params![invitation.id, TRIES_PER_CODE, now],
    )
    .await
    .map(drop)
}

/// Spends a pending invitation on the membership it became. Of two that try, one gets `true`.
///
/// # Errors
/// When the database refuses.
pub async fn consume(
    tx: &mut Tx,
    invitation: &Invitation,
    user: UserId,
    now: Timestamp,
) -> Result<bool> {
    let spent = tx
        .execute(
            concat!(
                "UPDATE invitations SET state = 'accepted', user_id = $2, updated_at = $3, ",
                forgets!(),
                " WHERE id = $1 AND state = 'pending' AND expires_at > $3"
            ),
            &params![invitation.id, user, now],
        )
        .await?;
    Ok(spent == 1)
}

/// Grants the new member what the invitation named, as far as it is still there, and returns it.
/// Spending the invitation is the authority.
///
/// # Errors
/// When the database refuses.
pub async fn grant_domains(
    tx: &mut Tx,
    permission: &Permission,
    invitation: &Invitation,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<InvitedDomain>> {
    let rows = tx
        .query(
            "SELECT i.domain_id, i.level, d.name FROM invitation_domains i JOIN domains d ON d.id = i.domain_id \
             WHERE i.invitation_id = $1 AND d.organization_id = $2 ORDER BY d.name, d.id",
            &params![invitation.id, invitation.organization_id],
        )
        .await?;
    let domains: Vec<InvitedDomain> = rows.iter().map(invited_domain).collect::<Result<_>>()?;
    for domain in &domains {
        let grant = Grant {
            user_id: user,
            domain_id: domain.domain_id,
            level: domain.level,
            expires_at: None,
            created_at: now,
        };
        grant::insert(tx, permission, &grant, Some(invitation.invited_by)).await?;
    }
    Ok(domains)
}
