//! A caller about themselves.

use postscale_access::{Actor, Caller, Gate, Late, Means, action};
use postscale_model::{ApiKey, Invalid, Organization, Session, SessionId, User};
pub use postscale_store::grant::DomainAccess;
use postscale_store::{api_key, grant, organization, person, session, user};

use crate::{App, Error, Result, Rule, auth};

/// Who the caller is and what they reach.
#[derive(Debug)]
pub struct Me {
    /// The verified actor.
    pub actor: Actor,
    /// The user, or the key's creator.
    pub user: User,
    /// The current organization.
    pub organization: Organization,
    /// Every organization the person may switch to; empty for keys.
    pub memberships: Vec<person::Membership>,
    /// The key, when the caller is one.
    pub api_key: Option<ApiKey>,
    /// Domains reached, with the level on each.
    pub domains: Vec<grant::DomainAccess>,
    /// What the caller may do in the organization, for showing or hiding controls.
    pub permits: Permits,
}

/// What a caller may do in the organization, for showing or hiding controls.
#[derive(Debug, Clone, Copy)]
pub struct Permits {
    /// Register a domain.
    pub domain_create: bool,
    /// Create a key for every domain.
    pub key_create_org: bool,
    /// Create a webhook for every domain.
    pub webhook_create_org: bool,
}

/// Who the caller is and what they reach.
///
/// # Errors
/// [`Error::Denied`] without a good credential.
pub async fn get(app: &App, caller: &Caller) -> Result<Me> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_READ)?;
    let reach = gate.reach()?;
    let permits = Permits {
        domain_create: gate.may(action::DOMAIN_CREATE),
        key_create_org: gate.may(action::KEY_CREATE_ORG),
        webhook_create_org: gate.may(action::WEBHOOK_CREATE_ORG),
    };
    let actor = gate
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("permitted without actor".into()))?;
    let memberships = match actor.means() {
        Means::Session { person, .. } => person::memberships(&mut tx, *person).await?,
        Means::Key { .. } => Vec::new(),
    };
    Ok(Me {
        user: user::get_self(&mut tx, &permission).await?,
        organization: organization::get(&mut tx, &permission).await?,
        api_key: api_key::find_self(&mut tx, &permission).await?,
        domains: grant::list_access(&mut tx, &reach, caller.received_at()).await?,
        memberships,
        permits,
        actor,
    })
}

fn session_of(actor: Option<&Actor>) -> Result<(SessionId, postscale_model::PersonId)> {
    match actor.map(Actor::means) {
        Some(Means::Session { session, person }) => Ok((*session, *person)),
        _ => Err(Error::Broken(
            "a person-only action without a session".into(),
        )),
    }
}

/// The caller's sessions and which of them is asking.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list_sessions(app: &App, caller: &Caller) -> Result<(Vec<Session>, SessionId)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_SESSION_LIST)?;
    let (current, person) = session_of(permission.actor())?;
    Ok((
        session::list(&mut tx, person, &permission, caller.received_at()).await?,
        current,
    ))
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// [`Rule::NoSuchObject`] when it is not one of theirs.
pub async fn revoke_session(app: &App, caller: &Caller, id: Option<SessionId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_SESSION_REVOKE)?;
    let (_, person) = session_of(permission.actor())?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    if !session::delete(&mut tx, person, id, &permission).await? {
        return Err(Rule::NoSuchObject.into());
    }
    Ok(tx.commit().await?)
}

/// A change of password.
#[derive(Debug)]
pub struct PasswordChange {
    /// The password now.
    pub current_password: String,
    /// The password from now on.
    pub new_password: String,
}

/// Changes the caller's password and ends all their other sessions.
///
/// # Errors
/// [`Invalid`] naming the field that is wrong.
pub async fn change_password(
    app: &App,
    caller: &Caller,
    change: Late<PasswordChange>,
    ip: std::net::IpAddr,
) -> Result<()> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_PASSWORD_CHANGE)?;
    auth::require_recent(&mut gate, caller).await?;
    let (session, person) = session_of(permission.actor())?;
    let change = change.after(&permission)?;
    auth::check_new_password("new_password", &change.new_password)?;
    let login = person::find_login_of(&mut tx, person)
        .await?
        .ok_or(Rule::NoSuchObject)?;
    drop(tx);
    app.throttle.attempt(&login.person.email.key(), ip)?;
    if !app
        .hasher
        .verify(change.current_password, login.password_hash)
        .await?
    {
        return Err(Invalid::field("current_password", "is wrong").into());
    }
    let hash = app.hasher.hash(&app.sources, change.new_password).await?;
    let mut tx = app.store.write().await?;
    Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_PASSWORD_CHANGE)?;
    person::update_password(&mut tx, person, &hash, app.sources.now()).await?;
    session::delete_others(&mut tx, person, session).await?;
    Ok(tx.commit().await?)
}

/// Changes the caller's name.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `name`.
pub async fn update(app: &App, caller: &Caller, name: Late<String>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_UPDATE)?;
    let (_, person) = session_of(permission.actor())?;
    let name = auth::check_name("name", &name.after(&permission)?)?;
    person::update_name(&mut tx, person, &name, app.sources.now()).await?;
    Ok(tx.commit().await?)
}

/// The domains a person reaches, with the level on each.
///
/// # Errors
/// [`Error::Denied`] for a key.
pub async fn domain_access(app: &App, caller: &Caller) -> Result<Vec<grant::DomainAccess>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_ACCESS_LIST)?;
    let reach = gate.reach()?;
    Ok(grant::list_access(&mut tx, &reach, caller.received_at()).await?)
}
