//! The loop every kind of background work shares: rounds until nothing is due, then waiting for a
//! wake-up, for room, or for the next due instant. Wake-ups are hints; waiting never takes longer than a minute,
//! which is also what bounds the effect of a clock that jumps. A round that panics or fails is logged
//! and tried again after a pause: it costs nobody else anything.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use postscale_model::{Sources, Timestamp};
use postscale_store::{Store, Wakeups};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Longest wait without a look.
const POLL_MAX: Duration = Duration::from_secs(60);
/// Shortest wait when something is due that this node may not have now.
const POLL_MIN: Duration = Duration::from_millis(250);
/// First and longest pause after a failed round.
const BACK_OFF_MIN: Duration = Duration::from_millis(250);
const BACK_OFF_MAX: Duration = Duration::from_secs(30);

/// What a round found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Something was done; there may be more.
    Again,
    /// Nothing is to be done before this instant.
    At(Option<Timestamp>),
    /// No room for more until something in flight ends.
    Full,
}

/// One kind of work.
pub(crate) trait Work: Send + Sync + 'static {
    /// For logs.
    const NAME: &'static str;
    /// Who wakes it.
    const CHANNEL: &'static str;

    /// Takes up what is due.
    fn round(&self) -> impl Future<Output = postscale_store::Result<Next>> + Send;

    /// Ends when something in flight ended.
    fn freed(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

/// Runs rounds until shutdown.
pub(crate) async fn run<W: Work>(
    work: &W,
    store: &Store,
    sources: &Sources,
    shutdown: &CancellationToken,
) {
    let mut wakeups = store.wakeups(W::CHANNEL);
    let mut pause = BACK_OFF_MIN;
    while !shutdown.is_cancelled() {
        let next = match AssertUnwindSafe(work.round()).catch_unwind().await {
            Ok(Ok(next)) => {
                pause = BACK_OFF_MIN;
                next
            }
            Ok(Err(error)) => {
                tracing::warn!(work = W::NAME, %error, "background work failed, trying again");
                paused(&mut pause, shutdown).await;
                continue;
            }
            Err(_) => {
                tracing::error!(work = W::NAME, "background work panicked, trying again");
                metrics::counter!("postscale_worker_panics_total", "work" => W::NAME).increment(1);
                paused(&mut pause, shutdown).await;
                continue;
            }
        };
        match next {
            Next::Again => tokio::task::yield_now().await,
            Next::Full => tokio::select! {
                () = shutdown.cancelled() => {}
                () = work.freed() => {}
                () = sleep(POLL_MAX) => {}
            },
            Next::At(due) => wait(work, &mut wakeups, due, sources, shutdown).await,
        }
    }
}

async fn wait<W: Work>(
    work: &W,
    wakeups: &mut Wakeups,
    due: Option<Timestamp>,
    sources: &Sources,
    shutdown: &CancellationToken,
) {
    let until = due.map_or(POLL_MAX, |due| due.since(sources.now()));
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = wakeups.next() => {
            // One round answers them all.
            while wakeups.next().now_or_never().is_some() {}
        }
        () = work.freed() => {}
        () = sleep(until.clamp(POLL_MIN, POLL_MAX)) => {}
    }
}

async fn paused(pause: &mut Duration, shutdown: &CancellationToken) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = sleep(*pause) => {}
    }
    *pause = (*pause * 2).min(BACK_OFF_MAX);
}
