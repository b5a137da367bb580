//! Table `domain_checks`: the last look-up of each record of a domain.

use postscale_access::{Granted, Scope, SystemScope, Writable};
use postscale_model::{
    Domain, DomainCheck, DomainId, Purpose, Selector, Timestamp, job::VERIFY_DOMAIN,
};

use crate::{Result, Tx, batch, params, visible};

const CLAUSES: visible::Clauses = visible::clauses!("d.id", "d.organization_id");

/// The last look-up of one record; DKIM records are told apart by their selector.
#[derive(Debug, Clone)]
pub struct StoredCheck {
    /// What was seen.
    pub check: DomainCheck,
    /// The selector of a DKIM record.
    pub selector: Option<Selector>,
}

/// The last look-ups of a domain's records.
///
/// # Errors
/// When the database cannot answer.
pub async fn list<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<Vec<StoredCheck>> {
    let rows = tx
        .query(
            "SELECT * FROM domain_checks WHERE domain_id = $1",
            &params![domain.id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredCheck {
                check: DomainCheck {
                    purpose: row.word("purpose")?,
                    status: row.word("status")?,
                    found: row.json("found")?,
                    advice: row.json("advice")?,
                    spf_lookups: row
                        .opt_int("spf_lookups")?
                        .and_then(|lookups| u32::try_from(lookups).ok()),
                    checked_at: row.timestamp("checked_at")?,
                },
                selector: Some(row.text("selector")?)
                    .filter(|s| !s.is_empty())
                    .map(|s| s.parse())
                    .transpose()
                    .map_err(|_| crate::Error::Corrupt("selector of a check".into()))?,
            })
        })
        .collect()
}

/// Of these domains, the records that were not right when they were last looked up. DKIM counts when
/// no key's record was.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_wrong(
    tx: &mut Tx,
    scope: &Scope,
    domains: &[DomainId],
    now: Timestamp,
) -> Result<Vec<(DomainId, Purpose)>> {
    let clause = visible::clause(scope, &CLAUSES);
    let mut wrong = Vec::new();
    for run in batch::runs(domains) {
        let mut parameters = visible::parameters(scope, now);
        parameters.extend(run.iter().map(|id| (*id).into()));
        let sql = [
            "SELECT c.domain_id, c.purpose FROM domain_checks c JOIN domains d ON d.id = c.domain_id WHERE ",
            clause,
            " AND c.domain_id IN (",
            &batch::placeholders(5, run.len()),
            ") GROUP BY c.domain_id, c.purpose \
             HAVING MAX(CASE WHEN c.status IN ('missing', 'mismatch') THEN 0 ELSE 1 END) = 0",
        ]
        .concat();
        for row in tx.query(&sql, &parameters).await? {
            wrong.push((row.id("domain_id")?, row.word("purpose")?));
        }
    }
    Ok(wrong)
}

/// When a domain's records are looked up by themselves the next time.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_at<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<Option<Timestamp>> {
    let row = tx
        .query_opt(
            "SELECT due_at FROM jobs WHERE kind = $1 AND job_key = $2",
            &params![VERIFY_DOMAIN, domain.id.to_string()],
        )
        .await?;
    row.map(|row| row.timestamp("due_at")).transpose()
}

/// Records look-ups.
///
/// # Errors
/// When the database refuses.
pub async fn record(tx: &mut Tx, domain: &Writable<Domain>, checks: &[StoredCheck]) -> Result<()> {
    save(tx, domain.id, checks).await
}

/// Records look-ups nobody asked for just now.
///
/// # Errors
/// When the database refuses.
pub async fn record_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    checks: &[StoredCheck],
) -> Result<()> {
    save(tx, domain, checks).await
}

async fn save(tx: &mut Tx, domain: DomainId, checks: &[StoredCheck]) -> Result<()> {
    for StoredCheck { check, selector } in checks {
        let json = |value: serde_json::Result<String>| value.unwrap_or_else(|_| "[]".into());
        tx.execute(
            "INSERT INTO domain_checks (domain_id, purpose, selector, status, found, checked_at, advice, spf_lookups) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (domain_id, purpose, selector) DO UPDATE SET status = excluded.status, found = excluded.found, \
             checked_at = excluded.checked_at, advice = excluded.advice, spf_lookups = excluded.spf_lookups",
            &params![
                domain,
                check.purpose,
                selector.as_ref().map_or("", Selector::as_str),
                check.status,
                json(serde_json::to_string(&check.found)),
                check.checked_at,
                json(serde_json::to_string(&check.advice)),
                check.spf_lookups.map(i64::from),
            ],
        )
        .await?;
    }
    Ok(())
}
