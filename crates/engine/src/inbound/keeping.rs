//! Writing received messages down: those that come at the same time, together.
//!
//! While some are written others come, and these are the next to be written: in one transaction, where
//! what they count is counted once, and with one wait for the disk. Each is answered only after that
//! commit. When one of them cannot be kept, each is written by itself, so that nobody suffers for
//! somebody else's message.
//!
//! Whatever is counted is counted in the order of ids, so that two transactions never wait for each
//! other.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use postscale_model::{
    AliasId, Attachment, InboundAction, InboundEmail, InboundEmailId, OrganizationId, RuleId,
};
use postscale_store::{
    Body, Engine, Error, Result, Tx, alias, inbound_email, rule, stats,
    usage::{self, Quota},
};
use tokio::{sync::oneshot, task::yield_now};

use super::intake::Intake;
use crate::{EngineParts, bodies, scopes};

/// How many messages are written together.
const TOGETHER_MAX: usize = 64;
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

/// The messages of a node that wait to be written. Cheap to clone.
#[derive(Clone, Default)]
pub struct Intakes(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    messages: Vec<Message>,
    /// Tasks that write until nobody waits.
    writers: usize,
}

/// A message that waits, and whom to tell.
struct Message {
    writes: Writes,
    answer: oneshot::Sender<Result<Intake>>,
}

/// What came of writing messages.
#[derive(Clone)]
enum Written {
    /// They were taken and committed, or the commit failed and may have happened all the same.
    Committed(Result<()>),
    /// Nothing was written.
    Refused(Result<Intake>),
}

/// Writes a message down. After [`Intake::Taken`] it is durable.
pub(super) async fn keep(parts: &EngineParts, writes: Writes) -> Result<Intake> {
    let (answer, answered) = oneshot::channel();
    let writers_max = match parts.store.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => WRITERS_MAX,
    };
    let message = Message { writes, answer };
    if let Some(writer) = parts.intakes.add(message, writers_max) {
        tokio::spawn(writer.run(parts.clone()));
    }
    let stopped = |_| Err(Error::Unavailable("shutting down".to_owned()));
    answered.await.unwrap_or_else(stopped)
}

impl Intakes {
    /// A message more. It is for the writer, if there is one, to write it and what else waits.
    fn add(&self, message: Message, writers_max: usize) -> Option<Writer> {
        let mut waiting = self.lock();
        waiting.messages.push(message);
        if waiting.writers >= writers_max {
            return None;
        }
        waiting.writers += 1;
        Some(Writer(Some(self.clone())))
    }

    /// The next to be written together.
    fn take(&self) -> Vec<Message> {
        let mut waiting = self.lock();
        let count = waiting.messages.len().min(TOGETHER_MAX);
        waiting.messages.drain(..count).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that writes messages; none of them waits for one that is gone.
struct Writer(Option<Intakes>);

impl Writer {
    async fn run(mut self, parts: EngineParts) {
        while !self.is_done() {
            self.let_others_come().await;
            // What comes before the turn is there is written in it.
            let tx = parts.store.write().await;
            let messages = parts.intakes.take();
            match tx {
                // Another writer was quicker.
                Ok(_unused) if messages.is_empty() => {}
                Ok(tx) => settle(&parts, tx, messages).await,
                Err(why) => {
                    for message in messages {
                        let refused = Written::Refused(Err(why.clone()));
                        message.settle(&parts, refused).await;
                    }
                }
            }
            // Those who were answered go on first.
            yield_now().await;
        }
    }

    /// Lets those who are ready to go on do so, as long as that brings more messages: the more are
    /// written together, the less each costs. Nobody waits for anything but a thread.
    async fn let_others_come(&self) {
        let mut known = 0;
        loop {
            let count = self.0.as_ref().map_or(0, |it| it.lock().messages.len());
            if count <= known || count >= TOGETHER_MAX {
                return;
            }
            known = count;
            yield_now().await;
        }
    }

    /// Whether nobody waits, and so nobody writes any more.
    fn is_done(&mut self) -> bool {
        let Some(intakes) = &self.0 else { return true };
        let mut waiting = intakes.lock();
        let is_done = waiting.messages.is_empty();
        if is_done {
            waiting.writers -= 1;
            drop(waiting);
            self.0 = None;
        }
        is_done
    }
}

impl Drop for Writer {
    /// It was ended before its time: who waits is told at once.
    fn drop(&mut self) {
        if let Some(intakes) = &self.0 {
            let mut waiting = intakes.lock();
            waiting.writers -= 1;
            waiting.messages.clear();
        }
    }
}

impl Message {
    /// Tells what came of it.
    async fn settle(self, parts: &EngineParts, written: Written) {
        let told = match written {
            Written::Committed(done) => done.map(|()| Intake::Taken),
            Written::Refused(refused) => {
                for (_, body, _) in &self.writes.rows {
                    bodies::forget(parts, body).await;
                }
                refused
            }
        };
        // Whoever asked may have left.
        let _left = self.answer.send(told);
    }
}

/// Writes messages together, or each by itself when one of them is why that fails.
async fn settle(parts: &EngineParts, tx: Tx, messages: Vec<Message>) {
    let together = write(parts, tx, &messages).await;
    let is_ones_fault = match &together {
        Written::Committed(_) => false,
        Written::Refused(Ok(_)) => true,
        Written::Refused(Err(why)) => matches!(why, Error::Conflict(_) | Error::Corrupt(_)),
    };
    let by_itself = is_ones_fault && messages.len() > 1;
    for message in messages {
        let written = if by_itself {
            alone(parts, &message).await
        } else {
            together.clone()
        };
        message.settle(parts, written).await;
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
