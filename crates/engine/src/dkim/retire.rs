//! A replaced key ends: what it signed has arrived, or never will.

use postscale_access::SystemScope;
use postscale_model::{AuditAction, AuditEvent, DkimKey, DkimKeyId, DkimStatus, Domain, Word as _};
use postscale_store::{
    Acting, Result, Tx, audit_entry, dkim_key, domain,
    job::{self, ClaimedJob},
};
use serde_json::json;

use crate::EngineParts;

/// Takes a retiring key out of use.
pub(crate) async fn retire(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
) -> Result<()> {
    let mut tx = parts.store.write().await?;
    job::finish(&mut tx, scope, job).await?;
    if let Some((key, domain)) = find(&mut tx, scope, job).await?
        && let Some(ended) =
            dkim_key::end_by_itself(&mut tx, scope, &key, parts.sources.now()).await?
    {
        let event = AuditEvent::new(AuditAction::DkimDeactivated, key.audit_target(&domain.name))
            .change(
                json!({"status": DkimStatus::Retiring.as_str()}),
                json!({"status": ended.status.as_str()}),
            );
        audit_entry::acts(&mut tx, Acting::system());
        audit_entry::append(&mut tx, &parts.sources, domain.organization_id, event).await?;
    }
    tx.commit().await
}

/// The key a job is about, and its domain.
pub(super) async fn find(
    tx: &mut Tx,
    scope: &SystemScope,
    job: &ClaimedJob,
) -> Result<Option<(DkimKey, Domain)>> {
    let Ok(id) = job.key.parse::<DkimKeyId>() else {
        return Ok(None);
    };
    let Some(key) = dkim_key::find_for_job(tx, scope, id).await? else {
        return Ok(None);
    };
    let domain = domain::find_for_job(tx, scope, key.domain_id).await?;
    Ok(domain.map(|domain| (key, domain)))
}
