//! Tables `stats_entries` and `stats_sums`: how often what happened to a domain's mail.
//!
//! Whatever happens is written into the journal `stats_entries` by the transaction that causes it, so
//! that it is counted exactly when it happened: what rolls back was never counted, and what is settled
//! twice is counted by the one that changes something. An entry is a row of its own, one for whatever
//! a transaction counts alike, so that no two senders of a domain wait for each other. A worker
//! [drains](drain) the journal into `stats_sums`, taking entries out and adding them up in one
//! transaction; whoever reads adds sums and journal in one statement, so that figures are exact
//! whether anything was drained or not.
//!
//! Totals are kept by hour and by day, providers and tags by day, all in UTC, and each instant is the
//! one at which it happened: the delivery of what was accepted yesterday is today's.
//!
//! Limits: [`TAGS_PER_DAY_MAX`] tags of a domain and day, [`HOURS_KEPT`], [`DAYS_KEPT`] and
//! [`TAGS_KEPT`].

mod drain;
mod read;
mod retention;

use std::collections::{BTreeMap, BTreeSet};

use postscale_access::SystemScope;
use postscale_model::{
    BounceType, Breakdown, Counts, Day, DomainId, Hour, Isp, Timestamp, Word as _, is_tag,
};

pub use self::{
    drain::{TAGS_PER_DAY_MAX, drain},
    read::{
        Labelled, by_day, by_day_for_job, by_day_of_visible, by_domain, by_hour, by_isp, by_tag,
        hour_of_visible,
    },
    retention::{DAYS_KEPT, HOURS_KEPT, TAGS_KEPT, delete_expired},
};
use crate::{Result, Row, Tx, Value, batch, params, recipient::Outcome};

/// Who waits for entries. Nobody wakes it: entries are counted without, and the worker looks often.
pub const CHANNEL: &str = "stats_entries";

/// The columns of [`Counts`], in the order of [`columns`].
macro_rules! count_columns {
    () => {
        "sent, delivered, bounced, hard_bounced, deferred, complained, opened, clicked, received"
    };
}
/// The same, summed up.
macro_rules! sum_columns {
    () => {
        "CAST(SUM(sent) AS BIGINT) AS sent, CAST(SUM(delivered) AS BIGINT) AS delivered, \
         CAST(SUM(bounced) AS BIGINT) AS bounced, CAST(SUM(hard_bounced) AS BIGINT) AS hard_bounced, \
         CAST(SUM(deferred) AS BIGINT) AS deferred, CAST(SUM(complained) AS BIGINT) AS complained, \
         CAST(SUM(opened) AS BIGINT) AS opened, CAST(SUM(clicked) AS BIGINT) AS clicked, \
         CAST(SUM(received) AS BIGINT) AS received"
    };
}
use {count_columns, sum_columns};

/// What is counted together. The order is the one in which sums are written, so that two transactions
/// never wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    domain_id: DomainId,
    /// What the sum is of: an hour, a day, or a day and a label. The journal has no days, which its
    /// hours tell.
    series: Breakdown,
    at: Timestamp,
    /// The provider or the tag.
    label: String,
}

/// What a transaction counts.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<Key, Counts>);

impl Tally {
    fn add(
        &mut self,
        (domain_id, series, at): (DomainId, Breakdown, Timestamp),
        label: &str,
        counts: Counts,
    ) {
        let key = Key {
            domain_id,
            series,
            at,
            label: label.to_owned(),
        };
        *self.0.entry(key).or_default() += counts;
    }

    /// Something happened to mail of a domain with these tags.
    pub(crate) fn count(
        &mut self,
        (domain, tags): (DomainId, &[String]),
        now: Timestamp,
        counts: Counts,
    ) {
        self.add((domain, Breakdown::Hour, Hour::of(now).start()), "", counts);
        // What is no tag was one before their length had a limit; it counts under none.
        let tags = tags
            .iter()
            .map(|tag| if is_tag(tag) { tag.as_str() } else { "" });
        for tag in tags.collect::<BTreeSet<&str>>() {
            self.add((domain, Breakdown::Tag, Day::of(now).start()), tag, counts);
        }
    }

    /// The same happened at a provider.
    pub(crate) fn count_at(
        &mut self,
        (domain, isp): (DomainId, Isp),
        now: Timestamp,
        counts: Counts,
    ) {
        self.add(
            (domain, Breakdown::Isp, Day::of(now).start()),
            isp.as_str(),
            counts,
        );
    }

    /// Writes it into the journal.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        let entries: Vec<_> = self
            .0
            .into_iter()
            .filter(|(_, counts)| !counts.is_nothing())
            .collect();
        for run in batch::runs(&entries) {
            let sql = [
                concat!(
                    "INSERT INTO stats_entries (domain_id, series, at, label, ",
                    count_columns!(),
                    ") VALUES "
                ),
                &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
            ]
            .concat();
            tx.execute(&sql, &parameters(run)).await?;
        }
        Ok(())
    }
}

/// Rows of either table.
fn parameters(run: &[(Key, Counts)]) -> Vec<Value> {
    let mut parameters = Vec::with_capacity(run.len() * 13);
    for (key, counts) in run {
        parameters.extend(params![key.domain_id, key.series, key.at, &key.label]);
        parameters.extend(columns(*counts));
    }
    parameters
}

fn columns(counts: Counts) -> [Value; 9] {
    let Counts {
        sent,
        delivered,
        bounced,
        hard_bounced,
        deferred,
        complained,
        opened,
        clicked,
        received,
    } = counts;
    [
        sent,
        delivered,
        bounced,
        hard_bounced,
        deferred,
        complained,
        opened,
        clicked,
        received,
    ]
    .map(|count| Value::from(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn counts(row: &Row) -> Result<Counts> {
    Ok(Counts {
        sent: row.count("sent")?,
        delivered: row.count("delivered")?,
        bounced: row.count("bounced")?,
        hard_bounced: row.count("hard_bounced")?,
        deferred: row.count("deferred")?,
        complained: row.count("complained")?,
        opened: row.count("opened")?,
        clicked: row.count("clicked")?,
        received: row.count("received")?,
    })
}

/// So many recipients were accepted.
pub(crate) fn accepted(recipients: usize) -> Counts {
    Counts {
        sent: u64::try_from(recipients).unwrap_or(u64::MAX),
        ..Counts::default()
    }
}

/// What came of a try for one recipient.
pub(crate) fn tried(outcome: Outcome) -> Counts {
    match outcome {
        Outcome::Delivered => Counts {
            delivered: 1,
            ..Counts::default()
        },
        Outcome::Deferred { .. } => Counts {
            deferred: 1,
            ..Counts::default()
        },
        Outcome::Failed { bounce_type } => bounced(bounce_type),
        Outcome::Held => Counts::default(),
    }
}

/// One recipient bounced.
pub(crate) fn bounced(bounce_type: BounceType) -> Counts {
    Counts {
        bounced: 1,
        hard_bounced: u64::from(bounce_type == BounceType::Hard),
        ..Counts::default()
    }
}

/// Counts messages received, one for each domain named.
///
/// # Errors
/// When the database refuses.
pub async fn count_received(
    tx: &mut Tx,
    _scope: &SystemScope,
    domains: impl IntoIterator<Item = DomainId>,
    now: Timestamp,
) -> Result<()> {
    let mut tally = Tally::default();
    let one = Counts {
        received: 1,
        ..Counts::default()
    };
    for domain in domains {
        tally.count((domain, &[]), now, one);
    }
    tally.write(tx).await
}
