//! What happened to a person's own sign-in and keys, as the log of the organization they are in has it.
//!
//! The log itself is for owners and admins. Of an entry this gives what its person may know, whatever
//! they may see else: no name of a thing, which could be one they lost, and of others no address.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditActorKind, AuditEntry, AuditEntryId, AuditOutcome, Timestamp, UserId,
};
use postscale_store::{Listed, Page, audit_entry};

use crate::{App, Error, Result};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Names it.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Who did it.
    pub by: By,
    /// From where; empty when that is somebody else's business.
    pub ip: String,
    /// How it ended.
    pub outcome: AuditOutcome,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The person.
    You,
    /// Whoever tried to be the person.
    Somebody,
    /// Somebody else of the organization.
    Manager,
    /// Somebody with a shell on the host.
    Operator,
    /// The product by itself.
    Product,
}

/// The caller's own events in the organization they are in, newest first.
///
/// # Errors
/// [`Error::Denied`] for a key.
pub async fn security_events(
    app: &App,
    caller: &Caller,
    page: Late<Page>,
) -> Result<(Page, Listed<SecurityEvent>)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_SESSION_LIST)?;
    let user = permission.actor().map(|actor| actor.user());
    let user = user.ok_or_else(|| Error::Broken("permitted without actor".into()))?;
    let page = page.after(&permission)?;
    let listed = audit_entry::list_own(&mut tx, &permission, page).await?;
    let rows = listed.rows.into_iter().map(|entry| told(entry, user));
    let listed = Listed {
        rows: rows.collect(),
        total: listed.total,
    };
    Ok((page, listed))
}

fn told(entry: AuditEntry, user: UserId) -> SecurityEvent {
    let by = match entry.actor_kind {
        AuditActorKind::User if entry.actor_id == user.to_string() => By::You,
        AuditActorKind::User | AuditActorKind::Key => By::Manager,
        AuditActorKind::Anonymous => By::Somebody,
        AuditActorKind::Cli => By::Operator,
        AuditActorKind::System => By::Product,
    };
    let ip = match by {
        By::You | By::Somebody => entry.ip,
        By::Manager | By::Operator | By::Product => String::new(),
    };
    SecurityEvent {
        id: entry.id,
        at: entry.at,
        action: entry.action,
        by,
        ip,
        outcome: entry.outcome,
    }
}
