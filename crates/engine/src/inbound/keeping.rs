//! Writing received messages down: those that come at the same time, together.
//!
//! While some are written others come ([`super::intakes`]), and these are the next to be written: in one
//! transaction, where what they count is counted once, and with one wait for the disk. Each is answered
//! only after that commit. When one of them cannot be kept, each is written by itself, so that nobody
//! suffers for somebody else's message.
//!
//! Whatever is counted is counted in the order of ids, so that two transactions never wait for each
//! other.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use postscale_model::{
    AliasId, Attachment, InboundAction, InboundEmail, InboundEmailId, OrganizationId, RuleId,
};
use postscale_store::{
    Body, Engine, Error, Result, Tx, alias, inbound_email, rule, stats,
    usage::{self, Quota},
};
use tokio::task::yield_now;

use super::{
    intake::Intake,
    intakes::{Message, OnTheWay, Writer},
};
use crate::{EngineParts, bodies, scopes};

/// How many transactions of a node write messages at once on PostgreSQL. SQLite has one turn.
const WRITERS_MAX: usize = 4;

/// What a message changes.
#[derive(Default)]
pub(super) struct Writes {
    /// The copies that are kept, and those a rule refused.
    pub rows: Vec<(InboundEmail, Body, Vec<Attachment>)>,
    /// The aliases of those who throw it away.
    pub dropped: Vec<AliasId>,
    /// How often each rule had to do with it.
    pub hits: BTreeMap<RuleId, i64>,
}

/// What came of writing messages.
#[derive(Clone)]
pub(super) enum Written {
    /// They were taken and committed, or the commit failed and may have happened all the same.
    Committed(Result<()>),
    /// Nothing was written.
    Refused(Result<Intake>),
}

impl Writes {
    /// Octets of the messages that go into the database.
    pub(super) fn octets(&self) -> usize {
        let octets = self.rows.iter().map(|(_, body, _)| match body {
            Body::Row(octets) => octets.len(),
            Body::Blob(_) => 0,
        });
        octets.sum()
    }
}

/// Writes a message down. After [`Intake::Taken`] it is durable.
pub(super) async fn keep(
    parts: &EngineParts,
    writes: Writes,
    on_the_way: Option<OnTheWay>,
) -> Result<Intake> {
    let writers_max = match parts.store.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => WRITERS_MAX,
    };
    let (message, answered) = Message::new(writes);
    if let Some(writer) = parts.intakes.add(message, writers_max) {
        tokio::spawn(write_all(writer, parts.clone()));
    }
    // It is here: who gathers messages may not wait for it.
    drop(on_the_way);
    match answered.await {
        Ok((Written::Committed(done), _)) => done.map(|()| Intake::Taken),
        Ok((Written::Refused(refused), writes)) => {
            for (_, body, _) in &writes.rows {
                bodies::forget(parts, body).await;
            }
            refused
        }
        Err(_) => Err(Error::Unavailable("shutting down".to_owned())),
    }
}

/// Writes until nobody waits.
async fn write_all(mut writer: Writer, parts: EngineParts) {
    while !writer.is_done() {
        parts.intakes.gather().await;
        // What comes before the turn is there is written in it.
        let tx = parts.store.write().await;
        let messages = parts.intakes.take();
        match tx {
            // Another writer was quicker.
            Ok(_unused) if messages.is_empty() => {}
            Ok(tx) => settle(&parts, tx, messages).await,
            Err(why) => {
                for message in messages {
                    message.tell(Written::Refused(Err(why.clone())));
                }
            }
        }
        // Those who were answered go on first.
        yield_now().await;
    }
}

/// Writes messages together, or each by itself when one of them may be why that fails. These do not
/// wait for each other: somebody else may hold what one of them needs.
async fn settle(parts: &EngineParts, tx: Tx, messages: Vec<Message>) {
    let together = write(parts, tx, &messages).await;
    let is_ones_fault = match &together {
        Written::Committed(_) | Written::Refused(Err(Error::Unavailable(_))) => false,
        Written::Refused(_) => true,
    };
    if is_ones_fault && messages.len() > 1 {
        let each = messages.into_iter().map(async |message| {
            let written = alone(parts, &message).await;
            message.tell(written);
        });
        join_all(each).await;
    } else {
        for message in messages {
            message.tell(together.clone());
        }
    }
}

async fn alone(parts: &EngineParts, message: &Message) -> Written {
    match parts.store.write().await {
        Ok(tx) => write(parts, tx, std::slice::from_ref(message)).await,
        Err(why) => Written::Refused(Err(why)),
    }
}

async fn write(parts: &EngineParts, mut tx: Tx, messages: &[Message]) -> Written {
    match insert(parts, &mut tx, messages).await {
        Ok(Intake::Taken) => Written::Committed(tx.commit().await),
        refused => Written::Refused(refused),
    }
}

/// Everything but the commit, which is worth nothing unless all are taken.
async fn insert(parts: &EngineParts, tx: &mut Tx, messages: &[Message]) -> Result<Intake> {
    let (scope, now) = (scopes::INTAKE, parts.sources.now());
    let rows = || messages.iter().flat_map(|message| &message.writes.rows);
    let mut received: BTreeMap<AliasId, i64> = BTreeMap::new();
    let mut hits: BTreeMap<RuleId, i64> = BTreeMap::new();
    for (email, body, attachments) in rows() {
        inbound_email::insert(tx, &scope, email, body, attachments).await?;
    }
    for message in messages {
        let kept = message.writes.rows.iter();
        let kept = kept.filter_map(|(email, ..)| email.alias_id);
        for alias in kept.chain(message.writes.dropped.iter().copied()) {
            *received.entry(alias).or_default() += 1;
        }
        for (rule, count) in &message.writes.hits {
            *hits.entry(*rule).or_default() += count;
        }
    }
    alias::count_received(tx, &scope, &received).await?;
    rule::count_hits(tx, &scope, &hits, now).await?;
    // Those that are kept, not refused.
    let kept = || {
        let emails = rows().map(|(email, ..)| email);
        emails.filter(|email| email.action != InboundAction::Reject)
    };
    stats::count_received(tx, &scope, kept().map(|email| email.domain_id), now).await?;
    count(parts, tx, kept()).await
}

/// Counts the copies each organization keeps.
async fn count(
    parts: &EngineParts,
    tx: &mut Tx,
    kept: impl Iterator<Item = &InboundEmail>,
) -> Result<Intake> {
    let mut copies: BTreeMap<OrganizationId, (InboundEmailId, usize)> = BTreeMap::new();
    for email in kept {
        let counted = copies.entry(email.organization_id).or_insert((email.id, 0));
        counted.1 += 1;
    }
    let (scope, now) = (scopes::INTAKE, parts.sources.now());
    let mut full = 0;
    for (organization, counted) in &copies {
        let by = (&parts.plans, now);
        match usage::count_received(tx, &scope, *organization, *counted, by).await? {
            Quota::Within => {}
            Quota::Exceeded { .. } => full += 1,
        }
    }
    Ok(match full {
        0 => Intake::Taken,
        all if all == copies.len() => Intake::NobodyHasRoom,
        _ => Intake::SomebodyHasNoRoom,
    })
}
