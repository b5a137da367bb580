//! Writing down that an invitation expired. It has been good for nothing since its end, written down
//! or not: this is for the log.

use postscale_access::SystemScope;
use postscale_model::{AuditAction, AuditEvent, AuditTarget, InvitationId};
use postscale_store::{
    Acting, Result, audit_entry, invitation,
    job::{self, ClaimedJob},
};

use crate::EngineParts;

/// Writes it down, unless something else ended the invitation or its end was put off.
pub(crate) async fn expire(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
) -> Result<()> {
    let id = job.payload["invitation_id"].as_str();
    let id: Option<InvitationId> = id.and_then(|text| text.parse().ok());
    let mut tx = parts.store.write().await?;
    audit_entry::acts(&mut tx, Acting::system());
    job::finish(&mut tx, scope, job).await?;
    let expired = match id {
        Some(id) => invitation::expire(&mut tx, scope, id, parts.sources.now()).await?,
        None => None,
    };
    if let Some(expired) = expired {
        let target = AuditTarget::new("invitation", expired.id, &expired.email);
        let event = AuditEvent::new(AuditAction::InvitationExpired, target);
        audit_entry::append(&mut tx, &parts.sources, expired.organization_id, event).await?;
    }
    tx.commit().await
}
