//! Table `grants`: members' rights on domains.

use postscale_access::{Permission, Readable, Scope};
use postscale_model::{Domain, DomainId, Grant, Level, Timestamp, UserId};

use crate::{Result, Row, Tx, params, user::Managed};

/// A domain and the level the caller has on it.
#[derive(Debug, Clone)]
pub struct DomainAccess {
    /// The domain.
    pub domain_id: DomainId,
    /// Its name.
    pub domain: String,
    /// The caller's level.
    pub level: Level,
    /// End of an expiring grant.
    pub expires_at: Option<Timestamp>,
    /// Why it was given; empty where no grant is needed.
    pub note: String,
}

/// Inserts a grant. The caller must have proven the right to give it.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    _permission: &Permission,
    grant: &Grant,
    granted_by: Option<UserId>,
) -> Result<()> {
    tx.execute(
        "INSERT INTO grants (user_id, domain_id, level, granted_by, note, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, '', $5, $6)",
        &params![
            grant.user_id,
            grant.domain_id,
            grant.level,
            granted_by,
            grant.expires_at,
            grant.created_at
        ],
    )
    .await
    .map(drop)
}

/// The domains in scope with the level of `user` there: write for everybody whose scope is not a
/// member's.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_access(tx: &mut Tx, scope: &Scope, now: Timestamp) -> Result<Vec<DomainAccess>> {
    const CLAUSES: crate::visible::Clauses = crate::visible::clauses!("d.id", "d.organization_id");
    let sql = [
        "SELECT d.id, d.name, m.level, m.expires_at, m.note FROM domains d \
         LEFT JOIN grants m ON m.domain_id = d.id AND m.user_id = $5 WHERE ",
        crate::visible::clause(scope, &CLAUSES),
        " ORDER BY d.name, d.id LIMIT 10000",
    ]
    .concat();
    let mut parameters = crate::visible::parameters(scope, now);
    parameters.extend(params![
        scope.member().map_or_else(String::new, |id| id.to_string())
    ]);
    let rows = tx.query(&sql, &parameters).await?;
    rows.iter()
        .map(|row| {
            let level = match scope.member() {
                None => Level::Write,
                Some(_) => row.word("level")?,
            };
            Ok(DomainAccess {
                domain_id: row.id("id")?,
                domain: row.text("name")?,
                level,
                expires_at: row.opt_timestamp("expires_at")?,
                note: row.opt_text("note")?.unwrap_or_default(),
            })
        })
        .collect()
}

/// A grant as the member's administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberGrant {
    /// The domain.
    pub domain_id: DomainId,
    /// Its name.
    pub domain: String,
    /// How much.
    pub level: Level,
    /// Ends by itself at this instant. A grant that ended stays here until it is replaced.
    pub expires_at: Option<Timestamp>,
    /// Why it was given.
    pub note: String,
}

impl MemberGrant {
    /// Whether it counts at that instant.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

fn member_grant(row: &Row) -> Result<MemberGrant> {
    Ok(MemberGrant {
        domain_id: row.id("domain_id")?,
        domain: row.text("domain")?,
        level: row.word("level")?,
        expires_at: row.opt_timestamp("expires_at")?,
        note: row.text("note")?,
    })
}

/// Every grant of a member, by the domain's name, those that ended too.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_of(tx: &mut Tx, member: &Managed) -> Result<Vec<MemberGrant>> {
    let rows = tx
        .query(
            "SELECT g.*, d.name AS domain FROM grants g JOIN domains d ON d.id = g.domain_id \
             WHERE g.user_id = $1 ORDER BY d.name, d.id",
            &params![member.id],
        )
        .await?;
    rows.iter().map(member_grant).collect()
}

/// A grant with where it came from.
#[derive(Debug, Clone)]
pub struct GivenGrant {
    /// The grant; it may have ended.
    pub grant: MemberGrant,
    /// Who gave it, as far as that is known.
    pub given_by: Option<(UserId, String)>,
    /// When.
    pub given_at: Timestamp,
}

/// The grant of a member on a domain, ended or not, with where it came from.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_given(
    tx: &mut Tx,
    member: &Managed,
    domain: &Readable<Domain>,
) -> Result<Option<GivenGrant>> {
    let row = tx
        .query_opt(
            "SELECT g.*, d.name AS domain, p.name AS giver FROM grants g JOIN domains d ON d.id = g.domain_id \
             LEFT JOIN users u ON u.id = g.granted_by LEFT JOIN persons p ON p.id = u.person_id \
             WHERE g.user_id = $1 AND g.domain_id = $2",
            &params![member.id, domain.id],
        )
        .await?;
    let given = |row: Row| {
        let giver = row.opt_text("giver")?;
        Ok(GivenGrant {
            grant: member_grant(&row)?,
            given_by: row.opt_id("granted_by")?.zip(giver),
            given_at: row.timestamp("created_at")?,
        })
    };
    row.map(given).transpose()
}

/// Every domain of the user's organization, by name: what can be granted.
///
/// # Errors
/// When the database cannot answer.
pub async fn grantable(tx: &mut Tx, user: &Managed) -> Result<Vec<(DomainId, String)>> {
    let rows = tx
        .query(
            "SELECT id, name FROM domains WHERE organization_id = $1 ORDER BY name, id LIMIT 10000",
            &params![user.organization_id],
        )
        .await?;
    let pair = |row: &Row| Ok((row.id("id")?, row.text("name")?));
    rows.iter().map(pair).collect()
}

/// Gives a member that grant, in place of any on the same domain.
///
/// # Errors
/// When the database refuses; [`crate::Error::is_dangling`] when the domain is gone meanwhile.
pub async fn put(
    tx: &mut Tx,
    member: &Managed,
    grant: &MemberGrant,
    granted_by: UserId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO grants (user_id, domain_id, level, granted_by, note, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, domain_id) DO UPDATE SET \
         level = $3, granted_by = $4, note = $5, expires_at = $6, created_at = $7, \
         reviewed_at = NULL, reviewed_by = NULL",
        &params![
            member.id,
            grant.domain_id,
            grant.level,
            granted_by,
            &grant.note,
            grant.expires_at,
            now,
        ],
    )
    .await
    .map(drop)
}

/// Takes a member's grant on a domain away.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, member: &Managed, domain: DomainId) -> Result<()> {
    tx.execute(
        "DELETE FROM grants WHERE user_id = $1 AND domain_id = $2",
        &params![member.id, domain],
    )
    .await
    .map(drop)
}
