//! Table `alias_bounces`: targets of an alias that turned out not to exist.
//!
//! Kept by alias and not by organization: who sees one domain learns nothing of another's mail.

use std::collections::HashSet;

use postscale_access::{SystemScope, Writable};
use postscale_model::{Address, Alias, AliasId, InboundEmailId, Timestamp};

use crate::{Result, Tx, Value, batch, params};

/// Notes that what an alias sent on to a target came back for good. Nothing when the alias is gone or
/// has other targets by now.
///
/// # Errors
/// When the database refuses.
pub async fn note(
    tx: &mut Tx,
    _scope: &SystemScope,
    inbound: InboundEmailId,
    target: &Address,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO alias_bounces (alias_id, address_key, at) \
         SELECT a.id, $2, CAST($3 AS BIGINT) FROM inbound_emails i JOIN aliases a ON a.id = i.alias_id WHERE i.id = $1 \
         ON CONFLICT (alias_id, address_key) DO UPDATE SET at = excluded.at",
        &params![inbound, target.key(), now],
    )
    .await
    .map(drop)
}

/// Gives the alias's targets another chance: somebody named them again.
///
/// # Errors
/// When the database refuses.
pub async fn forget(tx: &mut Tx, alias: &Writable<Alias>) -> Result<()> {
    let sql = "DELETE FROM alias_bounces WHERE alias_id = $1";
    tx.execute(sql, &params![alias.id]).await.map(drop)
}

/// Of each alias, the targets that do not exist, in the order the alias has them.
///
/// # Errors
/// When the database cannot answer.
pub async fn bouncing(tx: &mut Tx, aliases: &[Alias]) -> Result<Vec<Vec<Address>>> {
    let mut known: HashSet<(AliasId, String)> = HashSet::new();
    for run in batch::runs(aliases) {
        let sql = [
            "SELECT alias_id, address_key FROM alias_bounces WHERE alias_id IN (",
            &batch::placeholders(1, run.len()),
            ")",
        ]
        .concat();
        let ids: Vec<Value> = run.iter().map(|alias| Value::from(alias.id)).collect();
        for row in tx.query(&sql, &ids).await? {
            known.insert((row.id("alias_id")?, row.text("address_key")?));
        }
    }
    let of = |alias: &Alias| {
        let targets = alias.forward_to.iter();
        let is_known = |target: &&Address| known.contains(&(alias.id, target.key()));
        targets.filter(is_known).cloned().collect()
    };
    Ok(aliases.iter().map(of).collect())
}
