//! The job table at work: each kind of job, in one place.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use postscale_access::SystemScope;
use postscale_model::job::{
    EXPIRE_INVITATION, RETIRE_DKIM_KEY, ROTATE_DKIM, VERIFY_DOMAIN, WATCH_DKIM_KEY,
};
use postscale_store::{
    Error, Result,
    job::{self, ClaimedJob},
};

use crate::{
    EngineParts, dkim, invitations,
    runner::{Next, Work},
    schedule::RetrySchedule,
    verification,
};

/// Jobs claimed in one transaction.
const CLAIM_MAX: u32 = 32;
/// Jobs done side by side.
const CONCURRENCY: usize = 8;
/// How long a claim holds.
const LEASE: Duration = Duration::from_secs(300);
/// Tries before a job of an unknown or broken kind is dropped.
const ATTEMPTS_MAX: i64 = 8;

/// Does jobs.
pub(crate) struct Jobs {
    parts: EngineParts,
    scope: SystemScope,
    schedule: RetrySchedule,
}

impl Jobs {
    pub(crate) fn new(parts: EngineParts, scope: SystemScope) -> Self {
        let minutes = [1, 5, 30, 120];
        let delays = minutes.map(|m| Duration::from_secs(m * 60)).to_vec();
        Self {
            parts,
            scope,
            schedule: RetrySchedule::new(delays),
        }
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

    async fn guarded(&self, job: &ClaimedJob) -> Result<()> {
        match AssertUnwindSafe(self.one(job)).catch_unwind().await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => tracing::warn!(job.id = %job.id, job.kind, %error, "a job failed"),
            Err(_) => tracing::error!(job.id = %job.id, job.kind, "a job panicked"),
        }
        self.again(job).await
    }
}

/// Whether a job stands for something that would otherwise never happen.
fn is_standing(kind: &str) -> bool {
    let standing = [VERIFY_DOMAIN, WATCH_DKIM_KEY, RETIRE_DKIM_KEY, ROTATE_DKIM];
    standing.contains(&kind)
}

impl Work for Jobs {
    const NAME: &'static str = "jobs";
    const CHANNEL: &'static str = job::CHANNEL;

    async fn round(&self) -> Result<Next> {
        let mut tx = self.parts.store.write().await?;
        let now = self.parts.sources.now();
        let claimed = job::claim_due(&mut tx, &self.scope, CLAIM_MAX, LEASE, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = self.parts.store.read().await?;
            return Ok(Next::At(job::next_due_at(&mut tx, &self.scope).await?));
        }
        for side_by_side in claimed.chunks(CONCURRENCY) {
            let work = side_by_side.iter().map(|job| self.guarded(job));
            let done = futures_util::future::join_all(work).await;
            done.into_iter().collect::<Result<()>>()?;
        }
        Ok(Next::Again)
    }
}
