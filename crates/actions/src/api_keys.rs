//! API keys.

use postscale_access::{Actor, Caller, DomainRef, Gate, Late, Writable, action};
use postscale_model::{
    ApiKey, ApiKeyDomain, ApiKeyId, Capability, Domain, Environment, Invalid, KeyScope, Level,
    Sources, Timestamp,
};
pub use postscale_store::api_key::ApiKeyChange;
use postscale_store::{Listed, Page, Tx, api_key, grant, user};
use secrecy::ExposeSecret as _;

use crate::{App, Error, Result, Rule, Secret, auth::check_name, hash_token, new_api_key_secret};

/// A key with the domains it names.
#[derive(Debug)]
pub struct KeyWithDomains {
    /// The key.
    pub key: ApiKey,
    /// What it names; empty for organization scope.
    pub domains: Vec<ApiKeyDomain>,
}

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
    /// End.
    pub expires_at: Option<Timestamp>,
}

/// Characters of the secret shown in listings: prefix and a few of the id.
const SHOWN_PREFIX_CHARS: usize = 12;
/// Domains one key may name.
const DOMAINS_MAX: usize = 1000;

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
    let mut gate = Gate::open(&mut tx, caller).await?;
    // Object-independent: a person. What the input names is decided right after.
    let permission = gate.permit(action::KEY_LIST)?;
    let new = new.after(&permission)?;
    let actor = gate
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("permitted without actor".into()))?;
    let scope = scope_of(&new, &actor)?;
    let name = check_name("name", &new.name)?;
    if new.expires_at.is_some_and(|at| at <= caller.received_at()) {
        return Err(Invalid::field("expires_at", "must be in the future").into());
    }
    let key = new_row(&app.sources, &actor, name, &new, scope);
    let secret = new_api_key_secret(&app.sources, key.id, key.environment);
    let text = secret.expose_secret();
    let key = ApiKey {
        prefix: text.chars().take(SHOWN_PREFIX_CHARS).collect(),
        ..key
    };
    match scope {
        KeyScope::Organization => {
            let permission = gate.permit(action::KEY_CREATE_ORG)?;
            crate::auth::require_recent(&mut gate, caller).await?;
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
    tx.commit().await?;
    Ok((created, secret))
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
        prefix: String::new(),
        last_used_at: None,
        expires_at: new.expires_at,
        created_at: sources.now(),
        revoked_at: None,
    }
}

/// The domains a member may write at this moment: what a key without named domains is limited to.
pub(crate) async fn writable_now(
    gate: &mut Gate<'_, Tx>,
    caller: &Caller,
) -> Result<Vec<DomainRef>> {
    let reach = gate.reach()?;
    let access = grant::list_access(gate.rights(), &reach, caller.received_at()).await?;
    let writable: Vec<_> = access
        .into_iter()
        .filter(|access| access.level == Level::Write)
        .map(|access| DomainRef::Id(access.domain_id))
        .collect();
    if writable.is_empty() {
        Err(Rule::NoWritableDomain.into())
    } else {
        Ok(writable)
    }
}

async fn with_domains(
    tx: &mut Tx,
    key: ApiKey,
    viewer: &Actor,
    now: Timestamp,
) -> Result<KeyWithDomains> {
    let domains = api_key::domains(tx, &key, viewer, now).await?;
    Ok(KeyWithDomains { key, domains })
}

/// A key in a list, with who made it.
#[derive(Debug)]
pub struct ListedKey {
    /// The key.
    pub key: KeyWithDomains,
    /// The maker's name; absent when the maker is gone.
    pub created_by: Option<String>,
}

/// Keys the caller may see with their makers' names, for people to read: as [`list`].
///
/// # Errors
/// [`Error::Denied`].
pub async fn list_with_makers(
    app: &App,
    caller: &Caller,
    page: Late<Page>,
) -> Result<(Page, Listed<ListedKey>)> {
    let (page, listed) = list(app, caller, page).await?;
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::KEY_LIST)?;
    let mut rows = Vec::with_capacity(listed.rows.len());
    for key in listed.rows {
        let created_by = user::find_name(&mut tx, &permission, key.key.created_by).await?;
        rows.push(ListedKey { key, created_by });
    }
    let total = listed.total;
    Ok((page, Listed { rows, total }))
}

/// Keys the caller may see: members their own, owners and admins everybody's.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list(
    app: &App,
    caller: &Caller,
    page: Late<Page>,
) -> Result<(Page, Listed<KeyWithDomains>)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::KEY_LIST)?;
    let page = page.after(&permission)?;
    let listed = api_key::list(&mut tx, &permission, page).await?;
    let actor = permission
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("permitted without actor".into()))?;
    let mut rows = Vec::with_capacity(listed.rows.len());
    for key in listed.rows {
        rows.push(with_domains(&mut tx, key, &actor, caller.received_at()).await?);
    }
    Ok((
        page,
        Listed {
            rows,
            total: listed.total,
        },
    ))
}

/// One key.
///
/// # Errors
/// [`Error::Denied`].
pub async fn get(app: &App, caller: &Caller, id: Option<ApiKeyId>) -> Result<KeyWithDomains> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let key = gate.api_key(action::KEY_READ, id).await?;
    let actor = gate
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("granted without actor".into()))?;
    with_domains(&mut tx, key.into_inner(), &actor, caller.received_at()).await
}

/// Renames a key or shortens its life. Nothing can widen it.
///
/// # Errors
/// [`Invalid`] when the end is later than the one it has.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: Option<ApiKeyId>,
    change: Late<api_key::ApiKeyChange>,
) -> Result<KeyWithDomains> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let key = gate.api_key(action::KEY_UPDATE, id).await?;
    let actor = gate
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("granted without actor".into()))?;
    let mut change = change.after(&key)?;
    change.name = change
        .name
        .map(|name| check_name("name", &name))
        .transpose()?;
    if let (Some(new), Some(old)) = (change.expires_at, key.expires_at)
        && new > old
    {
        return Err(Invalid::field("expires_at", "can be moved earlier, not later").into());
    }
    api_key::update(&mut tx, &key, &change, app.sources.now()).await?;
    let mut changed = key.into_inner();
    changed.name = change.name.unwrap_or(changed.name);
    changed.expires_at = change.expires_at.or(changed.expires_at);
    let changed = with_domains(&mut tx, changed, &actor, caller.received_at()).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Revokes a key, at once and for good.
///
/// # Errors
/// [`Error::Denied`].
pub async fn revoke(app: &App, caller: &Caller, id: Option<ApiKeyId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let key = Gate::open(&mut tx, caller)
        .await?
        .api_key(action::KEY_REVOKE, id)
        .await?;
    api_key::revoke(&mut tx, &key, app.sources.now()).await?;
    Ok(tx.commit().await?)
}

/// A key revokes itself.
///
/// # Errors
/// [`Error::Denied`] for a person.
pub async fn revoke_self(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_KEY_REVOKE)?;
    api_key::revoke_self(&mut tx, &permission, app.sources.now()).await?;
    Ok(tx.commit().await?)
}
