//! A caller about themselves.

mod email;
mod mfa;
mod password;
mod security_events;
mod sessions;

use postscale_access::{Actor, Caller, Gate, Late, Means, SecondFactor, action};
use postscale_model::{ApiKey, Organization, User};
pub use postscale_store::grant::DomainAccess;
use postscale_store::{api_key, grant, organization, person, user};

pub use email::{EmailChange, change_email, confirm_email, pending_email};
pub use mfa::{
    Enrollment, MfaRemoval, MfaState, begin_mfa, confirm_mfa, mfa_state, pending_mfa, remove_mfa,
    renew_recovery_codes,
};
pub use password::{PasswordChange, change_password};
pub use security_events::{By, SecurityEvent, security_events};
pub use sessions::{list_sessions, revoke_other_sessions, revoke_session};

use crate::{App, Error, Result, auth};

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
    /// Whether sign-in asks the person for a code.
    pub mfa_enabled: bool,
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
    // Who must set a second factor up first sees nothing of the organization before.
    let domains = match actor.second_factor() {
        SecondFactor::Settled => grant::list_access(&mut tx, &reach, caller.received_at()).await?,
        SecondFactor::Due => Vec::new(),
    };
    let user = user::get_self(&mut tx, &permission).await?;
    let login = person::find_login_of(&mut tx, user.person_id).await?;
    Ok(Me {
        user,
        mfa_enabled: login.is_some_and(|login| auth::second_factor::is_enabled(&login)),
        organization: organization::get(&mut tx, &permission).await?,
        api_key: api_key::find_self(&mut tx, &permission).await?,
        domains,
        memberships,
        permits,
        actor,
    })
}

/// Changes the caller's name.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `name`.
pub async fn update(app: &App, caller: &Caller, name: Late<String>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_UPDATE)?;
    let (_, person) = auth::session_of(&gate)?;
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
