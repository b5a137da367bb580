//! Finding what takes mail for an address.

use postscale_access::{Granted, SystemScope};
use postscale_model::{Address, Alias, Domain, DomainId, Timestamp};

use super::from_row;
use crate::{Result, Row, Tx, params};

/// Whether an alias `a` has blocked anybody: a column of what is read of it.
macro_rules! has_blocked {
    () => {
        "EXISTS (SELECT 1 FROM alias_contacts c WHERE c.alias_id = a.id AND c.blocked) AS has_blocked"
    };
}

/// What a local part of a domain stands for.
#[derive(Debug, Clone)]
pub enum Resolved {
    /// This alias takes it.
    Alias {
        /// The alias.
        alias: Box<Alias>,
        /// Whether it has blocked anybody.
        has_blocked: bool,
    },
    /// An alias that is paused or over: refused, also when the domain takes everything else.
    Inactive,
    /// No alias: for the domain itself to decide.
    Unknown,
}

/// Finds what takes mail for a local part, whatever its case. `base+tag` is `base` unless there is an
/// alias of that very name.
///
/// # Errors
/// When the database cannot answer.
pub async fn resolve(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    local_part: &str,
    now: Timestamp,
) -> Result<Resolved> {
    resolve_in(tx, domain, local_part, now).await
}

/// As [`resolve`], for somebody who wants to know.
///
/// # Errors
/// When the database cannot answer.
pub async fn resolve_for<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    local_part: &str,
    now: Timestamp,
) -> Result<Resolved> {
    resolve_in(tx, domain.id, local_part, now).await
}

async fn resolve_in(
    tx: &mut Tx,
    domain: DomainId,
    local_part: &str,
    now: Timestamp,
) -> Result<Resolved> {
    let exact = local_part.to_lowercase();
    let base = exact
        .split_once('+')
        .map_or(exact.as_str(), |(base, _)| base);
    let row = tx
        .query_opt(
            concat!(
                "SELECT a.*, d.name AS domain, ",
                has_blocked!(),
                " FROM aliases a JOIN domains d ON d.id = a.domain_id \
                 WHERE a.domain_id = $1 AND a.local_part IN ($2, $3) ORDER BY LENGTH(a.local_part) DESC LIMIT 1"
            ),
            &params![domain, &exact, base],
        )
        .await?;
    row.map_or(Ok(Resolved::Unknown), |row| Resolved::of(&row, now))
}

/// What a local part of the instance's shared domain stands for, and the plan of its organization.
#[derive(Debug, Clone)]
pub struct ResolvedShield {
    /// The alias, or why it takes nothing.
    pub resolved: Resolved,
    /// The plan of its organization.
    pub plan: String,
}

/// As [`resolve`], for an address of the instance's shared domain: there is no domain to decide about
/// what no alias takes, so that nothing is the whole answer.
///
/// # Errors
/// When the database cannot answer.
pub async fn resolve_shield(
    tx: &mut Tx,
    _scope: &SystemScope,
    address: &Address,
    now: Timestamp,
) -> Result<Option<ResolvedShield>> {
    let exact = address.local_part().to_lowercase();
    let base = exact
        .split_once('+')
        .map_or(exact.as_str(), |(base, _)| base);
    let row = tx
        .query_opt(
            concat!(
                "SELECT a.*, a.shield_host AS domain, o.plan, ",
                has_blocked!(),
                " FROM aliases a JOIN organizations o ON o.id = a.organization_id \
                 WHERE a.shield_host = $1 AND a.local_part IN ($2, $3) ORDER BY LENGTH(a.local_part) DESC LIMIT 1"
            ),
            &params![address.domain(), &exact, base],
        )
        .await?;
    row.map(|row| {
        Ok(ResolvedShield {
            resolved: Resolved::of(&row, now)?,
            plan: row.text("plan")?,
        })
    })
    .transpose()
}

impl Resolved {
    fn of(row: &Row, now: Timestamp) -> Result<Self> {
        let alias = from_row(row)?;
        if !alias.is_live(now) {
            return Ok(Self::Inactive);
        }
        Ok(Self::Alias {
            alias: Box::new(alias),
            has_blocked: row.bool("has_blocked")?,
        })
    }
}
