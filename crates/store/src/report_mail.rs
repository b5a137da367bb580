//! Tables `report_mails` and `report_mail_bodies`: mail to the report addresses of domains.
//!
//! A message is written before its sender is told 250 and read afterwards. What held reports is
//! deleted in the transaction that keeps them; of what held none, the reason stays.

use std::time::Duration;

use postscale_access::{Granted, SystemScope};
use postscale_model::{
    Domain, DomainId, OrganizationId, ReportMailId, ReportProblem, Timestamp, UnreadReport,
};

use crate::{Body, Listed, Page, Result, Row, Tx, conditions::Conditions, params, row::readable};

/// The wake-up channel of mail that waits to be read.
pub const CHANNEL: &str = "report_mails";

/// Mail to a report address.
#[derive(Debug, Clone)]
pub struct ReportMail {
    /// Row id.
    pub id: ReportMailId,
    /// The organization of the domain.
    pub organization_id: OrganizationId,
    /// The domain whose address it came to.
    pub domain_id: DomainId,
    /// MAIL FROM.
    pub envelope_sender: String,
    /// `Subject`, decoded.
    pub subject: String,
    /// Octets.
    pub size_bytes: i64,
    /// When it came.
    pub received_at: Timestamp,
}

/// Mail this worker reads now.
#[derive(Debug)]
pub struct ClaimedReportMail {
    /// The message.
    pub mail: ReportMail,
    /// Which try this is, from 1.
    pub attempt: i64,
}

fn from_row(row: &Row) -> Result<ReportMail> {
    Ok(ReportMail {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        envelope_sender: row.text("envelope_sender")?,
        subject: row.text("subject")?,
        size_bytes: row.int("size_bytes")?,
        received_at: row.timestamp("received_at")?,
    })
}

fn unread_from_row(row: &Row) -> Result<UnreadReport> {
    Ok(UnreadReport {
        id: row.id("id")?,
        envelope_sender: row.text("envelope_sender")?,
        subject: row.text("subject")?,
        size_bytes: row.int("size_bytes")?,
        problem: row.word("problem")?,
        received_at: row.timestamp("received_at")?,
    })
}

/// Keeps mail, due to be read at once.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    _scope: &SystemScope,
    mail: &ReportMail,
    body: &Body,
) -> Result<()> {
    tx.execute(
        "INSERT INTO report_mails (id, organization_id, domain_id, envelope_sender, subject, size_bytes, \
         next_attempt_at, attempts, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $7)",
        &params![
            mail.id,
            mail.organization_id,
            mail.domain_id,
            &mail.envelope_sender,
            &mail.subject,
            mail.size_bytes,
            mail.received_at,
        ],
    )
    .await?;
    let [octets, blob] = body.columns();
    tx.execute(
        "INSERT INTO report_mail_bodies (report_mail_id, octets, blob) VALUES ($1, $2, $3)",
        &[mail.id.into(), octets, blob],
    )
    .await?;
    tx.wake(CHANNEL);
    Ok(())
}

/// How much mail of a domain waits to be read, counted up to a limit.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_waiting(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    most: u32,
) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS total FROM (SELECT id FROM report_mails \
               WHERE domain_id = $1 AND next_attempt_at IS NOT NULL LIMIT $2) waiting";
    let row = tx.query_opt(sql, &params![domain, most]).await?;
    crate::row::count(row.as_ref())
}

/// Claims mail that waits to be read.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    limit: u32,
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<ClaimedReportMail>> {
    let sql = [
        "WITH due AS (SELECT id FROM report_mails WHERE next_attempt_at <= $1 \
         ORDER BY next_attempt_at LIMIT $3 ",
        tx.engine().claim_suffix(),
        ") UPDATE report_mails SET attempts = attempts + 1, next_attempt_at = $2 \
         WHERE id IN (SELECT id FROM due) RETURNING *",
    ]
    .concat();
    let rows = tx
        .query(&sql, &params![now, now.plus(lease), limit])
        .await?;
    let claimed = |row: &Row| {
        Ok(ClaimedReportMail {
            mail: from_row(row)?,
            attempt: row.int("attempts")?,
        })
    };
    Ok(readable(&rows, claimed))
}

/// When the next mail falls due; in the past when some is.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_due_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    let sql =
        "SELECT MIN(next_attempt_at) AS at FROM report_mails WHERE next_attempt_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.opt_timestamp("at")
}

/// The octets of mail that is to be read.
///
/// # Errors
/// When the database cannot answer or the octets are gone.
pub async fn body(tx: &mut Tx, _scope: &SystemScope, id: ReportMailId) -> Result<Body> {
    let sql = "SELECT octets, blob FROM report_mail_bodies WHERE report_mail_id = $1";
    Body::from_row(&tx.query_one(sql, &params![id]).await?)
}

/// What came of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMail {
    /// What it held is kept; the mail is not.
    Done,
    /// It held nothing of use.
    Unread(ReportProblem),
    /// To be tried again.
    Retry {
        /// When.
        at: Timestamp,
    },
}

/// Records what came of reading; `false` when somebody else was quicker. Unless it is tried again, the
/// octets are gone: a blob is the caller's to delete, after the commit.
///
/// # Errors
/// When the database refuses.
pub async fn settle(
    tx: &mut Tx,
    _scope: &SystemScope,
    claimed: &ClaimedReportMail,
    read: ReadMail,
) -> Result<bool> {
    let (id, attempt) = (claimed.mail.id, claimed.attempt);
    let changed = match read {
        ReadMail::Done => {
            let sql = "DELETE FROM report_mails WHERE id = $1 AND attempts = $2 AND next_attempt_at IS NOT NULL";
            tx.execute(sql, &params![id, attempt]).await?
        }
        ReadMail::Unread(problem) => {
            let sql = "UPDATE report_mails SET next_attempt_at = NULL, problem = $3 \
                       WHERE id = $1 AND attempts = $2 AND next_attempt_at IS NOT NULL";
            let changed = tx.execute(sql, &params![id, attempt, problem]).await?;
            if changed == 1 {
                let sql = "DELETE FROM report_mail_bodies WHERE report_mail_id = $1";
                tx.execute(sql, &params![id]).await?;
            }
            changed
        }
        ReadMail::Retry { at } => {
            let sql = "UPDATE report_mails SET next_attempt_at = $3 \
                       WHERE id = $1 AND attempts = $2 AND next_attempt_at IS NOT NULL";
            tx.execute(sql, &params![id, attempt, at]).await?
        }
    };
    Ok(changed == 1)
}

/// The mail to a domain's report address that held nothing of use, newest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_unread<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    page: Page,
) -> Result<Listed<UnreadReport>> {
    let mut conditions = Conditions::equal("m.domain_id", domain.id);
    conditions.and("m.problem IS NOT NULL");
    let select = ("m.*", "report_mails m", "m.received_at DESC, m.id DESC");
    conditions.list(tx, select, page, unread_from_row).await
}
