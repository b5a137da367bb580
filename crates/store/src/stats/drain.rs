//! The journal is taken over into the sums.

use std::collections::{BTreeMap, BTreeSet};

use postscale_access::SystemScope;
use postscale_model::{Breakdown, Counts, DomainId, Hour, Timestamp};

use super::{Key, Tally, counts, parameters};
use crate::{Result, Row, Tx, Value, batch, params};

/// Tags of one domain that are told apart on one day. A tag is free text, and somebody will put an
/// order number into it; whatever comes after these is counted together, under no tag.
pub const TAGS_PER_DAY_MAX: usize = 1000;

/// Takes up to so many entries into the sums; returns how many it took. What was counted for a domain
/// that is gone goes with it. Two may drain at once: each takes entries the other does not.
///
/// # Errors
/// When the database refuses.
pub async fn drain(tx: &mut Tx, _scope: &SystemScope, limit: u32) -> Result<usize> {
    let sql = [
        "WITH due AS (SELECT id FROM stats_entries ORDER BY id LIMIT $1 ",
        tx.engine().claim_suffix(),
        ") DELETE FROM stats_entries WHERE id IN (SELECT id FROM due) RETURNING *",
    ]
    .concat();
    let rows = tx.query(&sql, &params![limit]).await?;
    let mut tally = Tally::default();
    for row in &rows {
        take(&mut tally, row)?;
    }
    keep_domains(tx, &mut tally).await?;
    fold_tags(tx, &mut tally).await?;
    add(tx, tally).await?;
    Ok(rows.len())
}

fn take(tally: &mut Tally, row: &Row) -> Result<()> {
    let (domain_id, series) = (row.id("domain_id")?, row.word("series")?);
    let (at, label) = (row.timestamp("at")?, row.str("label")?);
    let counts = counts(row)?;
    tally.add((domain_id, series, at), label, counts);
    if series == Breakdown::Hour {
        tally.add(
            (domain_id, Breakdown::Day, Hour::of(at).day().start()),
            label,
            counts,
        );
    }
    Ok(())
}

/// Leaves out domains that are gone, and holds the others where they are: who deletes one waits, and
/// in the same order, domain before sums.
async fn keep_domains(tx: &mut Tx, tally: &mut Tally) -> Result<()> {
    let named: BTreeSet<DomainId> = tally.0.keys().map(|key| key.domain_id).collect();
    let named: Vec<DomainId> = named.into_iter().collect();
    let mut there: BTreeSet<DomainId> = BTreeSet::new();
    for run in batch::runs(&named) {
        let sql = [
            "SELECT id FROM domains WHERE id IN (",
            &batch::placeholders(1, run.len()),
            ") ORDER BY id ",
            tx.engine().keep_suffix(),
        ]
        .concat();
        let parameters: Vec<Value> = run.iter().map(Value::from).collect();
        for row in tx.query(&sql, &parameters).await? {
            there.insert(row.id("id")?);
        }
    }
    tally.0.retain(|key, _| there.contains(&key.domain_id));
    Ok(())
}

/// Puts what is too many tags under no tag.
async fn fold_tags(tx: &mut Tx, tally: &mut Tally) -> Result<()> {
    let mut tags: BTreeMap<(DomainId, Timestamp), Vec<String>> = BTreeMap::new();
    for key in tally.0.keys().filter(|key| key.series == Breakdown::Tag) {
        tags.entry((key.domain_id, key.at))
            .or_default()
            .push(key.label.clone());
    }
    for ((domain_id, at), mut labels) in tags {
        let known = known_tags(tx, (domain_id, at), &labels).await?;
        labels.retain(|label| !label.is_empty() && !known.contains(label));
        if labels.is_empty() {
            continue;
        }
        let sql = "SELECT COUNT(*) AS n FROM stats_sums WHERE domain_id = $1 AND series = 'tag' AND at = $2";
        let count = tx
            .query_one(sql, &params![domain_id, at])
            .await?
            .count("n")?;
        let room = TAGS_PER_DAY_MAX.saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        for label in labels.into_iter().skip(room) {
            let key = Key {
                domain_id,
                series: Breakdown::Tag,
                at,
                label,
            };
            if let Some(counts) = tally.0.remove(&key) {
                tally.add((domain_id, Breakdown::Tag, at), "", counts);
            }
        }
    }
    Ok(())
}

/// Which of these tags the domain has a sum for on that day.
async fn known_tags(
    tx: &mut Tx,
    (domain, day): (DomainId, Timestamp),
    labels: &[String],
) -> Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for run in batch::runs(labels) {
        let sql = [
            "SELECT label FROM stats_sums WHERE domain_id = $1 AND series = 'tag' AND at = $2 AND label IN (",
            &batch::placeholders(3, run.len()),
            ")",
        ]
        .concat();
        let mut parameters = Vec::from(params![domain, day]);
        parameters.extend(run.iter().map(Value::from));
        for row in tx.query(&sql, &parameters).await? {
            known.insert(row.text("label")?);
        }
    }
    Ok(known)
}

/// Adds to the sums, in the order of their keys.
async fn add(tx: &mut Tx, tally: Tally) -> Result<()> {
    let sums: Vec<(Key, Counts)> = tally.0.into_iter().collect();
    for run in batch::runs(&sums) {
        let sql = [
            concat!("INSERT INTO stats_sums (domain_id, series, at, label, ", super::count_columns!(), ") VALUES "),
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
            " ON CONFLICT (domain_id, series, at, label) DO UPDATE SET \
             sent = stats_sums.sent + excluded.sent, delivered = stats_sums.delivered + excluded.delivered, \
             bounced = stats_sums.bounced + excluded.bounced, \
             hard_bounced = stats_sums.hard_bounced + excluded.hard_bounced, \
             deferred = stats_sums.deferred + excluded.deferred, \
             complained = stats_sums.complained + excluded.complained, \
             opened = stats_sums.opened + excluded.opened, clicked = stats_sums.clicked + excluded.clicked, \
             received = stats_sums.received + excluded.received",
        ]
        .concat();
        tx.execute(&sql, &parameters(run)).await?;
    }
    Ok(())
}
