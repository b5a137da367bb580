//! Finding what takes mail for an address.

use postscale_access::{Granted, SystemScope};
use postscale_model::{Address, Alias, Domain, DomainId, Timestamp};

use super::{WITH_DOMAIN, from_row};
use crate::{Result, Tx, params};

/// What a local part of a domain stands for.
#[derive(Debug, Clone)]
pub enum Resolved {
    /// This alias takes it.
    Alias(Box<Alias>),
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
    let sql = [
        WITH_DOMAIN,
        "a.domain_id = $1 AND a.local_part IN ($2, $3) ORDER BY LENGTH(a.local_part) DESC LIMIT 1",
    ]
    .concat();
    let row = tx.query_opt(&sql, &params![domain, &exact, base]).await?;
    row.map_or(Ok(Resolved::Unknown), |row| {
        Ok(Resolved::of(from_row(&row)?, now))
    })
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
            "SELECT a.*, a.shield_host AS domain, o.plan FROM aliases a JOIN organizations o ON o.id = a.organization_id \
             WHERE a.shield_host = $1 AND a.local_part IN ($2, $3) ORDER BY LENGTH(a.local_part) DESC LIMIT 1",
            &params![address.domain(), &exact, base],
        )
        .await?;
    row.map(|row| {
        Ok(ResolvedShield {
            resolved: Resolved::of(from_row(&row)?, now),
            plan: row.text("plan")?,
        })
    })
    .transpose()
}

impl Resolved {
    fn of(alias: Alias, now: Timestamp) -> Self {
        if alias.is_live(now) {
            Self::Alias(Box::new(alias))
        } else {
            Self::Inactive
        }
    }
}
