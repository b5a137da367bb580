//! Tables `invitations` and `invitation_domains`: who was asked to join an organization.
//!
//! An invitation is `pending` until exactly one thing ends it, and every statement that ends one says
//! so in its `WHERE`: of two that race, one finds the row. Expiry is decided by the clock of whoever
//! asks, so a row may still say `pending` after its end. Whatever ends an invitation also forgets what
//! an accepter gave so far.

use std::time::Duration;

use postscale_access::{Permission, Readable, SystemScope};
use postscale_model::{
    Address, Domain, DomainId, Invitation, InvitationId, InvitationState, Level, Timestamp,
    TokenHash, UserId,
};

use crate::{Listed, Page, Result, Row, Tx, Value, batch, conditions::Conditions, params};

/// What every transition out of `pending` forgets.
macro_rules! forgets {
    () => {
        "code_hash = NULL, code_expires_at = NULL, accepted_name = NULL, accepted_password_hash = NULL"
    };
}

mod accepting;

pub use accepting::{
    Claim, Offer, TRIES_PER_CODE, claim, consume, count_wrong_code, find_by_token, find_claim,
    grant_domains, lock_by_token,
};

/// An invitation in a list.
#[derive(Debug, Clone)]
pub struct ListedInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// Name of who invited.
    pub inviter: String,
    /// What will be granted on joining.
    pub domains: Vec<InvitedDomain>,
}

/// A domain to be granted on joining.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedDomain {
    /// The domain.
    pub domain_id: DomainId,
    /// Its name.
    pub domain: String,
    /// The level.
    pub level: Level,
}

fn from_row(row: &Row) -> Result<Invitation> {
    Ok(Invitation {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        email: row.id("email")?,
        role: row.word("role")?,
        state: row.word("state")?,
        invited_by: row.id("invited_by")?,
        expires_at: row.timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Inserts a pending invitation with the domains to be granted. What was pending for the address must
/// have been superseded before.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    permission: &Permission,
    invitation: &Invitation,
    domains: &[(Readable<Domain>, Level)],
    token: &TokenHash,
) -> Result<()> {
    tx.execute(
        "INSERT INTO invitations (id, organization_id, email, email_key, role, state, token_hash, code_tries, \
         invited_by, expires_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6, 0, $7, $8, $9, $9)",
        &params![
            invitation.id,
            permission.organization(),
            &invitation.email,
            invitation.email.key(),
            invitation.role,
            token,
            invitation.invited_by,
            invitation.expires_at,
            invitation.created_at,
        ],
    )
    .await?;
    for (domain, level) in domains {
        tx.execute(
            "INSERT INTO invitation_domains (invitation_id, domain_id, level) VALUES ($1, $2, $3)",
            &params![invitation.id, domain.id, *level],
        )
        .await?;
    }
    Ok(())
}

/// The organization's invitations, newest first; those replaced by a newer one are left out.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    permission: &Permission,
    status: Option<InvitationState>,
    page: Page,
    now: Timestamp,
) -> Result<Listed<ListedInvitation>> {
    let mut conditions = Conditions::equal("i.organization_id", permission.organization());
    conditions.and("i.state <> 'superseded'");
    match status {
        None => {}
        Some(InvitationState::Pending) => {
            conditions.and_given("i.state = 'pending' AND i.expires_at > ?", Some(now));
        }
        Some(InvitationState::Expired) => conditions.and_given(
            "(i.state = 'expired' OR (i.state = 'pending' AND i.expires_at <= ?))",
            Some(now),
        ),
        Some(state) => conditions.and_given("i.state = ?", Some(state)),
    }
    let from =
        "invitations i JOIN users u ON u.id = i.invited_by JOIN persons p ON p.id = u.person_id";
    let what = (
        "i.*, p.name AS inviter_name",
        from,
        "i.created_at DESC, i.id",
    );
    let listed = conditions
        .list(tx, what, page, |row| {
            Ok(ListedInvitation {
                invitation: from_row(row)?,
                inviter: row.text("inviter_name")?,
                domains: Vec::new(),
            })
        })
        .await?;
    with_domains(tx, listed).await
}

async fn with_domains(
    tx: &mut Tx,
    mut listed: Listed<ListedInvitation>,
) -> Result<Listed<ListedInvitation>> {
    let ids: Vec<InvitationId> = listed.rows.iter().map(|row| row.invitation.id).collect();
    for run in batch::runs(&ids) {
        let sql = [
            "SELECT i.invitation_id, i.domain_id, i.level, d.name FROM invitation_domains i \
             JOIN domains d ON d.id = i.domain_id WHERE i.invitation_id IN (",
            &batch::placeholders(1, run.len()),
            ") ORDER BY d.name, d.id",
        ]
        .concat();
        let parameters: Vec<_> = run.iter().map(|id| Value::from(*id)).collect();
        for row in tx.query(&sql, &parameters).await? {
            let id: InvitationId = row.id("invitation_id")?;
            let of = listed.rows.iter_mut().find(|r| r.invitation.id == id);
            if let Some(of) = of {
                of.domains.push(invited_domain(&row)?);
            }
        }
    }
    Ok(listed)
}

fn invited_domain(row: &Row) -> Result<InvitedDomain> {
    Ok(InvitedDomain {
        domain_id: row.id("domain_id")?,
        domain: row.text("name")?,
        level: row.word("level")?,
    })
}

/// One invitation of the organization as it is listed; none that was replaced by a newer one.
///
/// # Errors
/// When the database cannot answer.
pub async fn find(
    tx: &mut Tx,
    permission: &Permission,
    id: InvitationId,
) -> Result<Option<ListedInvitation>> {
    let row = tx
        .query_opt(
            "SELECT i.*, p.name AS inviter_name FROM invitations i JOIN users u ON u.id = i.invited_by \
             JOIN persons p ON p.id = u.person_id \
             WHERE i.organization_id = $1 AND i.id = $2 AND i.state <> 'superseded'",
            &params![permission.organization(), id],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let found = ListedInvitation {
        invitation: from_row(&row)?,
        inviter: row.text("inviter_name")?,
        domains: Vec::new(),
    };
    let one = Listed {
        rows: vec![found],
        total: 1,
    };
    Ok(with_domains(tx, one).await?.rows.pop())
}

/// How many mails of invitations may go out in how much time.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// So many.
    pub count: u32,
    /// In so long.
    pub within: Duration,
}

/// When the organization, or it to one address, may have an invitation mailed again under that rate;
/// `None` is now. Invitations and resends count alike, each at its instant. Exact only while the
/// organization is locked.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_allowed_at(
    tx: &mut Tx,
    permission: &Permission,
    to: Option<&Address>,
    rate: Rate,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let row = tx
        .query_opt(
            "SELECT created_at FROM invitations WHERE organization_id = $1 AND ($2 = '' OR email_key = $2) \
             ORDER BY created_at DESC LIMIT 1 OFFSET $3",
            &params![
                permission.organization(),
                to.map(Address::key).unwrap_or_default(),
                rate.count.saturating_sub(1),
            ],
        )
        .await?;
    let free_at = row.map(|row| row.timestamp("created_at")).transpose()?;
    Ok(free_at
        .map(|at| at.plus(rate.within))
        .filter(|at| *at > now))
}

/// Ends what is pending for an address, to make place for a new invitation: it is superseded, or has
/// expired already. Returns what was ended, as it is now.
///
/// # Errors
/// When the database refuses.
pub async fn supersede(
    tx: &mut Tx,
    permission: &Permission,
    email: &Address,
    now: Timestamp,
) -> Result<Option<Invitation>> {
    let row = tx
        .query_opt(
            concat!(
                "UPDATE invitations SET state = CASE WHEN expires_at > $3 THEN 'superseded' ELSE 'expired' END, \
                 updated_at = $3, ",
                forgets!(),
                " WHERE organization_id = $1 AND email_key = $2 AND state = 'pending' RETURNING *"
            ),
            &params![permission.organization(), email.key(), now],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// A new link for a pending invitation, good until `expires_at`. The link before it stays behind as a
/// superseded invitation under `left_behind`, which also counts the mail. `None` when it is no longer
/// pending.
///
/// # Errors
/// When the database refuses.
pub async fn replace_token(
    tx: &mut Tx,
    permission: &Permission,
    id: InvitationId,
    (token, expires_at): (&TokenHash, Timestamp),
    left_behind: InvitationId,
    now: Timestamp,
) -> Result<Option<Invitation>> {
    let before = tx
        .query_opt(
            "SELECT token_hash, expires_at FROM invitations \
             WHERE organization_id = $1 AND id = $2 AND state = 'pending' AND expires_at > $3",
            &params![permission.organization(), id, now],
        )
        .await?;
    let Some(before) = before else {
        return Ok(None);
    };
    let row = tx
        .query_opt(
            concat!(
                "UPDATE invitations SET token_hash = $4, expires_at = $5, updated_at = $3, code_tries = 0, ",
                forgets!(),
                " WHERE organization_id = $1 AND id = $2 AND state = 'pending' AND expires_at > $3 RETURNING *"
            ),
            &params![permission.organization(), id, now, token, expires_at],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    tx.execute(
        "INSERT INTO invitations (id, organization_id, email, email_key, role, state, token_hash, code_tries, \
         invited_by, expires_at, created_at, updated_at) \
         SELECT $1, organization_id, email, email_key, role, 'superseded', $2, 0, invited_by, $3, $4, $4 \
         FROM invitations WHERE id = $5",
        &params![
            left_behind,
            before.token_hash("token_hash")?,
            before.timestamp("expires_at")?,
            now,
            id
        ],
    )
    .await?;
    from_row(&row).map(Some)
}

/// Takes a pending invitation back; `None` when it is no longer pending.
///
/// # Errors
/// When the database refuses.
pub async fn revoke(
    tx: &mut Tx,
    permission: &Permission,
    id: InvitationId,
    now: Timestamp,
) -> Result<Option<Invitation>> {
    let row = tx
        .query_opt(
            concat!(
                "UPDATE invitations SET state = 'revoked', updated_at = $3, ",
                forgets!(),
                " WHERE organization_id = $1 AND id = $2 AND state = 'pending' AND expires_at > $3 RETURNING *"
            ),
            &params![permission.organization(), id, now],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The invitations a user has sent that can still be accepted, newest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn pending_of(tx: &mut Tx, inviter: UserId) -> Result<Vec<Invitation>> {
    let sql = "SELECT * FROM invitations WHERE invited_by = $1 AND state = 'pending' \
               ORDER BY created_at DESC, id";
    let rows = tx.query(sql, &params![inviter]).await?;
    rows.iter().map(from_row).collect()
}

/// Takes back every pending invitation that a user issued, and returns them as they are now. To be
/// called, with the organization locked, by whatever takes the right to invite from that user.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_of(tx: &mut Tx, inviter: UserId, now: Timestamp) -> Result<Vec<Invitation>> {
    let rows = tx
        .query(
            concat!(
                "UPDATE invitations SET state = 'revoked', updated_at = $2, ",
                forgets!(),
                " WHERE invited_by = $1 AND state = 'pending' RETURNING *"
            ),
            &params![inviter, now],
        )
        .await?;
    rows.iter().map(from_row).collect()
}

/// Revokes every pending invitation to the permission's organization. Says how many.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    permission: &Permission,
    now: Timestamp,
) -> Result<u64> {
    tx.execute(
        concat!(
            "UPDATE invitations SET state = 'revoked', updated_at = $2, ",
            forgets!(),
            " WHERE organization_id = $1 AND state = 'pending'"
        ),
        &params![permission.organization(), now],
    )
    .await
}

/// Writes down that an invitation expired; `None` when it did not, or something else ended it.
///
/// # Errors
/// When the database refuses.
pub async fn expire(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: InvitationId,
    now: Timestamp,
) -> Result<Option<Invitation>> {
    let row = tx
        .query_opt(
            concat!(
                "UPDATE invitations SET state = 'expired', updated_at = $2, ",
                forgets!(),
                " WHERE id = $1 AND state = 'pending' AND expires_at <= $2 RETURNING *"
            ),
            &params![id, now],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}
