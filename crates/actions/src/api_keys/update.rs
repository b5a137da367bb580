//! A key is renamed, or made to reach less.

use postscale_access::{Caller, DomainRef, Gate, Late, Writable, action};
use postscale_model::{
    ApiKey, ApiKeyId, AuditAction, AuditEvent, Capability, DomainId, Invalid, KeyScope, Timestamp,
};
use postscale_store::{Tx, api_key, api_key::ApiKeyChange, audit_entry};

use super::{DOMAINS_MAX, KeyWithDomains, check_networks, known, logged, target, with_domains};
use crate::{App, Result, Rule, auth::check_name, turn};

/// What to change. Reach and life only ever shrink.
#[derive(Debug, Default)]
pub struct KeyChange {
    /// A new name.
    pub name: Option<String>,
    /// A new, earlier end.
    pub expires_at: Option<Timestamp>,
    /// A new, lower capability.
    pub capability: Option<Capability>,
    /// The networks it is good from, in CIDR notation; none is everywhere.
    pub allowed_networks: Option<Vec<String>>,
    /// The domains it keeps, by id or name. A key of the whole organization becomes one of these.
    pub domains: Option<Vec<String>>,
    /// Ends the secret before a rotation at once.
    pub end_previous_secret: bool,
}

/// Changes a key. Nothing can widen it.
///
/// # Errors
/// [`Invalid`] for what would widen it; a domain that is hidden is refused like one that does not
/// exist; [`Rule::KeyEnded`].
pub async fn update(
    app: &App,
    caller: &Caller,
    id: Option<ApiKeyId>,
    change: Late<KeyChange>,
) -> Result<KeyWithDomains> {
    let now = caller.received_at();
    let mut tx = app.store.write().await?;
    let mut gate = turn::open(&mut tx, caller).await?;
    let key = gate.api_key(action::KEY_UPDATE, id).await?;
    let actor = known(&gate)?;
    let change = change.after(&key)?;
    let domains = match &change.domains {
        Some(named) => Some(kept_domains(&mut gate, &key, named, now).await?),
        None => None,
    };
    check_alive(&key, now)?;
    let row = ApiKeyChange {
        name: (change.name.as_deref().map(|name| check_name("name", name))).transpose()?,
        expires_at: check_end(&key, change.expires_at)?,
        capability: check_capability(&key, change.capability)?,
        allowed_networks: (change.allowed_networks.as_deref().map(check_networks)).transpose()?,
        domains,
    };
    let before = logged(&with_domains(&mut tx, ApiKey::clone(&key), &actor, now).await?);
    api_key::update(&mut tx, &key, &row, app.sources.now()).await?;
    if change.end_previous_secret {
        api_key::end_previous(&mut tx, &key, app.sources.now()).await?;
    }
    let narrowed = row.expires_at.is_some() || row.capability.is_some() || row.domains.is_some();
    let organization = key.organization_id;
    let changed = changed(key.into_inner(), row, change.end_previous_secret);
    let changed = with_domains(&mut tx, changed, &actor, now).await?;
    let action = match narrowed {
        true => AuditAction::KeyNarrowed,
        false => AuditAction::KeyUpdated,
    };
    let event = AuditEvent::new(action, target(&changed.key)).change(before, logged(&changed));
    audit_entry::append(&mut tx, &app.sources, organization, event).await?;
    tx.commit().await?;
    Ok(changed)
}

/// A key that ended stays ended.
pub(super) fn check_alive(key: &ApiKey, now: Timestamp) -> Result<(), Rule> {
    let ended = key.revoked_at.is_some() || key.expires_at.is_some_and(|at| at <= now);
    if ended { Err(Rule::KeyEnded) } else { Ok(()) }
}

fn check_end(key: &ApiKey, new: Option<Timestamp>) -> Result<Option<Timestamp>, Invalid> {
    match (new, key.expires_at) {
        (Some(new), Some(old)) if new > old => Err(Invalid::field(
            "expires_at",
            "can be moved earlier, not later",
        )),
        _ => Ok(new.filter(|new| Some(*new) != key.expires_at)),
    }
}

fn check_capability(key: &ApiKey, new: Option<Capability>) -> Result<Option<Capability>, Invalid> {
    match new {
        Some(new) if !key.capability.covers(new) => {
            Err(Invalid::field("capability", "can be lowered, not raised"))
        }
        _ => Ok(new.filter(|new| *new != key.capability)),
    }
}

/// The domains a key keeps. Each is decided about before its place in the key is looked at, so
/// that a hidden one answers like one that never was.
async fn kept_domains(
    gate: &mut Gate<'_, Tx>,
    key: &Writable<ApiKey>,
    named: &[String],
    now: Timestamp,
) -> Result<Vec<DomainId>> {
    if named.is_empty() || named.len() > DOMAINS_MAX {
        return Err(Invalid::field("domain_ids", "must name 1 to 1000 domains").into());
    }
    let mut kept = Vec::with_capacity(named.len());
    for text in named {
        let domain = gate
            .domain(action::DOMAIN_READ, &DomainRef::parse(text))
            .await?;
        if kept.contains(&domain.id) {
            return Err(Invalid::field("domain_ids", "names a domain twice").into());
        }
        kept.push(domain.id);
    }
    let actor = known(gate)?;
    let names = api_key::domains(gate.rights(), key, &actor, now).await?;
    let is_named = |id: &DomainId| names.iter().any(|domain| domain.id == *id);
    if key.scope == KeyScope::Domains && !kept.iter().all(is_named) {
        let why = "can only keep domains that the key names already";
        return Err(Invalid::field("domain_ids", why).into());
    }
    Ok(kept)
}

fn changed(mut key: ApiKey, change: ApiKeyChange, end_previous: bool) -> ApiKey {
    key.name = change.name.unwrap_or(key.name);
    key.expires_at = change.expires_at.or(key.expires_at);
    key.capability = change.capability.unwrap_or(key.capability);
    key.allowed_networks = change.allowed_networks.unwrap_or(key.allowed_networks);
    if change.domains.is_some() {
        key.scope = KeyScope::Domains;
    }
    if end_previous {
        key.previous_secret_until = None;
    }
    key
}
