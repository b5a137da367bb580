//! A key is made.

use postscale_access::{Actor, Caller, Denied, DomainRef, Gate, Late, Refusal, Writable, action};
use postscale_model::{
    ApiKey, AuditAction, AuditEvent, Capability, Domain, Environment, Invalid, KeyScope, Sources,
    Timestamp,
};
use postscale_store::{Tx, api_key, audit_entry};
use secrecy::ExposeSecret as _;

use super::{
    DOMAINS_MAX, KeyWithDomains, check_networks, known, logged, target, with_domains, writable_now,
};
use crate::{
    App, Result, Secret,
    auth::{check_name, require_recent},
    hash_token, new_api_key_secret, turn,
};

/// What to create.
#[derive(Debug)]
pub struct NewApiKey {
    /// Shown name.
    pub name: String,
    /// Live or test.
    pub environment: Environment,
    /// Upper bound of what it does.
    pub capability: Capability,
    /// Asked-for scope; by default what the creator may give.
    pub scope: Option<KeyScope>,
    /// Domains named, by id or name; `None` when none was named at all.
    pub domains: Option<Vec<String>>,
    /// Networks it is good from, in CIDR notation; none is everywhere.
    pub allowed_networks: Vec<String>,
    /// End.
    pub expires_at: Option<Timestamp>,
}

/// Characters of the secret shown in listings: prefix and a few of the id.
const SHOWN_PREFIX_CHARS: usize = 12;

/// Creates a key and shows its secret, once.
///
/// # Errors
/// [`Rule::NoWritableDomain`] for a member without any; a named domain that is hidden is refused
/// like one that does not exist, one that is only readable as not writable.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: Late<NewApiKey>,
) -> Result<(KeyWithDomains, Secret)> {
    let mut tx = app.store.write().await?;
    let mut gate = turn::open(&mut tx, caller).await?;
    // What is named is decided about first: whoever cannot see it learns nothing of the rest.
    let named = gate.named(&new, |new| new.domains.clone())?;
    check_named(&mut gate, &named.ok().flatten().unwrap_or_default()).await?;
    // Object-independent: a person. What the input names is decided right after.
    let permission = gate.permit(action::KEY_LIST)?;
    let new = new.after(&permission)?;
    let actor = known(&gate)?;
    let scope = scope_of(&new, &actor)?;
    let name = check_name("name", &new.name)?;
    if new.expires_at.is_some_and(|at| at <= caller.received_at()) {
        return Err(Invalid::field("expires_at", "must be in the future").into());
    }
    let mut key = new_row(&app.sources, &actor, name, &new, scope);
    key.allowed_networks = check_networks(&new.allowed_networks)?;
    let secret = new_api_key_secret(&app.sources, key.id, key.environment);
    let text = secret.expose_secret();
    let key = ApiKey {
        prefix: text.chars().take(SHOWN_PREFIX_CHARS).collect(),
        ..key
    };
    match scope {
        KeyScope::Organization => {
            let permission = gate.permit(action::KEY_CREATE_ORG)?;
            require_recent(&mut gate, caller).await?;
            api_key::insert_for_organization(&mut tx, &permission, &key, &hash_token(text)).await?;
        }
        KeyScope::Domains => {
            let named = match &new.domains {
                Some(named) => named.iter().map(|text| DomainRef::parse(text)).collect(),
                None => writable_now(&mut gate, caller).await?,
            };
            let mut domains: Vec<Writable<Domain>> = Vec::with_capacity(named.len());
            for domain in named {
                let domain = gate.domain(action::KEY_CREATE_SCOPED, &domain).await?;
                if domains.iter().any(|known| known.id == domain.id) {
                    return Err(Invalid::field("domain_ids", "names a domain twice").into());
                }
                domains.push(domain);
            }
            api_key::insert_for_domains(&mut tx, &domains, &key, &hash_token(text)).await?;
        }
    }
    let created = with_domains(&mut tx, key, &actor, caller.received_at()).await?;
    let event = AuditEvent::new(AuditAction::KeyCreated, target(&created.key));
    let event = event.made(logged(&created));
    audit_entry::append(&mut tx, &app.sources, actor.organization(), event).await?;
    tx.commit().await?;
    Ok((created, secret))
}

/// A domain that cannot be seen comes before one that cannot be written, wherever each stands.
async fn check_named(gate: &mut Gate<'_, Tx>, named: &[String]) -> Result<()> {
    let mut refused = None;
    for text in named {
        let domain = DomainRef::parse(text);
        match gate.domain(action::KEY_CREATE_SCOPED, &domain).await {
            Ok(_) => {}
            Err(denied @ Denied::Refused(Refusal::Forbidden(_))) => refused = Some(denied),
            Err(denied) => return Err(denied.into()),
        }
    }
    refused.map_or(Ok(()), |denied| Err(denied.into()))
}

fn scope_of(new: &NewApiKey, actor: &Actor) -> Result<KeyScope, Invalid> {
    let scope = match (new.scope, &new.domains) {
        (Some(scope), _) => scope,
        (None, Some(_)) => KeyScope::Domains,
        (None, None) if actor.is_manager() => KeyScope::Organization,
        (None, None) => KeyScope::Domains,
    };
    match (scope, new.domains.as_deref()) {
        (KeyScope::Organization, Some(_)) => Err(Invalid::field(
            "domain_ids",
            "must be absent when scope is organization",
        )),
        (KeyScope::Domains, Some([])) => Err(Invalid::field(
            "domain_ids",
            "must name at least one domain",
        )),
        (KeyScope::Domains, Some(named)) if named.len() > DOMAINS_MAX => {
            Err(Invalid::field("domain_ids", "names more than 1000 domains"))
        }
        (KeyScope::Domains, None) if actor.is_manager() => Err(Invalid::field(
            "domain_ids",
            "is required when scope is domains",
        )),
        _ => Ok(scope),
    }
}

fn new_row(
    sources: &Sources,
    actor: &Actor,
    name: String,
    new: &NewApiKey,
    scope: KeyScope,
) -> ApiKey {
    ApiKey {
        id: sources.id(),
        organization_id: actor.organization(),
        created_by: actor.user(),
        name,
        environment: new.environment,
        capability: new.capability,
        scope,
        allowed_networks: Vec::new(),
        prefix: String::new(),
        last_used_at: None,
        previous_secret_until: None,
        expires_at: new.expires_at,
        created_at: sources.now(),
        revoked_at: None,
    }
}
