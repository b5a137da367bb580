//! Keeping what was claimed for longer, and ending the claims of a process that is gone.

use std::collections::HashSet;

use postscale_access::SystemScope;
use postscale_model::{RecipientId, Timestamp};

use crate::{Result, Tx, Value, batch, params};

/// Moves the end of leases to `until`. Each is named by its recipient and the try it is for; returns
/// those that still were this worker's. One that is being settled just now is passed over.
///
/// # Errors
/// When the database refuses.
pub async fn renew(
    tx: &mut Tx,
    _scope: &SystemScope,
    held: &[(RecipientId, i64)],
    until: Timestamp,
) -> Result<HashSet<RecipientId>> {
    let mut renewed = HashSet::with_capacity(held.len());
    for run in batch::runs(held) {
        let sql = [
            "UPDATE email_recipients SET next_attempt_at = $1 WHERE id IN (SELECT id FROM email_recipients \
             WHERE (id, attempts) IN (VALUES ",
            &batch::rows(2, run.len(), "(?, CAST(? AS BIGINT))"),
            ") AND status = 'sending' ",
            tx.engine().claim_suffix(),
            ") RETURNING id",
        ]
        .concat();
        let mut parameters = vec![Value::from(until)];
        for (id, attempt) in run {
            parameters.extend(params![*id, *attempt]);
        }
        for row in tx.query(&sql, &parameters).await? {
            renewed.insert(row.id("id")?);
        }
    }
    Ok(renewed)
}

/// Ends every lease: whoever held one is gone. Only for who has the database alone.
///
/// # Errors
/// When the database refuses.
pub async fn end_all_leases(tx: &mut Tx, _scope: &SystemScope, now: Timestamp) -> Result<u64> {
    let sql = "UPDATE email_recipients SET next_attempt_at = $1 WHERE status = 'sending' AND next_attempt_at > $1";
    tx.execute(sql, &params![now]).await
}
