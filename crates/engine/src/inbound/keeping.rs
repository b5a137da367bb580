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

use futures_util::future::join_all;
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

/// How many messages are written together, and how many octets: a larger one is written by itself.
const TOGETHER_MAX: usize = 64;
const TOGETHER_OCTETS_MAX: usize = 4 * 1024 * 1024;
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

/// A message that waits, and whom to tell; they get back what was to be written.
struct Message {
    writes: Writes,
    /// Octets that go into the database.
    octets: usize,
    answer: oneshot::Sender<(Written, Writes)>,
}

/// What came of writing messages.
#[derive(Clone)]
enum Written {
    /// They were taken and committed, or the commit failed and may have happened all the same.
    Committed(Result<()>),
    /// Nothing was written.
    Refused(Result<Intake>),
}

impl Writes {
    /// Octets of the messages that go into the database.
    fn octets(&self) -> usize {
        let octets = self.rows.iter().map(|(_, body, _)| match body {
            Body::Row(octets) => octets.len(),
            Body::Blob(_) => 0,
        });
        octets.sum()
    }
}

/// Writes a message down. After [`Intake::Taken`] it is durable.
pub(super) async fn keep(parts: &EngineParts, writes: Writes) -> Result<Intake> {
    let (answer, answered) = oneshot::channel();
    let writers_max = match parts.store.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => WRITERS_MAX,
    };
    let message = Message {
        octets: writes.octets(),
        writes,
        answer,
    };
    if let Some(writer) = parts.intakes.add(message, writers_max) {
        tokio::spawn(writer.run(parts.clone()));
    }
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

    /// How many wait.
    fn count(&self) -> usize {
        self.lock().messages.len()
    }

    /// The next to be written together.
    fn take(&self) -> Vec<Message> {
        let mut waiting = self.lock();
        let mut octets = 0_usize;
        let next = waiting.messages.iter().take(TOGETHER_MAX).enumerate();
        let fits = next.take_while(|(index, message)| {
            octets = octets.saturating_add(message.octets);
            *index == 0 || octets <= TOGETHER_OCTETS_MAX
        });
        let count = fits.count();
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
            let_others_come(&parts.intakes).await;
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
    fn tell(self, written: Written) {
        // Whoever asked may have left.
        let _left = self.answer.send((written, self.writes));
    }
}

/// Lets those who are ready to go on do so, as long as that brings more messages: the more are written
/// together, the less each costs. Nobody waits for anything but a thread.
async fn let_others_come(intakes: &Intakes) {
    let mut known = 0;
    loop {
        let count = intakes.count();
        if count <= known || count >= TOGETHER_MAX {
            return;
        }
        known = count;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(octets: &[usize]) -> Vec<usize> {
        let intakes = Intakes::default();
        let message = |octets| Message {
            writes: Writes::default(),
            octets,
            answer: oneshot::channel().0,
        };
        intakes.lock().messages = octets.iter().copied().map(message).collect();
        let takes = std::iter::from_fn(|| {
            let taken = intakes.take().len();
            (taken > 0).then_some(taken)
        });
        takes.collect()
    }

    #[test]
    fn so_many_and_so_much_is_written_together_and_all_of_it_in_turn() {
        const MAX: usize = TOGETHER_OCTETS_MAX;
        for (waiting, want) in [
            (vec![], vec![]),
            (vec![1; TOGETHER_MAX], vec![TOGETHER_MAX]),
            (vec![1; TOGETHER_MAX + 1], vec![TOGETHER_MAX, 1]),
            (vec![MAX - 1, 1, 1], vec![2, 1]),
            (vec![MAX + 1, 1], vec![1, 1]),
            (vec![1, MAX, usize::MAX, 0], vec![1, 1, 1, 1]),
        ] {
            assert_eq!(taken(&waiting), want, "{waiting:?}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_a_writer_that_is_gone() {
        let intakes = Intakes::default();
        let (answer, answered) = oneshot::channel();
        let message = Message {
            writes: Writes::default(),
            octets: 0,
            answer,
        };
        let writer = intakes.add(message, 1);
        assert!(writer.is_some());
        drop(writer);
        assert!(answered.await.is_err());
        assert_eq!((intakes.count(), intakes.lock().writers), (0, 0));
    }
}
