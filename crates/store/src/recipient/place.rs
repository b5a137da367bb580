//! The place of a recipient with its provider: see [`place`](crate::warming::place).

use std::collections::{BTreeMap, HashMap};

use postscale_access::{Granted, SystemScope, Writable};
use postscale_model::{Domain, ProviderPlace, RecipientId, Timestamp};

use super::{CHANNEL, Claimed, settlement::give_back};
use crate::{Result, Tx, Value, batch, params};

/// The places of claimed recipients, of those that are still this worker's.
pub(crate) async fn places(
    tx: &mut Tx,
    claimed: &[&Claimed],
) -> Result<HashMap<RecipientId, Option<ProviderPlace>>> {
    let mut places = HashMap::with_capacity(claimed.len());
    for run in batch::runs(claimed) {
        let sql = [
            "WITH v (id, attempt) AS (VALUES ",
            &batch::rows(1, run.len(), "(?, CAST(? AS BIGINT))"),
            ") SELECT r.id, r.provider_place FROM email_recipients r JOIN v ON r.id = v.id \
             WHERE r.attempts = v.attempt AND r.status = 'sending'",
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 2);
        for one in run {
            parameters.extend(params![one.recipient_id, one.attempt]);
        }
        for row in tx.query(&sql, &parameters).await? {
            places.insert(row.id("id")?, row.opt_word("provider_place")?);
        }
    }
    Ok(places)
}

/// Gives recipients their place, which they keep.
pub(crate) async fn take_place(tx: &mut Tx, claimed: &[&Claimed]) -> Result<()> {
    for run in batch::runs(claimed) {
        let sql = [
            "UPDATE email_recipients SET provider_place = 'taken' WHERE id IN (",
            &batch::placeholders(1, run.len()),
            ")",
        ]
        .concat();
        let ids: Vec<Value> = run.iter().map(|one| one.recipient_id.into()).collect();
        tx.execute(&sql, &ids).await?;
    }
    Ok(())
}

/// Gives claimed recipients back untried until they may ask for a place again.
pub(crate) async fn await_place(tx: &mut Tx, waiting: &[(Timestamp, &Claimed)]) -> Result<()> {
    let mut by_instant: BTreeMap<Timestamp, Vec<Claimed>> = BTreeMap::new();
    for (until, one) in waiting {
        by_instant.entry(*until).or_default().push((*one).clone());
    }
    for (until, claimed) in by_instant {
        give_back(tx, &claimed, until, Some(ProviderPlace::Awaited)).await?;
    }
    Ok(())
}

/// Recipients `r` of a domain's mail that wait for a place with their provider. By the index of those
/// who wait, however long the queue is.
const AWAITING: &str = "FROM email_recipients r WHERE r.provider_place = 'awaited' \
    AND r.status IN ('queued', 'deferred') \
    AND EXISTS (SELECT 1 FROM emails e WHERE e.id = r.email_id AND e.domain_id = $1)";

/// How many recipients of a domain's mail wait for a place with their provider.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_awaiting_of<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<u64> {
    let sql = ["SELECT COUNT(*) AS n ", AWAITING].concat();
    tx.query_one(&sql, &params![domain.id]).await?.count("n")
}

/// Mail that waits for a place with its provider is due at once, of whatever domain: no sender is held
/// to limits any more.
///
/// # Errors
/// When the database refuses.
pub async fn hasten_all_awaiting(tx: &mut Tx, _scope: &SystemScope, now: Timestamp) -> Result<()> {
    let sql = "UPDATE email_recipients SET next_attempt_at = $1 WHERE provider_place = 'awaited' \
               AND status IN ('queued', 'deferred') AND next_attempt_at > $1";
    if tx.execute(sql, &params![now]).await? > 0 {
        tx.wake(CHANNEL);
    }
    Ok(())
}

/// Mail of a domain that waits for a place with its provider is due at once.
///
/// # Errors
/// When the database refuses.
pub async fn hasten_awaiting(tx: &mut Tx, domain: &Writable<Domain>, now: Timestamp) -> Result<()> {
    let sql = [
        "UPDATE email_recipients SET next_attempt_at = $2 WHERE next_attempt_at > $2 AND id IN (SELECT r.id ",
        AWAITING,
        ")",
    ]
    .concat();
    if tx.execute(&sql, &params![domain.id, now]).await? > 0 {
        tx.wake(CHANNEL);
    }
    Ok(())
}
