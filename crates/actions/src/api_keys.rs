//! API keys.
//!
//! A key is bounded by its maker's rights at every use; nothing here widens one.

mod create;
mod list;
mod revoke;
mod rotate;
mod update;

use ipnet::IpNet;
use postscale_access::{Actor, Caller, DomainRef, Gate, action};
use postscale_model::{ApiKey, ApiKeyDomain, ApiKeyId, AuditTarget, Invalid, Level, Timestamp};
use postscale_store::{Tx, api_key, grant};
use serde_json::{Value, json};

pub use self::{
    create::{NewApiKey, create},
    list::{ListedKey, get_with_maker, list, list_with_makers},
    revoke::{revoke, revoke_self},
    rotate::{OVERLAP_HOURS_DEFAULT, OVERLAP_HOURS_MAX, rotate},
    update::{KeyChange, update},
};
use crate::{App, Error, Result, Rule};

/// A key with the domains it names.
#[derive(Debug)]
pub struct KeyWithDomains {
    /// The key.
    pub key: ApiKey,
    /// What it names; empty for organization scope.
    pub domains: Vec<ApiKeyDomain>,
}

/// Domains one key may name.
const DOMAINS_MAX: usize = 1000;
/// Networks one key may be limited to.
const NETWORKS_MAX: usize = 50;

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

/// The actor behind what the gate just allowed.
fn known(gate: &Gate<'_, Tx>) -> Result<Actor> {
    let actor = gate.actor().cloned();
    actor.ok_or_else(|| Error::Broken("granted without actor".into()))
}

/// Networks in CIDR notation; a lone address is itself.
fn check_networks(networks: &[String]) -> Result<Vec<IpNet>, Invalid> {
    if networks.len() > NETWORKS_MAX {
        return Err(Invalid::field(
            "allowed_networks",
            "names more than 50 networks",
        ));
    }
    let read = |text: &String| {
        let text = text.trim();
        let network = text.parse::<IpNet>();
        let network = network.or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
        network.map(|network| network.trunc()).map_err(|_| {
            Invalid::field(
                "allowed_networks",
                "must be addresses or networks such as 192.0.2.0/24 or 2001:db8::/32",
            )
        })
    };
    networks.iter().map(read).collect()
}

fn target(key: &ApiKey) -> AuditTarget {
    AuditTarget::new("api_key", key.id, &key.name)
}

/// What the log keeps of a key.
fn logged(key: &KeyWithDomains) -> Value {
    let KeyWithDomains { key, domains } = key;
    json!({
        "name": key.name,
        "environment": key.environment,
        "capability": key.capability,
        "scope": key.scope,
        "domains": domains.iter().map(|domain| &domain.name).collect::<Vec<_>>(),
        "allowed_networks": key.allowed_networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "expires_at": key.expires_at.map(|at| at.to_rfc3339()),
    })
}

/// One key.
///
/// # Errors
/// [`Error::Denied`].
pub async fn get(app: &App, caller: &Caller, id: Option<ApiKeyId>) -> Result<KeyWithDomains> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let key = gate.api_key(action::KEY_READ, id).await?;
    let actor = known(&gate)?;
    with_domains(&mut tx, key.into_inner(), &actor, caller.received_at()).await
}
