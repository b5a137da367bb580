//! The received messages of a node that wait to be written, and how long they wait for others.
//!
//! The more messages are written together, the less each costs. So those that are here wait a moment
//! for those that are on the way: whose recipients were taken and whose content comes. Where senders
//! are slow that is in vain, and then it is tried ever more rarely.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};

use super::keeping::{Writes, Written};

/// How many messages are written together, and how many octets: a larger one is written by itself.
const TOGETHER_MAX: usize = 64;
const TOGETHER_OCTETS_MAX: usize = 4 * 1024 * 1024;
/// How long messages wait for those on the way: about as long as a quick disk takes for a commit.
const GATHERING_MAX: Duration = Duration::from_millis(1);
/// After waits in vain so many batches are not waited for at most.
const PAUSE_MAX: u32 = 64;

/// The messages of a node that wait to be written. Cheap to clone.
#[derive(Clone, Default)]
pub struct Intakes(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Rung when there is nothing to wait for any more.
    complete: Notify,
}

#[derive(Default)]
struct Waiting {
    messages: Vec<Message>,
    /// Tasks that write until nobody waits.
    writers: usize,
    /// How many are on the way.
    on_the_way: usize,
    patience: Patience,
}

/// A message that is being sent to us, until this is dropped.
pub struct OnTheWay(Intakes);

/// A task that writes messages; none of them waits for one that is gone.
pub(super) struct Writer(Option<Intakes>);

/// A message that waits, and whom to tell; they get back what was to be written.
pub(super) struct Message {
    pub writes: Writes,
    /// Octets that go into the database.
    octets: usize,
    answer: oneshot::Sender<(Written, Writes)>,
}

/// Whether it is worth waiting for messages on the way.
#[derive(Default)]
struct Patience {
    /// Batches that are not waited for yet.
    pause: u32,
    /// Batches that will not be after the next wait in vain.
    next_pause: u32,
}

impl Intakes {
    /// Says that a message is being sent to us.
    #[must_use]
    pub fn on_the_way(&self) -> OnTheWay {
        self.lock().on_the_way += 1;
        OnTheWay(self.clone())
    }

    /// A message more. It is for the writer, if there is one, to write it and what else waits.
    pub(super) fn add(&self, message: Message, writers_max: usize) -> Option<Writer> {
        let mut waiting = self.lock();
        waiting.messages.push(message);
        if waiting.writers >= writers_max {
            return None;
        }
        waiting.writers += 1;
        Some(Writer(Some(self.clone())))
    }

    /// Waits a moment for those on the way.
    pub(super) async fn gather(&self) {
        let Some(known) = self.lock().begin_gathering() else {
            return;
        };
        let complete = timeout(GATHERING_MAX, self.complete()).await;
        let mut waiting = self.lock();
        let came = waiting.messages.len() > known;
        waiting.patience.learn(complete.is_ok() || came);
    }

    async fn complete(&self) {
        loop {
            // Made before it is looked, so as not to miss what happens in between.
            let complete = self.0.complete.notified();
            if self.lock().is_complete() {
                return;
            }
            complete.await;
        }
    }

    /// The next to be written together.
    pub(super) fn take(&self) -> Vec<Message> {
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

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// How many are here, if others should be waited for.
    fn begin_gathering(&mut self) -> Option<usize> {
        let begins = !self.is_complete() && self.patience.is_willing();
        begins.then_some(self.messages.len())
    }

    /// Whether nobody has to be waited for.
    fn is_complete(&self) -> bool {
        self.on_the_way == 0 || self.messages.len() >= TOGETHER_MAX
    }
}

impl Drop for OnTheWay {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.on_the_way -= 1;
        if waiting.is_complete() {
            drop(waiting);
            self.0.0.complete.notify_waiters();
        }
    }
}

impl Writer {
    /// Whether nobody waits, and so nobody writes any more.
    pub(super) fn is_done(&mut self) -> bool {
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
    /// A message, and who gets to know what came of it.
    pub(super) fn new(writes: Writes) -> (Self, oneshot::Receiver<(Written, Writes)>) {
        let (answer, answered) = oneshot::channel();
        let octets = writes.octets();
        let message = Self {
            writes,
            octets,
            answer,
        };
        (message, answered)
    }

    /// Tells what came of it.
    pub(super) fn tell(self, written: Written) {
        // Whoever asked may have left.
        let _left = self.answer.send((written, self.writes));
    }
}

impl Patience {
    fn is_willing(&mut self) -> bool {
        let is_willing = self.pause == 0;
        self.pause = self.pause.saturating_sub(1);
        is_willing
    }

    fn learn(&mut self, did_pay: bool) {
        if did_pay {
            self.next_pause = 0;
        } else {
            self.next_pause = (self.next_pause * 2).clamp(1, PAUSE_MAX);
            self.pause = self.next_pause;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn add(intakes: &Intakes, octets: usize) {
        let message = Message {
            octets,
            ..Message::new(Writes::default()).0
        };
        intakes.lock().messages.push(message);
    }

    fn taken(octets: &[usize]) -> Vec<usize> {
        let intakes = Intakes::default();
        for octets in octets {
            add(&intakes, *octets);
        }
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
        let (message, answered) = Message::new(Writes::default());
        let writer = intakes.add(message, 1);
        assert!(writer.is_some());
        drop(writer);
        assert!(answered.await.is_err());
        let waiting = intakes.lock();
        assert_eq!((waiting.messages.len(), waiting.writers), (0, 0));
    }

    /// How long gathering takes, on a clock that runs only while everybody waits.
    async fn gathering(intakes: &Intakes) -> Duration {
        let begun = Instant::now();
        intakes.gather().await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_when_nothing_is_on_the_way_or_enough_is_here() {
        let intakes = Intakes::default();
        add(&intakes, 1);
        assert_eq!(gathering(&intakes).await, Duration::ZERO);
        let _coming = intakes.on_the_way();
        for _ in 1..TOGETHER_MAX {
            add(&intakes, 1);
        }
        assert_eq!(gathering(&intakes).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn gathering_ends_with_the_last_one_on_the_way_whatever_comes_of_it() {
        let intakes = Intakes::default();
        add(&intakes, 1);
        let (coming, giving_up) = (intakes.on_the_way(), intakes.on_the_way());
        let come = async {
            add(&intakes, 1);
            drop(coming);
            drop(giving_up);
        };
        let (took, ()) = tokio::join!(gathering(&intakes), come);
        assert_eq!(took, Duration::ZERO);
        assert_eq!(intakes.take().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_senders_are_waited_for_ever_more_rarely() {
        let intakes = Intakes::default();
        let slow = intakes.on_the_way();
        let mut waits = Vec::new();
        for batch in 0..150 {
            if gathering(&intakes).await >= GATHERING_MAX {
                waits.push(batch);
            }
        }
        assert_eq!(waits, [0, 2, 5, 10, 19, 36, 69, 134]);
        intakes.lock().patience = Patience::default();
        gathering(&intakes).await;
        let paid = async {
            add(&intakes, 1);
            drop(slow);
        };
        assert_eq!(gathering(&intakes).await, Duration::ZERO, "a pause of one");
        tokio::join!(gathering(&intakes), paid);
        let _again = intakes.on_the_way();
        assert!(gathering(&intakes).await >= GATHERING_MAX, "it had paid");
        assert_eq!(gathering(&intakes).await, Duration::ZERO);
        assert!(
            gathering(&intakes).await >= GATHERING_MAX,
            "the pause began anew"
        );
    }
}
