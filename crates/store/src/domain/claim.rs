//! Who owns a name that several organizations registered, and who is told of it.

use postscale_access::{SystemScope, Writable};
use postscale_model::{Address, Domain, DomainId, OrganizationId, Timestamp};

use super::from_row;
use crate::{Result, Tx, params};

/// People told of one domain at most.
const PEOPLE_MAX: u32 = 100;

/// The domain of another organization that has proven ownership of the same name. Known only to who
/// has just shown control of the name in DNS, and told to nobody.
#[derive(Debug, Clone)]
pub struct Holder(Domain);

impl Holder {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> DomainId {
        self.0.id
    }

    /// What its proof has to hold.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0.ownership_token
    }
}

/// Who else has proven ownership of the domain's name.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_holder(tx: &mut Tx, domain: &Writable<Domain>) -> Result<Option<Holder>> {
    holder(tx, domain).await
}

/// As [`find_holder`], asked by nobody.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_holder_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: &Domain,
) -> Result<Option<Holder>> {
    holder(tx, domain).await
}

async fn holder(tx: &mut Tx, domain: &Domain) -> Result<Option<Holder>> {
    let row = tx
        .query_opt(
            "SELECT * FROM domains WHERE name = $1 AND ownership_verified AND id <> $2",
            &params![&domain.name, domain.id],
        )
        .await?;
    row.map(|row| Ok(Holder(from_row(&row)?))).transpose()
}

/// A claim that ended because somebody else proved theirs.
#[derive(Debug)]
pub struct Released {
    /// The domain as it was.
    pub before: Domain,
    /// The domain now.
    pub after: Domain,
    /// Addresses of those who look after it.
    pub people: Vec<Address>,
}

/// Ends a claim whose proof is gone while another one is there. Nothing when it has ended already.
///
/// # Errors
/// When the database refuses.
pub async fn release(tx: &mut Tx, holder: Holder, now: Timestamp) -> Result<Option<Released>> {
    let row = tx
        .query_opt(
            "UPDATE domains SET ownership_verified = FALSE, verified = FALSE, updated_at = $2 \
             WHERE id = $1 AND ownership_verified RETURNING *",
            &params![holder.id(), now],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let after = from_row(&row)?;
    Ok(Some(Released {
        people: list_people(tx, after.organization_id, after.id, now).await?,
        before: holder.0,
        after,
    }))
}

/// Addresses of those who look after a domain: owners, admins, and members who may write it.
///
/// # Errors
/// When the database cannot answer.
pub async fn people(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    now: Timestamp,
) -> Result<Vec<Address>> {
    list_people(tx, domain.organization_id, domain.id, now).await
}

/// As [`people`], asked by nobody.
///
/// # Errors
/// When the database cannot answer.
pub async fn people_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: &Domain,
    now: Timestamp,
) -> Result<Vec<Address>> {
    list_people(tx, domain.organization_id, domain.id, now).await
}

async fn list_people(
    tx: &mut Tx,
    organization: OrganizationId,
    domain: DomainId,
    now: Timestamp,
) -> Result<Vec<Address>> {
    let rows = tx
        .query(
            "SELECT p.email FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.organization_id = $1 AND u.status = 'active' AND p.email_verified_at IS NOT NULL \
             AND (u.role IN ('owner', 'admin') OR EXISTS (SELECT 1 FROM grants g WHERE g.user_id = u.id \
             AND g.domain_id = $2 AND g.level = 'read_write' AND (g.expires_at IS NULL OR g.expires_at > $3))) \
             ORDER BY u.created_at, u.id LIMIT $4",
            &params![organization, domain, now, PEOPLE_MAX],
        )
        .await?;
    rows.iter().map(|row| row.id("email")).collect()
}
