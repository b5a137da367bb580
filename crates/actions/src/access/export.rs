//! The review as a file, written out piece by piece.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent, AuditTarget, Timestamp};
use postscale_store::{
    Page,
    access_review::{self, ReviewItem},
};

use crate::{App, Pieces, Result, audit, csv};

/// Rows of one piece.
const PIECE: u32 = 500;

/// The columns of the file.
const COLUMNS: [&str; 15] = [
    "kind",
    "id",
    "domain_id",
    "name",
    "holder",
    "access",
    "scope",
    "given_by",
    "since",
    "last_used_at",
    "expires_at",
    "status",
    "note",
    "reviewed_at",
    "reviewed_by",
];

/// A file that is being written out.
pub struct Export {
    app: App,
    caller: Caller,
    /// Rows written so far; `None` before the first line.
    written: Option<u64>,
}

/// Begins a file of everything there is to review; that somebody took it is in the log.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for everybody but owners and admins in person.
pub async fn export(app: &App, caller: &Caller, nothing: Late<()>) -> Result<Export> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::ACCESS_REVIEW_EXPORT)?;
    nothing.after(&permission)?;
    let target = AuditTarget::new("access_review", "", "");
    let event = AuditEvent::new(AuditAction::ExportCreated, target);
    audit::note(app, &mut tx, permission.organization(), event).await?;
    tx.commit().await?;
    Ok(Export {
        app: app.clone(),
        caller: caller.clone(),
        written: None,
    })
}

impl Pieces for Export {
    async fn next(&mut self) -> Result<Option<String>> {
        let Some(written) = self.written else {
            self.written = Some(0);
            return Ok(Some(csv::record(COLUMNS)));
        };
        let mut tx = self.app.store.read().await?;
        let permission = Gate::open(&mut tx, &self.caller)
            .await?
            .permit(action::ACCESS_REVIEW_EXPORT)?;
        let page = Page {
            limit: PIECE,
            offset: written,
        };
        let rows = access_review::list(&mut tx, &permission, None, page)
            .await?
            .rows;
        if rows.is_empty() {
            return Ok(None);
        }
        self.written = Some(written + rows.len() as u64);
        let now = self.caller.received_at();
        Ok(Some(rows.iter().map(|item| line(item, now)).collect()))
    }
}

fn line(item: &ReviewItem, now: Timestamp) -> String {
    let instant = |at: Option<Timestamp>| at.map_or_else(String::new, Timestamp::to_rfc3339);
    let (reviewed_at, reviewer) = item.reviewed.clone().unzip();
    let status = if item.is_over(now) {
        "expired"
    } else {
        "active"
    };
    csv::record([
        item.kind.as_str().to_owned(),
        item.id.clone(),
        item.domain_id.clone(),
        item.name.clone(),
        item.holder.clone(),
        item.access.clone(),
        item.scope.clone(),
        item.giver.clone().unwrap_or_default(),
        item.since.to_rfc3339(),
        instant(item.last_used_at),
        instant(item.expires_at),
        status.to_owned(),
        item.note.clone(),
        instant(reviewed_at),
        reviewer.flatten().unwrap_or_default(),
    ])
}
