//! An alias is deleted.

use postscale_access::{Caller, Gate, action};
use postscale_model::{Alias, AliasId, AuditAction, AuditEvent};
use postscale_store::alias;

use crate::{App, Result, audit};

/// Deletes an alias. Mail it received stays.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn delete(app: &App, caller: &Caller, id: Option<AliasId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let alias = Gate::open(&mut tx, caller)
        .await?
        .object::<Alias, _>(action::ALIAS_DELETE, id)
        .await?;
    alias::delete(&mut tx, &alias).await?;
    let event = AuditEvent::of(AuditAction::AliasDeleted, &*alias);
    audit::note(app, &mut tx, alias.organization_id, event).await?;
    Ok(tx.commit().await?)
}
