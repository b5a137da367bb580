//! Table `warming_shares`: what single providers may get of a domain's limit.

use postscale_access::{Granted, SystemScope, Writable};
use postscale_model::{Domain, DomainId, Isp, ProviderShare, ProviderShares, SentSince};

use super::{locked, stored};
use crate::{Error, Result, Row, Tx, params};

/// A provider with a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedProvider {
    /// Which one.
    pub isp: Isp,
    /// Its share.
    pub share: ProviderShare,
    /// Places taken on the latest day on which any was.
    pub sent: SentSince,
}

fn from_row(row: &Row) -> Result<SharedProvider> {
    let share = ProviderShare::new(row.int("percent")?);
    Ok(SharedProvider {
        isp: row.word("isp")?,
        share: share.ok_or_else(|| Error::corrupt("a share of no percent"))?,
        sent: SentSince {
            start: row.timestamp("day_start")?,
            recipients: row.count("day_sent")?,
        },
    })
}

/// The providers that have a share of a domain's limit, in the order of the vocabulary.
///
/// # Errors
/// When the database cannot answer.
pub async fn list<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<Vec<SharedProvider>> {
    of_domain(tx, domain.id).await
}

async fn of_domain(tx: &mut Tx, domain: DomainId) -> Result<Vec<SharedProvider>> {
    let sql = "SELECT * FROM warming_shares WHERE domain_id = $1 AND percent IS NOT NULL";
    let rows = tx.query(sql, &params![domain]).await?;
    let mut found = rows.iter().map(from_row).collect::<Result<Vec<_>>>()?;
    found.sort_unstable_by_key(|one| one.isp);
    Ok(found)
}

/// The providers whose mail from a domain takes places.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_for_job(tx: &mut Tx, _scope: &SystemScope, domain: DomainId) -> Result<Vec<Isp>> {
    let found = of_domain(tx, domain).await?;
    Ok(found.into_iter().map(|one| one.isp).collect())
}

/// Gives a domain these shares and no others; returns those it had. Places that were taken stay
/// taken.
///
/// # Errors
/// When the database refuses.
pub async fn replace(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    shares: &ProviderShares,
) -> Result<ProviderShares> {
    // Whoever takes places meanwhile has the plan's row: they took them before this, or take them
    // after.
    locked(tx, domain.id).await?;
    // One that has no plan yet is nobody else's to change all the same.
    let sql = "UPDATE domains SET has_provider_shares = $2 WHERE id = $1";
    tx.execute(sql, &params![domain.id, !shares.is_empty()])
        .await?;
    let before = of_domain(tx, domain.id).await?;
    let before: ProviderShares = before.iter().map(|one| (one.isp, one.share)).collect();
    for lifted in before.keys().filter(|isp| !shares.contains_key(isp)) {
        let sql = "UPDATE warming_shares SET percent = NULL WHERE domain_id = $1 AND isp = $2";
        tx.execute(sql, &params![domain.id, *lifted]).await?;
    }
    for (isp, share) in shares {
        tx.execute(
            "INSERT INTO warming_shares (domain_id, isp, percent, day_start, day_sent) VALUES ($1, $2, $3, 0, 0) \
             ON CONFLICT (domain_id, isp) DO UPDATE SET percent = excluded.percent",
            &params![domain.id, *isp, i64::from(share.percent())],
        )
        .await?;
    }
    Ok(before)
}

/// The share of one provider.
pub(super) async fn find(
    tx: &mut Tx,
    (domain, isp): (DomainId, Isp),
) -> Result<Option<SharedProvider>> {
    let sql =
        "SELECT * FROM warming_shares WHERE domain_id = $1 AND isp = $2 AND percent IS NOT NULL";
    let row = tx.query_opt(sql, &params![domain, isp]).await?;
    row.as_ref().map(from_row).transpose()
}

/// Writes down how many places with a provider are taken.
pub(super) async fn count(
    tx: &mut Tx,
    (domain, isp): (DomainId, Isp),
    sent: SentSince,
) -> Result<()> {
    tx.execute(
        "UPDATE warming_shares SET day_start = $3, day_sent = $4 WHERE domain_id = $1 AND isp = $2",
        &params![domain, isp, sent.start, stored(sent.recipients)],
    )
    .await
    .map(drop)
}
