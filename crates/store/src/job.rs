//! Table `jobs`: what the system promised to do later and is no row of another queue.
//!
//! A job is written in the transaction of its cause, at most one open per kind and key, and may run
//! twice: whoever runs one must not mind.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::{JobId, Timestamp};

use crate::{Result, Row, Tx, params, row::readable};

/// The wake-up channel of jobs.
pub const CHANNEL: &str = "jobs";

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Row id.
    pub id: JobId,
    /// What is to be done.
    pub kind: &'static str,
    /// To what; with the kind it says whether two jobs are one.
    pub key: String,
    /// What else there is to know, as JSON.
    pub payload: serde_json::Value,
    /// Not before.
    pub due_at: Timestamp,
}

/// A job this worker does now.
#[derive(Debug, Clone)]
pub struct ClaimedJob {
    /// Row id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub key: String,
    /// What else there is to know.
    pub payload: serde_json::Value,
    /// Which try this is, from 1.
    pub attempt: i64,
    leased_until: Timestamp,
}

fn from_row(row: &Row) -> Result<ClaimedJob> {
    Ok(ClaimedJob {
        id: row.id("id")?,
        kind: row.text("kind")?,
        key: row.text("job_key")?,
        payload: row.json("payload")?,
        attempt: row.int("attempts")?,
        leased_until: row.timestamp("due_at")?,
    })
}

/// Promises a job. When one of that kind and key is open already it gets this payload and the earlier
/// of both instants; when it is being done right now it is done again afterwards.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut Tx, job: &NewJob, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO jobs (id, kind, job_key, payload, due_at, attempts, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6) \
         ON CONFLICT (kind, job_key) DO UPDATE SET payload = excluded.payload, attempts = 0, \
         due_at = CASE WHEN excluded.due_at < jobs.due_at THEN excluded.due_at ELSE jobs.due_at END",
        &params![job.id, job.kind, &job.key, &job.payload, job.due_at, now],
    )
    .await?;
    tx.wake(CHANNEL);
    Ok(())
}

/// Claims due jobs, those due longest first.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    limit: u32,
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<ClaimedJob>> {
    let sql = [
        "WITH due AS (SELECT id FROM jobs WHERE due_at <= $1 ORDER BY due_at LIMIT $3 ",
        tx.engine().claim_suffix(),
        ") UPDATE jobs SET attempts = attempts + 1, due_at = $2 WHERE id IN (SELECT id FROM due) RETURNING *",
    ]
    .concat();
    let rows = tx
        .query(&sql, &params![now, now.plus(lease), limit])
        .await?;
    Ok(readable(&rows, from_row))
}

/// A job is done. One that was promised again meanwhile stays.
///
/// # Errors
/// When the database refuses.
pub async fn finish(tx: &mut Tx, _scope: &SystemScope, job: &ClaimedJob) -> Result<()> {
    let sql = "DELETE FROM jobs WHERE id = $1 AND attempts = $2 AND due_at = $3";
    tx.execute(sql, &params![job.id, job.attempt, job.leased_until])
        .await
        .map(drop)
}

/// A job is to be tried again. One that was promised again meanwhile keeps its earlier instant.
///
/// # Errors
/// When the database refuses.
pub async fn retry(
    tx: &mut Tx,
    _scope: &SystemScope,
    job: &ClaimedJob,
    at: Timestamp,
) -> Result<()> {
    let sql = "UPDATE jobs SET due_at = $4 WHERE id = $1 AND attempts = $2 AND due_at = $3";
    tx.execute(sql, &params![job.id, job.attempt, job.leased_until, at])
        .await
        .map(drop)
}

/// When the next job falls due; in the past when one is.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_due_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    tx.query_one("SELECT MIN(due_at) AS at FROM jobs", &[])
        .await?
        .opt_timestamp("at")
}
