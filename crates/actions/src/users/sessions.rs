//! A user is signed out everywhere.

use postscale_access::{Caller, action};
use postscale_model::{AuditAction, AuditEvent, UserId};
use postscale_store::{offboarding, user::Managed};
use serde_json::json;

use super::{in_turn, record, target};
use crate::{App, Result};

/// Ends every session of a user in this organization, and says how many there were.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn end_sessions(app: &App, caller: &Caller, id: Option<UserId>) -> Result<u64> {
    let mut tx = app.store.write().await?;
    let (_, user) = in_turn(&mut tx, caller, action::USER_SESSIONS_REVOKE, id).await?;
    let user = Managed::from(user);
    let ended = offboarding::end_sessions(&mut tx, &user).await?;
    let event = AuditEvent::new(AuditAction::SessionRevoked, target(&user))
        .change(json!({ "sessions": ended }), json!({ "sessions": 0 }));
    record(&mut tx, app, user.organization_id, vec![event]).await?;
    tx.commit().await?;
    Ok(ended)
}
