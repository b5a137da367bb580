//! What is counted of domains' mail: exactly, once, and for whom.

mod counting;
mod model;

use postscale_access::action;
use postscale_model::{Counts, Day, DomainId, Hour, Isp, Timestamp};
use postscale_store::{
    Tx, params,
    recipient::{self, Abandoned, Claim, Claimed, Outcome, Settled},
    stats,
};

use crate::world::{NOW, Who, World, system};

/// The days that are looked at, and the hours.
const DAYS: u16 = 5;
const HOURS: u16 = 100;

/// What the owner of a domain is told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    days: Vec<(Day, Counts)>,
    hours: Vec<(Hour, Counts)>,
    isps: Vec<(Isp, Counts)>,
    tags: Vec<(Option<String>, Counts)>,
}

/// Everything but silence.
fn counted<L>(all: Vec<(L, Counts)>) -> Vec<(L, Counts)> {
    let counted = all.into_iter().filter(|(_, counts)| !counts.is_nothing());
    counted.collect()
}

async fn told(world: &World, tx: &mut Tx, (team, domain): (usize, usize), now: Timestamp) -> Told {
    let id = world.teams[team].domains[domain];
    let domain = world
        .domain(tx, (team, Who::Owner), action::STATS_READ, id)
        .await
        .unwrap();
    let days = (DAYS, Day::of(now));
    let mut isps = stats::by_isp(tx, &domain, days).await.unwrap();
    isps.sort_by_key(|one| one.label);
    let mut tags = stats::by_tag(tx, &domain, days, 10_000).await.unwrap();
    tags.sort_by(|a, b| a.label.cmp(&b.label));
    let of_day = stats::by_day(tx, &domain, days).await.unwrap();
    let for_job = stats::by_day_for_job(tx, &system(), id, days).await;
    assert_eq!(for_job, Ok(of_day.clone()));
    Told {
        days: counted(of_day),
        hours: counted(
            stats::by_hour(tx, &domain, (HOURS, Hour::of(now)))
                .await
                .unwrap(),
        ),
        isps: isps
            .into_iter()
            .map(|one| (one.label, one.counts))
            .collect(),
        tags: tags
            .into_iter()
            .map(|one| (one.label, one.counts))
            .collect(),
    }
}

/// What the owner of the first domain is told of today.
async fn today(world: &World) -> Counts {
    let told = told(world, &mut world.read().await, (0, 0), NOW).await;
    told.days
        .first()
        .map_or_else(Counts::default, |(_, counts)| *counts)
}

/// Adds up what waits, so many entries at once; returns how many there were.
async fn drain(world: &World, at_once: u32) -> usize {
    let mut all = 0;
    loop {
        let mut tx = world.write().await;
        let taken = stats::drain(&mut tx, &system(), at_once).await.unwrap();
        tx.commit().await.unwrap();
        all += taken;
        if taken == 0 {
            return all;
        }
    }
}

/// How much is kept of a domain.
async fn rows(tx: &mut Tx, table: &str, domain: DomainId) -> u64 {
    let sql = match table {
        "stats_entries" => "SELECT COUNT(*) AS n FROM stats_entries WHERE domain_id = $1",
        _ => "SELECT COUNT(*) AS n FROM stats_sums WHERE domain_id = $1",
    };
    let row = tx.query_one(sql, &params![domain]).await.unwrap();
    row.count("n").unwrap()
}

async fn claim(tx: &mut Tx, now: Timestamp) -> Vec<Claimed> {
    let claim = Claim {
        abandoned: Abandoned::TakenOver,
        lease: std::time::Duration::from_secs(60),
        limit: 1000,
        limit_per_destination: 1000,
        excluded: &[],
    };
    recipient::claim_due(tx, &system(), &claim, now)
        .await
        .unwrap()
}

fn settled(claimed: &Claimed, outcome: Outcome, mx_host: Option<&str>) -> Settled {
    Settled {
        claimed: claimed.clone(),
        outcome,
        reply: None,
        mx_host: mx_host.map(str::to_owned),
    }
}
