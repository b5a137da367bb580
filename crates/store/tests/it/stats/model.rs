//! Random mail, compared with what somebody who writes everything down by hand counts.

use std::{collections::BTreeMap, time::Duration};

use postscale_model::{BounceType, Counts, Day, Environment, Hour, Isp, RecipientId, Timestamp};
use postscale_store::{
    email::{self, Submitter},
    recipient::{self, Claimed, LateBounce, Outcome, Settled},
    stats,
};
use postscale_testkit::on_both_engines;

use super::{Told, claim, settled, told};
use crate::email::{accept, new_email};
use crate::world::{NOW, World, system};

const STEPS: usize = 120;
const HOSTS: [Option<&str>; 5] = [
    None,
    Some("aspmx.l.google.com"),
    Some("x.mail.protection.outlook.com"),
    Some("mx.far.example"),
    Some("mta7.am0.yahoodns.net"),
];

/// Splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }
}

/// A recipient as the one with the pencil knows it.
#[derive(Clone)]
struct Known {
    domain: usize,
    tags: Vec<String>,
    counts: bool,
    isp: Option<Isp>,
    /// The last try that was begun, and whether it has not ended.
    attempt: i64,
    is_sending: bool,
    is_over: bool,
    may_bounce: bool,
}

impl Known {
    fn new(domain: usize, tags: Vec<String>, counts: bool) -> Self {
        Self {
            domain,
            tags,
            counts,
            isp: None,
            attempt: 0,
            is_sending: false,
            is_over: false,
            may_bounce: false,
        }
    }
}

#[derive(Default, Clone)]
struct Ledger {
    recipients: BTreeMap<RecipientId, Known>,
    days: BTreeMap<(usize, Day), Counts>,
    hours: BTreeMap<(usize, Hour), Counts>,
    isps: BTreeMap<(usize, Isp), Counts>,
    tags: BTreeMap<(usize, Option<String>), Counts>,
}

impl Ledger {
    fn happened(&mut self, known: &Known, now: Timestamp, counts: Counts) {
        if !known.counts || counts == Counts::default() {
            return;
        }
        *self.days.entry((known.domain, Day::of(now))).or_default() += counts;
        *self.hours.entry((known.domain, Hour::of(now))).or_default() += counts;
        for tag in &known.tags {
            let tag = Some(tag.clone());
            *self.tags.entry((known.domain, tag)).or_default() += counts;
        }
    }

    fn settled(&mut self, one: &Settled, now: Timestamp) {
        let mut known = self.recipients[&one.claimed.recipient_id].clone();
        let (counts, is_over) = match one.outcome {
            Outcome::Delivered => (
                Counts {
                    delivered: 1,
                    ..Counts::default()
                },
                true,
            ),
            Outcome::Deferred { .. } => (
                Counts {
                    deferred: 1,
                    ..Counts::default()
                },
                false,
            ),
            Outcome::Failed { bounce_type } => (bounced(bounce_type), true),
            Outcome::Held => (Counts::default(), true),
        };
        let is_newest = known.is_sending && known.attempt == one.claimed.attempt;
        if known.is_over || !(is_over || is_newest) {
            return;
        }
        known.is_sending = false;
        known.is_over = is_over;
        known.may_bounce = one.outcome == Outcome::Delivered;
        self.happened(&known, now, counts);
        let reached = one.mx_host.as_deref().map(Isp::of);
        let is_first = known.isp.is_none() && reached.is_some();
        known.isp = known.isp.or(reached);
        if let Some(isp) = known.isp.filter(|_| known.counts) {
            let sent = u64::from(is_first);
            let sum = self.isps.entry((known.domain, isp)).or_default();
            *sum += Counts { sent, ..counts };
        }
        self.recipients.insert(one.claimed.recipient_id, known);
    }

    fn bounced(&mut self, id: RecipientId, bounce_type: BounceType, now: Timestamp) {
        let mut known = self.recipients[&id].clone();
        known.may_bounce = false;
        self.happened(&known, now, bounced(bounce_type));
        if let Some(isp) = known.isp.filter(|_| known.counts) {
            *self.isps.entry((known.domain, isp)).or_default() += bounced(bounce_type);
        }
        self.recipients.insert(id, known);
    }

    /// What somebody should be told of a domain.
    fn of(&self, domain: usize) -> Told {
        fn of<L: Clone + Ord>(
            all: &BTreeMap<(usize, L), Counts>,
            domain: usize,
        ) -> Vec<(L, Counts)> {
            let mine = all.iter().filter(|((of, _), _)| *of == domain);
            mine.map(|((_, label), counts)| (label.clone(), *counts))
                .filter(|(_, counts)| !counts.is_nothing())
                .collect()
        }
        Told {
            days: of(&self.days, domain),
            hours: of(&self.hours, domain),
            isps: of(&self.isps, domain),
            tags: of(&self.tags, domain),
        }
    }
}

fn bounced(bounce_type: BounceType) -> Counts {
    Counts {
        bounced: 1,
        hard_bounced: u64::from(bounce_type == BounceType::Hard),
        ..Counts::default()
    }
}

/// One run.
struct Run<'a> {
    world: &'a World,
    dice: Dice,
    ledger: Ledger,
    now: Timestamp,
    claimed: Vec<Claimed>,
}

impl Run<'_> {
    fn bounce_type(&mut self) -> BounceType {
        [BounceType::Hard, BounceType::Soft, BounceType::Block][self.dice.below(3)]
    }

    /// One transaction of any kind, which is committed or not.
    async fn step(&mut self) {
        let before = (self.ledger.clone(), self.claimed.clone());
        let mut tx = self.world.write().await;
        match self.dice.below(10) {
            0..4 => self.accept(&mut tx).await,
            4..7 => self.settle(&mut tx).await,
            7 => self.bounce(&mut tx).await,
            8 => {
                let at_once = 1 + u32::try_from(self.dice.below(20)).unwrap();
                stats::drain(&mut tx, &system(), at_once).await.unwrap();
            }
            _ => {
                let domain = self.dice.below(2);
                let id = self.world.teams[0].domains[domain];
                stats::count_received(&mut tx, &system(), [id], self.now)
                    .await
                    .unwrap();
                let known = Known::new(domain, vec![], true);
                let received = Counts {
                    received: 1,
                    ..Counts::default()
                };
                self.ledger.happened(&known, self.now, received);
            }
        }
        if self.dice.below(8) == 0 {
            drop(tx);
            (self.ledger, self.claimed) = before;
        } else {
            tx.commit().await.unwrap();
        }
        let pause = self.dice.below(2400) as u64;
        self.now = self.now.plus(Duration::from_secs(pause));
    }

    async fn accept(&mut self, tx: &mut postscale_store::Tx) {
        let domain = self.dice.below(2);
        let to: Vec<String> = (0..=self.dice.below(4))
            .map(|n| format!("u{n}@far.example"))
            .collect();
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        let mut new = new_email(self.world, 0, domain, &to);
        new.email.created_at = self.now;
        let tags = ["news", "order", "news"];
        let first = self.dice.below(3);
        new.email.tags = tags[first..].iter().map(|tag| (*tag).to_owned()).collect();
        let (kind, mut counts) = (self.dice.below(6), true);
        if kind == 0 {
            new.email.environment = Environment::Test;
        }
        if kind == 1 {
            counts = false;
            new.submitter = Submitter::Alias(self.world.sources.id());
            let from = self.world.writable(tx, 0, domain).await.into_inner();
            email::insert_forwarded(tx, &system(), &from, &new, &self.world.sources)
                .await
                .unwrap();
        } else {
            accept(self.world, tx, 0, domain, &new).await;
        }
        let mut tags = new.email.tags.clone();
        tags.sort();
        tags.dedup();
        let is_live = kind != 0;
        for recipient in &new.recipients {
            let known = Known::new(domain, tags.clone(), counts && is_live);
            self.ledger.happened(
                &known,
                self.now,
                Counts {
                    sent: 1,
                    ..Counts::default()
                },
            );
            self.ledger.recipients.insert(recipient.id, known);
        }
    }

    /// Claims what is due and settles some of what was claimed, now and then twice.
    async fn settle(&mut self, tx: &mut postscale_store::Tx) {
        for claimed in claim(tx, self.now).await {
            let known = self
                .ledger
                .recipients
                .get_mut(&claimed.recipient_id)
                .unwrap();
            (known.attempt, known.is_sending) = (claimed.attempt, true);
            self.claimed.push(claimed);
        }
        let count = self.dice.below(self.claimed.len() + 1);
        let mut batch: Vec<Settled> = Vec::new();
        for claimed in self.claimed.drain(..count).collect::<Vec<_>>() {
            // One of an earlier try, whose lease was over, has a transaction of its own.
            if batch
                .iter()
                .any(|one| one.claimed.recipient_id == claimed.recipient_id)
            {
                self.claimed.push(claimed);
                continue;
            }
            let outcome = match self.dice.below(6) {
                0..3 => Outcome::Delivered,
                3 => Outcome::Failed {
                    bounce_type: self.bounce_type(),
                },
                4 => Outcome::Deferred {
                    next_attempt_at: self.now.plus(Duration::from_secs(1800)),
                },
                _ => Outcome::Held,
            };
            let host = HOSTS[self.dice.below(HOSTS.len())].filter(|_| outcome != Outcome::Held);
            batch.push(settled(&claimed, outcome, host));
        }
        for _ in 0..=self.dice.below(2) {
            recipient::settle(tx, &system(), &batch, &self.world.sources, self.now)
                .await
                .unwrap();
        }
        for one in &batch {
            self.ledger.settled(one, self.now);
        }
    }

    /// Something comes back, whether it can or not.
    async fn bounce(&mut self, tx: &mut postscale_store::Tx) {
        let all: Vec<RecipientId> = self.ledger.recipients.keys().copied().collect();
        if all.is_empty() {
            return;
        }
        let recipient_id = all[self.dice.below(all.len())];
        let bounce_type = self.bounce_type();
        let late = LateBounce {
            recipient_id,
            bounce_type,
            reply: None,
            mx_host: None,
        };
        let event = recipient::bounce(tx, &system(), &late, &self.world.sources, self.now)
            .await
            .unwrap();
        assert_eq!(
            event.is_some(),
            self.ledger.recipients[&recipient_id].may_bounce
        );
        if event.is_some() {
            self.ledger.bounced(recipient_id, bounce_type, self.now);
        }
    }
}

on_both_engines! {
    async fn random_mail_is_counted_as_by_hand(database) {
        let world = World::new(database).await;
        for seed in 0..3 {
            let start = NOW.plus(Duration::from_secs(seed * 30 * 24 * 3600));
            let mut run = Run { world: &world, dice: Dice(seed), ledger: Ledger::default(), now: start, claimed: Vec::new() };
            for step in 0..STEPS {
                run.step().await;
                if step % 10 == 9 {
                    for domain in 0..2 {
                        let told = told(&world, &mut world.read().await, (0, domain), run.now).await;
                        assert_eq!(told, run.ledger.of(domain), "seed {seed}, step {step}, domain {domain}");
                    }
                }
            }
            // What waits belongs to this run.
            let mut tx = world.write().await;
            tx.execute("UPDATE email_recipients SET next_attempt_at = NULL", &[]).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(told(&world, &mut world.read().await, (1, 0), run.now).await, Told::default());
        }
    }
}
