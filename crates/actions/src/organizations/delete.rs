//! An organization is deleted.

use postscale_access::{Caller, Late, action};
use postscale_model::{AuditAction, AuditEvent, Invalid};
use postscale_store::organization::{self, Deleted};
use serde_json::json;

use crate::{App, Result, audit, auth, turn};

/// The owner's own words that it is meant.
#[derive(Debug)]
pub struct Confirmation {
    /// The organization's name.
    pub name: String,
}

/// Ends the caller's organization for everybody in it. The people and their other organizations stay.
///
/// # Errors
/// [`Rule::ReauthenticationRequired`](crate::Rule::ReauthenticationRequired); [`Invalid`] naming
/// `name` when that is not the organization's.
pub async fn delete(
    app: &App,
    caller: &Caller,
    confirmation: Late<Confirmation>,
) -> Result<Deleted> {
    let mut tx = app.store.write().await?;
    let mut gate = turn::open(&mut tx, caller).await?;
    let permission = gate.permit(action::ORG_DELETE)?;
    auth::require_recent(&mut gate, caller).await?;
    let given = confirmation.after(&permission)?;
    let organization = organization::get(&mut tx, &permission).await?;
    if given.name.trim() != organization.name {
        return Err(Invalid::field("name", "must be the organization's name").into());
    }
    let deleted = organization::delete(&mut tx, &permission, app.sources.now()).await?;
    let event = AuditEvent::of(AuditAction::OrgDeleted, &organization).change(
        json!({"name": organization.name, "plan": organization.plan}),
        json!({
            "users": deleted.users,
            "ended_sessions": deleted.sessions,
            "revoked_api_keys": deleted.api_keys,
            "revoked_invitations": deleted.invitations,
            "webhooks": deleted.webhooks,
            "domains": deleted.domains,
            "canceled_recipients": deleted.canceled_recipients,
        }),
    );
    audit::note(app, &mut tx, organization.id, event).await?;
    tx.commit().await?;
    tracing::info!(organization.id = %organization.id, "an owner deleted their organization");
    Ok(deleted)
}
