//! The log as a file, oldest first, written out piece by piece.

use postscale_access::{Caller, Gate, Late, Permission, action};
use postscale_model::{AuditAction, AuditEntry, AuditEvent, AuditTarget, Timestamp};
use postscale_store::audit_entry::{self, AuditFilter};
use serde_json::json;

use super::note;
use crate::{App, Pieces, Result, csv};

/// Entries of one piece.
const PIECE: u32 = 500;

/// The columns of the file.
const COLUMNS: [&str; 17] = [
    "sequence",
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "actor",
    "via",
    "ip",
    "request_id",
    "action",
    "target_kind",
    "target_id",
    "target",
    "before",
    "after",
    "outcome",
    "occurrences",
];

/// A file that is being written out: what was in the log when it was asked for.
pub struct Export {
    app: App,
    caller: Caller,
    filter: AuditFilter,
    /// Position of the last entry that was written out; `None` before the first line.
    written: Option<i64>,
    last: i64,
}

/// Begins a file of the entries that fit; that somebody took it is in the log as well.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for everybody but owners and admins in person.
pub async fn export(app: &App, caller: &Caller, filter: Late<AuditFilter>) -> Result<Export> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUDIT_EXPORT)?;
    let filter = filter.after(&permission)?;
    let last = audit_entry::last_position(&mut tx, &permission).await?;
    let event = AuditEvent::new(
        AuditAction::ExportCreated,
        AuditTarget::new("audit", "", ""),
    );
    let organization = permission.organization();
    note(app, &mut tx, organization, event.made(described(&filter))).await?;
    tx.commit().await?;
    Ok(Export {
        app: app.clone(),
        caller: caller.clone(),
        filter,
        written: None,
        last,
    })
}

/// The filter, as far as one was given.
fn described(filter: &AuditFilter) -> serde_json::Value {
    let instant = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339);
    let mut members = serde_json::Map::new();
    for (name, value) in [
        ("actor", filter.actor.clone()),
        ("action", filter.actions.map(|actions| actions.to_string())),
        ("target", filter.target.clone()),
        ("from", instant(filter.from)),
        ("to", instant(filter.to)),
    ] {
        members.extend(value.map(|value| (name.to_owned(), json!(value))));
    }
    json!({"filter": members})
}

impl Pieces for Export {
    async fn next(&mut self) -> Result<Option<String>> {
        let Some(after) = self.written else {
            self.written = Some(0);
            return Ok(Some(csv::record(COLUMNS)));
        };
        let mut tx = self.app.store.read().await?;
        let permission: Permission = Gate::open(&mut tx, &self.caller)
            .await?
            .permit(action::AUDIT_EXPORT)?;
        let range = (after, self.last);
        let entries =
            audit_entry::list_between(&mut tx, &permission, &self.filter, range, PIECE).await?;
        let Some(last) = entries.last() else {
            return Ok(None);
        };
        self.written = Some(last.sequence);
        Ok(Some(entries.iter().map(line).collect()))
    }
}

fn line(entry: &AuditEntry) -> String {
    let or_empty = |json: &str| {
        if json == "null" {
            String::new()
        } else {
            json.to_owned()
        }
    };
    csv::record([
        entry.sequence.to_string(),
        entry.id.to_string(),
        entry.at.to_rfc3339(),
        entry.actor_kind.to_string(),
        entry.actor_id.clone(),
        entry.actor_label.clone(),
        entry.via.clone(),
        entry.ip.clone(),
        entry.request_id.clone(),
        entry.action.to_string(),
        entry.target_kind.clone(),
        entry.target_id.clone(),
        entry.target_label.clone(),
        or_empty(&entry.before),
        or_empty(&entry.after),
        entry.outcome.to_string(),
        entry.occurrences.to_string(),
    ])
}
