//! Who owns a name that several organizations registered, and who is told of it.

use postscale_access::{SystemScope, Writable};
use postscale_model::{Address, Domain, DomainId, Timestamp};

use super::from_row;
use crate::{Result, Tx, params, user::list_concerned};

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
        people: list_concerned(tx, &after, now).await?,
        before: holder.0,
        after,
    }))
}
