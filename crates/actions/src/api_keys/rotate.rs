//! A key gets a new secret, and the old one may overlap.

use std::time::Duration;

use postscale_access::{Caller, Late, action};
use postscale_model::{ApiKeyId, AuditAction, AuditEvent, Invalid, KeyScope};
use postscale_store::{api_key, audit_entry};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{KeyWithDomains, known, target, update::check_alive, with_domains};
use crate::{
    App, Result, Rule, Secret, auth::require_recent, hash_token, new_api_key_secret, turn,
};

/// Hours the old secret stays good at most: seven days.
pub const OVERLAP_HOURS_MAX: u64 = 168;
/// Hours the old secret stays good unless asked for.
pub const OVERLAP_HOURS_DEFAULT: u64 = 24;

/// Gives a key a new secret and shows it, once. The old one stays good for so many hours, so that
/// whoever uses the key can change over; none ends it at once. What the key reaches stays as it is.
///
/// # Errors
/// [`Rule::NotTheMaker`]; [`Invalid`] for more than [`OVERLAP_HOURS_MAX`]; [`Rule::KeyEnded`].
pub async fn rotate(
    app: &App,
    caller: &Caller,
    id: Option<ApiKeyId>,
    overlap_hours: Late<u64>,
) -> Result<(KeyWithDomains, Secret)> {
    let mut tx = app.store.write().await?;
    let mut gate = turn::open(&mut tx, caller).await?;
    let key = gate.api_key(action::KEY_UPDATE, id).await?;
    let actor = known(&gate)?;
    // Off-boarding ends the keys somebody made: nobody may leave with the secret of another's.
    if key.created_by != actor.user() {
        return Err(Rule::NotTheMaker.into());
    }
    let hours = overlap_hours.after(&key)?;
    if hours > OVERLAP_HOURS_MAX {
        return Err(Invalid::field("overlap_hours", "must be at most 168").into());
    }
    if key.scope == KeyScope::Organization {
        require_recent(&mut gate, caller).await?;
    }
    check_alive(&key, caller.received_at())?;
    let now = app.sources.now();
    let until = now.plus(Duration::from_secs(hours * 3600));
    let secret = new_api_key_secret(&app.sources, key.id, key.environment);
    let hash = hash_token(secret.expose_secret());
    api_key::rotate(&mut tx, &key, &hash, until, now).await?;
    if hours == 0 {
        api_key::end_previous(&mut tx, &key, now).await?;
    }
    let event = AuditEvent::new(AuditAction::KeyRotated, target(&key));
    let event = event.made(json!({"overlap_hours": hours}));
    audit_entry::append(&mut tx, &app.sources, key.organization_id, event).await?;
    let mut rotated = key.into_inner();
    rotated.previous_secret_until = (hours > 0).then_some(until);
    let rotated = with_domains(&mut tx, rotated, &actor, caller.received_at()).await?;
    tx.commit().await?;
    Ok((rotated, secret))
}
