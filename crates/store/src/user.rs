//! Table `users`: memberships of persons in organizations.

use postscale_access::{Permission, SystemScope, Writable};
use postscale_model::{
    Address, Domain, Invitation, Role, Timestamp, User, UserId, UserStatus, Word,
};

use crate::{Error, Listed, Page, Result, Row, Tx, like, params};

/// People who are told of one domain at most.
pub const CONCERNED_MAX: u32 = 50;

fn from_row(row: &Row) -> Result<User> {
    Ok(User {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        person_id: row.id("person_id")?,
        email: row.id("email")?,
        name: row.text("name")?,
        role: row.word("role")?,
        status: row.word("status")?,
        last_active_at: row.opt_timestamp("last_active_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Inserts a membership.
///
/// # Errors
/// When the database refuses; a person can be an undeleted user of an organization only once.
pub async fn insert(tx: &mut Tx, user: &User) -> Result<()> {
    tx.execute(
        "INSERT INTO users (id, organization_id, person_id, role, status, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        &params![
            user.id,
            user.organization_id,
            user.person_id,
            user.role,
            user.status,
            user.created_at
        ],
    )
    .await
    .map(drop)
}

/// A user that is not deleted. Unchecked: only the gate asks.
pub(crate) async fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    let row = tx
        .query_opt(
            "SELECT u.*, p.email, p.name FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.id = $1 AND u.status <> 'deleted'",
            &params![id],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The user the permission's actor is, or whose key it uses.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_self(tx: &mut Tx, permission: &Permission) -> Result<User> {
    let actor = permission
        .actor()
        .ok_or_else(|| Error::Corrupt("a public action has no user".into()))?;
    find(tx, actor.user())
        .await?
        .ok_or_else(|| Error::Corrupt("an actor without user".into()))
}

/// The name of a user of the permission's organization, for showing who made something.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_name(tx: &mut Tx, permission: &Permission, id: UserId) -> Result<Option<String>> {
    let row = tx
        .query_opt(
            "SELECT p.name FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.organization_id = $1 AND u.id = $2",
            &params![permission.organization(), id],
        )
        .await?;
    row.map(|row| row.text("name")).transpose()
}

/// A user whose membership may be changed: one the actor may manage, or the actor themselves.
#[derive(Debug)]
pub struct Managed(User);

impl From<Writable<User>> for Managed {
    fn from(user: Writable<User>) -> Self {
        Self(user.into_inner())
    }
}

impl std::ops::Deref for Managed {
    type Target = User;
    fn deref(&self) -> &User {
        &self.0
    }
}

impl Managed {
    /// The actor themselves.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn myself(tx: &mut Tx, permission: &Permission) -> Result<Self> {
        get_self(tx, permission).await.map(Self)
    }
}

/// A user with what an administrator sees besides.
#[derive(Debug, Clone)]
pub struct UserDetails {
    /// The user.
    pub user: User,
    /// When the person's address was proven.
    pub email_verified_at: Option<Timestamp>,
    /// Whether the person signs in with a second factor.
    pub mfa_enabled: bool,
    /// Domains reached now: every one of the organization for owners and admins.
    pub domain_count: u64,
    /// Keys of theirs that work now.
    pub api_key_count: u64,
}

/// Which users.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Part of the name or address, whatever the case.
    pub query: Option<String>,
    /// Only of this role.
    pub role: Option<Role>,
    /// Only in this state.
    pub status: Option<UserStatus>,
}

/// Users with their details, `$2` being the instant that grants and keys are measured at.
macro_rules! details_select {
    () => {
        "SELECT u.*, p.email, p.name, p.email_verified_at, p.totp_enabled_at, \
         CASE WHEN u.status <> 'active' THEN 0 WHEN u.role = 'member' THEN (SELECT COUNT(*) FROM grants g \
         WHERE g.user_id = u.id AND (g.expires_at IS NULL OR g.expires_at > $2)) \
         ELSE (SELECT COUNT(*) FROM domains d WHERE d.organization_id = u.organization_id) END AS domain_count, \
         (SELECT COUNT(*) FROM api_keys k WHERE k.created_by = u.id AND k.revoked_at IS NULL \
         AND (k.expires_at IS NULL OR k.expires_at > $2)) AS api_key_count \
         FROM users u JOIN persons p ON p.id = u.person_id WHERE "
    };
}

/// Which users a listing shows; `$2` is only there because the rows need it.
macro_rules! listed_users {
    () => {
        "u.organization_id = $1 AND $2 > 0 AND u.status <> 'deleted' \
         AND (LOWER(p.name) LIKE LOWER($3) ESCAPE '\\' OR LOWER(p.email) LIKE LOWER($3) ESCAPE '\\') \
         AND ($4 = '' OR u.role = $4) AND ($5 = '' OR u.status = $5)"
    };
}

fn details_from_row(row: &Row) -> Result<UserDetails> {
    Ok(UserDetails {
        user: from_row(row)?,
        email_verified_at: row.opt_timestamp("email_verified_at")?,
        mfa_enabled: row.opt_timestamp("totp_enabled_at")?.is_some(),
        domain_count: row.count("domain_count")?,
        api_key_count: row.count("api_key_count")?,
    })
}

/// The users of the permission's organization, by name. Deleted ones are not there.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    permission: &Permission,
    filter: &UserFilter,
    page: Page,
    now: Timestamp,
) -> Result<Listed<UserDetails>> {
    let mut parameters = Vec::from(params![
        permission.organization(),
        now,
        like::contains(filter.query.as_deref().unwrap_or_default()),
        filter.role.map_or("", Word::as_str),
        filter.status.map_or("", Word::as_str),
    ]);
    let total = tx
        .query_opt(
            concat!(
                "SELECT COUNT(*) AS total FROM users u JOIN persons p ON p.id = u.person_id WHERE ",
                listed_users!()
            ),
            &parameters,
        )
        .await?;
    parameters.extend(params![i64::from(page.limit), page.offset()]);
    let rows = tx
        .query(
            concat!(
                details_select!(),
                listed_users!(),
                " ORDER BY LOWER(p.name), u.id LIMIT $6 OFFSET $7"
            ),
            &parameters,
        )
        .await?;
    Ok(Listed {
        rows: rows.iter().map(details_from_row).collect::<Result<_>>()?,
        total: crate::row::count(total.as_ref())?,
    })
}

/// A user's row, with what an administrator sees besides.
///
/// # Errors
/// When the database cannot answer.
pub async fn details(tx: &mut Tx, user: &Managed, now: Timestamp) -> Result<UserDetails> {
    let row = tx
        .query_one(
            concat!(details_select!(), "u.id = $1"),
            &params![user.id, now],
        )
        .await?;
    details_from_row(&row)
}

/// Whether the user's organization asks for a second factor the person does not have.
///
/// # Errors
/// When the database cannot answer.
pub async fn owes_second_factor(tx: &mut Tx, user: &Managed) -> Result<bool> {
    let row = tx
        .query_one(
            "SELECT (o.require_second_factor AND p.totp_enabled_at IS NULL) AS owes_second_factor \
             FROM users u JOIN persons p ON p.id = u.person_id JOIN organizations o ON o.id = u.organization_id \
             WHERE u.id = $1",
            &params![user.id],
        )
        .await?;
    row.bool("owes_second_factor")
}

/// How many active owners the user's organization has without the user.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_other_owners(tx: &mut Tx, user: &Managed) -> Result<u64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) AS total FROM users WHERE organization_id = $1 AND id <> $2 \
             AND role = 'owner' AND status = 'active'",
            &params![user.organization_id, user.id],
        )
        .await?;
    crate::row::count(row.as_ref())
}

/// Gives a user that role in that state.
///
/// # Errors
/// When the database refuses; it does not let the last active owner go.
pub async fn update(
    tx: &mut Tx,
    user: &Managed,
    role: Role,
    status: UserStatus,
    now: Timestamp,
) -> Result<()> {
    let deactivated_at = match status {
        UserStatus::Deactivated | UserStatus::Deleted => Some(now),
        UserStatus::Active | UserStatus::Pending => None,
    };
    tx.execute(
        "UPDATE users SET role = $2, status = $3, deactivated_at = $4, updated_at = $5 WHERE id = $1",
        &params![user.id, role, status, deactivated_at, now],
    )
    .await
    .map(drop)
}

/// Addresses of those who own the organization the instance was set up with: they look after it
/// when nobody else is named. Oldest first, at most ten.
///
/// # Errors
/// When the database cannot answer.
pub async fn first_owners(tx: &mut Tx, _scope: &SystemScope) -> Result<Vec<Address>> {
    let rows = tx
        .query(
            "SELECT p.email FROM instance_setup s JOIN users u ON u.organization_id = s.organization_id \
             JOIN persons p ON p.id = u.person_id WHERE u.role = 'owner' AND u.status = 'active' \
             AND p.email_verified_at IS NOT NULL ORDER BY u.created_at, u.id LIMIT 10",
            &[],
        )
        .await?;
    rows.iter().map(|row| row.id("email")).collect()
}

/// Addresses of those who look after a domain: its organization's active owners and admins, and the
/// members who may write it. Owners first, at most [`CONCERNED_MAX`].
///
/// # Errors
/// When the database cannot answer.
pub async fn concerned(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    now: Timestamp,
) -> Result<Vec<Address>> {
    list_concerned(tx, domain, now).await
}

/// As [`concerned`], asked by nobody.
///
/// # Errors
/// When the database cannot answer.
pub async fn concerned_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: &Domain,
    now: Timestamp,
) -> Result<Vec<Address>> {
    list_concerned(tx, domain, now).await
}

pub(crate) async fn list_concerned(
    tx: &mut Tx,
    domain: &Domain,
    now: Timestamp,
) -> Result<Vec<Address>> {
    let rows = tx
        .query(
            "SELECT p.email FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.organization_id = $1 AND u.status = 'active' AND p.email_verified_at IS NOT NULL \
             AND (u.role IN ('owner', 'admin') OR EXISTS (SELECT 1 FROM grants g WHERE g.user_id = u.id \
               AND g.domain_id = $2 AND g.level = 'read_write' AND (g.expires_at IS NULL OR g.expires_at > $3))) \
             ORDER BY CASE u.role WHEN 'owner' THEN 1 WHEN 'admin' THEN 2 ELSE 3 END, u.created_at, u.id LIMIT $4",
            &params![domain.organization_id, domain.id, now, CONCERNED_MAX],
        )
        .await?;
    rows.iter().map(|row| row.id("email")).collect()
}

/// Addresses of the active owners of the permission's organization, the oldest first, at most ten.
///
/// # Errors
/// When the database cannot answer.
pub async fn owners(tx: &mut Tx, permission: &Permission) -> Result<Vec<Address>> {
    let rows = tx
        .query(
            "SELECT p.email FROM users u JOIN persons p ON p.id = u.person_id WHERE u.organization_id = $1 \
             AND u.role = 'owner' AND u.status = 'active' ORDER BY u.created_at, u.id LIMIT 10",
            &params![permission.organization()],
        )
        .await?;
    rows.iter().map(|row| row.id("email")).collect()
}

/// What the invited address is in the organization already: the status of its undeleted user, if any.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_status(tx: &mut Tx, invitation: &Invitation) -> Result<Option<UserStatus>> {
    let row = tx
        .query_opt(
            "SELECT u.status FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.organization_id = $1 AND p.email_key = $2 AND u.status <> 'deleted'",
            &params![invitation.organization_id, invitation.email.key()],
        )
        .await?;
    row.map(|row| row.word("status")).transpose()
}
