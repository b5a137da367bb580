//! A key ends, at once and for good.

use postscale_access::{Caller, Gate, action};
use postscale_model::{ApiKey, ApiKeyId, AuditAction, AuditEvent};
use postscale_store::{Tx, api_key, audit_entry};

use super::target;
use crate::{App, Result};

/// Revokes a key, at once and for good.
///
/// # Errors
/// [`crate::Error::Denied`].
pub async fn revoke(app: &App, caller: &Caller, id: Option<ApiKeyId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let key = Gate::open(&mut tx, caller)
        .await?
        .api_key(action::KEY_REVOKE, id)
        .await?;
    api_key::revoke(&mut tx, &key, app.sources.now()).await?;
    if key.revoked_at.is_none() {
        log(app, &mut tx, &key).await?;
    }
    Ok(tx.commit().await?)
}

/// A key revokes itself.
///
/// # Errors
/// [`crate::Error::Denied`] for a person.
pub async fn revoke_self(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_KEY_REVOKE)?;
    let key = api_key::find_self(&mut tx, &permission).await?;
    api_key::revoke_self(&mut tx, &permission, app.sources.now()).await?;
    if let Some(key) = key {
        log(app, &mut tx, &key).await?;
    }
    Ok(tx.commit().await?)
}

async fn log(app: &App, tx: &mut Tx, key: &ApiKey) -> Result<()> {
    let event = AuditEvent::new(AuditAction::KeyRevoked, target(key));
    Ok(audit_entry::append(tx, &app.sources, key.organization_id, event).await?)
}
