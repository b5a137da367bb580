//! The mail that waits for one site, and the connections that carry it.
//!
//! A lane has at most [`CONNECTIONS_PER_SITE_MAX`] workers, each with one connection it keeps for the
//! next message and gives up when none comes. A site that cannot be reached costs its own lane a
//! dial, not one dial per message, and never any other lane; what waits for one that takes connections
//! and says nothing goes back into the queue, so that it does not take the room of other mail.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use postscale_smtp::client::{ClientError, Envelope, ErrorKind, SendReport, Stage};
use postscale_store::recipient::Claimed;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::{
    Delivery,
    outcome::{Tried, Verdict},
    signing::Outgoing,
    site::{Counted, Open, Site},
};

/// Connections to one site at once.
const CONNECTIONS_PER_SITE_MAX: usize = 10;
/// Messages one connection carries; some hosts refuse more.
const MESSAGES_PER_CONNECTION_MAX: u32 = 100;
/// How long a connection is kept without a message.
const IDLE_MAX: Duration = Duration::from_secs(5);
/// How long a site without any connection may be silent before what waits for it is put off. Who was
/// dialling goes on: RFC 5321 §4.5.3.2.1 grants a greeting five minutes.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// One recipient to deliver to, with the message.
#[derive(Clone)]
pub(super) struct Job {
    pub claimed: Claimed,
    pub outgoing: Arc<Outgoing>,
    /// When it was claimed.
    pub since: Instant,
}

pub(super) struct Lane {
    pub site: Site,
    state: Mutex<State>,
    arrived: Notify,
    connected: Arc<AtomicUsize>,
}

struct State {
    waiting: VecDeque<Job>,
    workers: usize,
    idle: usize,
    /// As many connections as the site let us have.
    limit: usize,
}

impl Lane {
    pub(crate) fn new(site: Site) -> Self {
        Self {
            site,
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                workers: 0,
                idle: 0,
                limit: CONNECTIONS_PER_SITE_MAX,
            }),
            arrived: Notify::new(),
            connected: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes jobs in; returns how many workers are to be started for them.
    pub(crate) fn push(&self, jobs: Vec<Job>) -> usize {
        let mut state = self.state();
        state.waiting.extend(jobs);
        let wanted = state.waiting.len().saturating_sub(state.idle);
        let start = wanted.min(state.limit.saturating_sub(state.workers));
        state.workers += start;
        drop(state);
        self.arrived.notify_waiters();
        start
    }

    /// Whether nobody works here and nothing waits.
    pub(crate) fn is_deserted(&self) -> bool {
        let state = self.state();
        state.workers == 0 && state.waiting.is_empty()
    }

    /// The next job; none when none came for a while or work is to stop.
    async fn next(&self, delivery: &Delivery) -> Option<Job> {
        let patience = sleep(IDLE_MAX);
        tokio::pin!(patience);
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            {
                let mut state = self.state();
                if delivery.shutdown.is_cancelled() {
                    return None;
                }
                if let Some(job) = state.waiting.pop_front() {
                    return Some(job);
                }
                state.idle += 1;
            }
            let goes_on = tokio::select! {
                () = &mut arrived => true,
                () = &mut patience => false,
                () = delivery.shutdown.cancelled() => false,
            };
            self.state().idle -= 1;
            if !goes_on {
                return None;
            }
        }
    }

    /// A worker goes, unless something came just now.
    fn leave(&self) -> bool {
        let mut state = self.state();
        if !state.waiting.is_empty() {
            return false;
        }
        state.workers -= 1;
        true
    }

    pub(super) fn drain(&self) -> Vec<Job> {
        self.state().waiting.drain(..).collect()
    }
}

/// Carries mail until none comes any more.
pub(crate) async fn work(delivery: Arc<Delivery>, lane: Arc<Lane>) {
    let mut open: Option<Box<Open>> = None;
    loop {
        while let Some(job) = lane.next(&delivery).await {
            let claimed = job.claimed.clone();
            let carried = AssertUnwindSafe(carry(&delivery, &lane, open.take(), job));
            match carried.catch_unwind().await {
                Ok(Carried::Kept(kept)) => open = kept,
                // The others have connections and this one cannot get any.
                Ok(Carried::Superfluous) => return delivery.desert(&lane),
                Err(_) => delivery.panicked(claimed).await,
            }
        }
        if delivery.shutdown.is_cancelled() {
            delivery.release_waiting(&lane);
        }
        if lane.leave() {
            break;
        }
    }
    if let Some(open) = open {
        open.connection.quit().await;
    }
    delivery.desert(&lane);
}

enum Carried {
    /// The job is over; the connection, if it can be used again.
    Kept(Option<Box<Open>>),
    /// The job went back into the lane.
    Superfluous,
}

/// Delivers one message, over the connection that is there or a new one.
async fn carry(delivery: &Delivery, lane: &Lane, open: Option<Box<Open>>, job: Job) -> Carried {
    if delivery.is_stale(&job) {
        delivery.release(job.claimed);
        return Carried::Kept(open);
    }
    let octets = match delivery.octets(&job).await {
        Ok(octets) => octets,
        Err(tried) => {
            delivery.settle(job.claimed, tried).await;
            return Carried::Kept(open);
        }
    };
    let envelope = match delivery.envelope(&job.claimed) {
        Ok(envelope) => envelope,
        Err(tried) => {
            delivery.settle(job.claimed, tried).await;
            return Carried::Kept(open);
        }
    };
    let mut open = open;
    loop {
        let was_used = open.as_ref().is_some_and(|open| open.messages > 0);
        let mut current = match open.take() {
            Some(open) => open,
            None => match dial(delivery, lane).await {
                Ok(mut open) => {
                    open.counted = Some(Counted::new(&lane.connected));
                    open
                }
                Err(tried) => return unreachable_site(delivery, lane, job, tried).await,
            },
        };
        current.messages += 1;
        let sent = current.connection.send(&envelope, &octets).await;
        let is_good =
            current.connection.is_reusable() && current.messages < MESSAGES_PER_CONNECTION_MAX;
        let host = current.host.clone();
        if is_good {
            open = Some(current);
        } else {
            current.connection.quit().await;
        }
        // The host hung up while the connection was idle: that says nothing about this message.
        if was_used && sent.as_ref().is_err_and(was_hung_up) {
            continue;
        }
        let tried = tried(sent, &host);
        delivery.settle(job.claimed, tried).await;
        return Carried::Kept(open);
    }
}

/// A new connection.
async fn dial(delivery: &Delivery, lane: &Lane) -> Result<Box<Open>, Tried> {
    let dialled = delivery.dialler.open(&lane.site);
    meanwhile(dialled, SILENCE_MAX, || {
        if lane.connected.load(Ordering::Relaxed) == 0 {
            let silent = Tried::observed(Verdict::Transient, "4.4.1", "the host says nothing");
            delivery.is_down(&lane.site, &silent);
            for job in lane.drain() {
                delivery.report(job.claimed, &silent);
            }
        }
    })
    .await
}

/// What `work` gives; as long as it gives nothing, `act` is done again and again.
async fn meanwhile<T>(work: impl Future<Output = T>, every: Duration, mut act: impl FnMut()) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = sleep(every) => act(),
        }
    }
}

fn tried(sent: Result<SendReport, ClientError>, host: &str) -> Tried {
    match sent {
        Ok(SendReport { recipients, ended }) => match (recipients.first(), ended) {
            (Some(report), _) => Tried::reported(report, host),
            (None, Some(error)) => Tried::failed(&error, host),
            (None, None) => Tried::observed(Verdict::Transient, "4.3.0", "no report"),
        },
        Err(error) => Tried::failed(&error, host),
    }
}

fn was_hung_up(error: &ClientError) -> bool {
    error.stage != Stage::FinalDot
        && matches!(
            error.kind,
            ErrorKind::Closed | ErrorKind::Io(_) | ErrorKind::Spent
        )
}

/// No connection: when others have one, they carry the job; else the whole lane waits with it.
async fn unreachable_site(delivery: &Delivery, lane: &Lane, job: Job, tried: Tried) -> Carried {
    {
        let mut state = lane.state();
        let connected = lane.connected.load(Ordering::Relaxed);
        // Another worker is still here, and looks once more before it leaves.
        if connected > 0 && state.workers > 1 && tried.verdict == Verdict::Transient {
            state.limit = connected;
            state.workers -= 1;
            state.waiting.push_front(job);
            drop(state);
            lane.arrived.notify_waiters();
            return Carried::Superfluous;
        }
    }
    delivery.is_down(&lane.site, &tried);
    let waiting = lane.drain();
    for job in std::iter::once(job).chain(waiting) {
        delivery.settle(job.claimed, tried.clone()).await;
    }
    Carried::Kept(None)
}

impl Delivery {
    /// MAIL and RCPT of one recipient.
    fn envelope(&self, claimed: &Claimed) -> Result<Envelope, Tried> {
        let return_path = self.return_path(claimed)?;
        Ok(Envelope {
            return_path: postscale_smtp::ReversePath::Address(return_path),
            recipients: vec![claimed.address.clone()],
            smtputf8: claimed.smtputf8,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_looked_after_until_it_is_done() {
        for (takes, looks) in [(0, 0), (29, 0), (31, 1), (299, 9)] {
            let mut looked = 0;
            let work = async {
                sleep(Duration::from_secs(takes)).await;
                takes
            };
            let done = meanwhile(work, SILENCE_MAX, || looked += 1).await;
            assert_eq!((done, looked), (takes, looks));
        }
    }
}
