//! Mail to report addresses is read: its files one by one, off the threads that answer others, at most
//! [`AT_ONCE`] at a time, however much waits. Each report is kept in a transaction of its own, and one
//! that is kept already is nothing new, so that a try that is cut short is simply made again.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use postscale_access::SystemScope;
use postscale_mail::reports::{self, KeptReport};
use postscale_model::{Domain, ReportProblem};
use postscale_store::{
    Body, Error, Result,
    dmarc_report::{self, Kept, NewReport, ReportOwner},
    domain,
    report_mail::{self, ClaimedReportMail, ReadMail},
    tls_report,
};
use tokio::sync::Semaphore;

use crate::{
    EngineParts,
    runner::{Next, Work},
};

/// Messages read at once on a node (security.md M8: a bounded pool).
const AT_ONCE: usize = 4;
/// Messages claimed in one transaction.
const CLAIM_MAX: u32 = 16;
/// How long a claim holds.
const LEASE: Duration = Duration::from_secs(600);
/// Tries before a message is given up (security.md M19).
const ATTEMPTS_MAX: i64 = 5;

/// Reads what waits.
pub(crate) struct Reading {
    parts: EngineParts,
    scope: SystemScope,
    room: Semaphore,
}

/// What the files of a message came to.
#[derive(Debug, Default)]
struct Found {
    kept: usize,
    problem: Option<ReportProblem>,
}

impl Reading {
    pub(crate) fn new(parts: EngineParts, scope: SystemScope) -> Self {
        Self {
            parts,
            scope,
            room: Semaphore::new(AT_ONCE),
        }
    }

    async fn one(&self, claimed: &ClaimedReportMail) -> Result<()> {
        // Held while the message is in memory.
        let _permit = self.room.acquire().await.map_err(broken)?;
        let mail = &claimed.mail;
        let mut tx = self.parts.store.read().await?;
        let domain = domain::find_for_job(&mut tx, &self.scope, mail.domain_id).await?;
        let body = report_mail::body(&mut tx, &self.scope, mail.id).await?;
        drop(tx);
        let read = match domain {
            // Nobody is left to look at it.
            None => ReadMail::Done,
            Some(domain) => {
                let message = self.load(&body).await?;
                let found = self.read(&domain, message).await?;
                match found.problem {
                    _ if found.kept > 0 => ReadMail::Done,
                    problem => ReadMail::Unread(problem.unwrap_or(ReportProblem::NoReport)),
                }
            }
        };
        self.settle(claimed, read, &body).await
    }

    async fn load(&self, body: &Body) -> Result<Bytes> {
        match body {
            Body::Row(octets) => Ok(Bytes::copy_from_slice(octets)),
            Body::Blob(key) => {
                let octets = self.parts.blobs.get(key).await?;
                octets.ok_or_else(|| Error::Corrupt(format!("the blob {key} is gone")))
            }
        }
    }

    async fn read(&self, domain: &Domain, message: Bytes) -> Result<Found> {
        let files = blocking(move || reports::files(&message)).await?;
        let mut found = Found::default();
        for file in files {
            let read = blocking(move || reports::read(&file)).await?;
            let kept = read.and_then(|read| reports::kept(read, domain, &self.parts.sources));
            match kept {
                Ok(report) => {
                    self.keep(domain, report).await?;
                    found.kept += 1;
                }
                Err(problem) => {
                    count_problem(problem);
                    // What a file that is a report has is of more interest than that another is none.
                    let known = found.problem.filter(|it| *it != ReportProblem::NoReport);
                    found.problem = known.or(Some(problem));
                }
            }
        }
        Ok(found)
    }

    async fn keep(&self, domain: &Domain, report: KeptReport) -> Result<()> {
        let mut tx = self.parts.store.write().await?;
        let owner = ReportOwner::of_mail(&self.scope, domain);
        let (kind, kept) = match &report {
            KeptReport::Aggregate(report, records) => {
                let new = NewReport { report, records };
                let kept = dmarc_report::keep(&mut tx, &owner, new, &self.parts.sources).await?;
                ("dmarc", kept)
            }
            KeptReport::Tls(report) => ("tls", tls_report::keep(&mut tx, &owner, report).await?),
        };
        let outcome = match kept {
            Kept::New => "kept",
            Kept::Duplicate => "duplicate",
        };
        tx.commit().await?;
        metrics::counter!("postscale_reports_total", "kind" => kind, "outcome" => outcome)
            .increment(1);
        Ok(())
    }

    async fn settle(&self, claimed: &ClaimedReportMail, read: ReadMail, body: &Body) -> Result<()> {
        let mut tx = self.parts.store.write().await?;
        if !report_mail::settle(&mut tx, &self.scope, claimed, read).await? {
            return Ok(());
        }
        tx.commit().await?;
        if let Body::Blob(key) = body
            && let Err(error) = self.parts.blobs.delete(key).await
        {
            tracing::warn!(blob.key = %key, %error, "the blob {key} of a report that was read stays");
        }
        Ok(())
    }

    /// A try that did not come to an end.
    async fn again(&self, claimed: &ClaimedReportMail) -> Result<()> {
        if claimed.attempt >= ATTEMPTS_MAX {
            count_problem(ReportProblem::GivenUp);
            let mut tx = self.parts.store.read().await?;
            let body = report_mail::body(&mut tx, &self.scope, claimed.mail.id).await?;
            drop(tx);
            let read = ReadMail::Unread(ReportProblem::GivenUp);
            return self.settle(claimed, read, &body).await;
        }
        let schedule = &self.parts.settings.retry_schedule;
        let at = schedule.next(claimed.attempt, &self.parts.sources);
        let mut tx = self.parts.store.write().await?;
        report_mail::settle(&mut tx, &self.scope, claimed, ReadMail::Retry { at }).await?;
        tx.commit().await
    }
}

fn count_problem(problem: ReportProblem) {
    metrics::counter!("postscale_reports_unread_total", "problem" => problem.to_string())
        .increment(1);
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(error.to_string())
}

/// Work that takes a processor for a while.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(broken)
}

impl Work for Reading {
    const NAME: &'static str = "read_reports";
    const CHANNEL: &'static str = report_mail::CHANNEL;

    async fn round(&self) -> Result<Next> {
        let mut tx = self.parts.store.write().await?;
        let now = self.parts.sources.now();
        let claimed = report_mail::claim_due(&mut tx, &self.scope, CLAIM_MAX, LEASE, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = self.parts.store.read().await?;
            return Ok(Next::At(
                report_mail::next_due_at(&mut tx, &self.scope).await?,
            ));
        }
        let all = claimed.iter().map(|one| async move {
            let done = std::panic::AssertUnwindSafe(self.one(one)).catch_unwind().await;
            match done {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => {
                    tracing::warn!(report_mail.id = %one.mail.id, %error, "a report could not be read");
                }
                Err(_) => {
                    tracing::error!(report_mail.id = %one.mail.id, "reading a report panicked");
                }
            }
            self.again(one).await
        });
        let done = futures_util::future::join_all(all).await;
        done.into_iter().collect::<Result<()>>()?;
        Ok(Next::Again)
    }
}
