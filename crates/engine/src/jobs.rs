//! The job table at work: each kind of job, in one place.
//!
//! Jobs are tasks of their own, at most [`IN_FLIGHT_MAX`] at once: one that waits for a slow name
//! server holds up nobody else.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use postscale_access::SystemScope;
use postscale_model::job::{
    EXPIRE_INVITATION, RETIRE_DKIM_KEY, ROTATE_DKIM, VERIFY_DOMAIN, WATCH_DKIM_KEY,
};
use postscale_store::{
    Error, Result,
    job::{self, ClaimedJob},
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;

use crate::{
    EngineParts, dkim, invitations,
    runner::{Next, Work},
    schedule::RetrySchedule,
    verification,
};

/// Jobs done at once: looks at domains, which mostly wait.
const IN_FLIGHT_MAX: usize = 128;
/// Jobs claimed in one transaction.
const CLAIM_MAX: usize = 32;
/// How long a claim holds.
const LEASE: Duration = Duration::from_secs(300);
/// Tries before a job of an unknown or broken kind is dropped.
const ATTEMPTS_MAX: i64 = 8;

/// What the dispatcher and jobs share.
pub(crate) struct Jobs {
    parts: EngineParts,
    scope: SystemScope,
    schedule: RetrySchedule,
    room: Arc<Semaphore>,
    freed: Notify,
    tasks: TaskTracker,
}

/// Claims jobs and starts them.
pub(crate) struct Dispatcher(pub(crate) Arc<Jobs>);

impl Jobs {
    pub(crate) fn new(parts: EngineParts, scope: SystemScope, tasks: TaskTracker) -> Arc<Self> {
        let minutes = [1, 5, 30, 120];
        let delays = minutes.map(|m| Duration::from_secs(m * 60)).to_vec();
        Arc::new(Self {
            parts,
            scope,
            schedule: RetrySchedule::new(delays),
            room: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
            freed: Notify::new(),
            tasks,
        })
    }

    async fn one(&self, job: &ClaimedJob) -> Result<()> {
        match job.kind.as_str() {
            VERIFY_DOMAIN => verification::verify(&self.parts, &self.scope, job).await,
            EXPIRE_INVITATION => invitations::expire(&self.parts, &self.scope, job).await,
            WATCH_DKIM_KEY => dkim::watch(&self.parts, &self.scope, job).await,
            RETIRE_DKIM_KEY => dkim::retire(&self.parts, &self.scope, job).await,
            ROTATE_DKIM => dkim::rotate(&self.parts, &self.scope, job).await,
            kind => Err(Error::Corrupt(format!("unknown kind of job {kind}"))),
        }
    }

    async fn again(&self, job: &ClaimedJob) -> Result<()> {
        let mut tx = self.parts.store.write().await?;
        if job.attempt >= ATTEMPTS_MAX && !is_standing(&job.kind) {
            tracing::error!(job.id = %job.id, job.kind, "a job was given up");
            job::finish(&mut tx, &self.scope, job).await?;
        } else {
            let at = self.schedule.next(job.attempt, &self.parts.sources);
            job::retry(&mut tx, &self.scope, job, at).await?;
        }
        tx.commit().await
    }

    async fn guarded(&self, job: &ClaimedJob) {
        match AssertUnwindSafe(self.one(job)).catch_unwind().await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::warn!(job.id = %job.id, job.kind, %error, "a job failed"),
            Err(_) => tracing::error!(job.id = %job.id, job.kind, "a job panicked"),
        }
        if let Err(error) = self.again(job).await {
            // The lease gives the job back.
            tracing::warn!(job.id = %job.id, job.kind, %error, "a job could not be put off");
        }
    }
}

/// Whether a job stands for something that would otherwise never happen.
fn is_standing(kind: &str) -> bool {
    let standing = [VERIFY_DOMAIN, WATCH_DKIM_KEY, RETIRE_DKIM_KEY, ROTATE_DKIM];
    standing.contains(&kind)
}

impl Work for Dispatcher {
    const NAME: &'static str = "jobs";
    const CHANNEL: &'static str = job::CHANNEL;

    async fn round(&self) -> Result<Next> {
        let jobs = &self.0;
        let room = jobs.room.available_permits().min(CLAIM_MAX);
        if room == 0 {
            return Ok(Next::Full);
        }
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let now = jobs.parts.sources.now();
        let mut tx = jobs.parts.store.write().await?;
        let claimed = job::claim_due(&mut tx, &jobs.scope, limit, LEASE, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = jobs.parts.store.read().await?;
            return Ok(Next::At(job::next_due_at(&mut tx, &jobs.scope).await?));
        }
        for job in claimed {
            // Only this loop takes permits, and it counted them.
            let Ok(permit) = Arc::clone(&jobs.room).try_acquire_owned() else {
                break;
            };
            let jobs = Arc::clone(jobs);
            self.0.tasks.spawn(async move {
                jobs.guarded(&job).await;
                drop(permit);
                jobs.freed.notify_one();
            });
        }
        Ok(Next::Again)
    }

    async fn freed(&self) {
        self.0.freed.notified().await;
    }
}
