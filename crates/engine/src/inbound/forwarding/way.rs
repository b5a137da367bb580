//! By way of what a message is sent on: its alias, or a rule in the alias's place.
//!
//! Of a masked alias a rule shows its targets no more than the alias does, and takes their answers.

use postscale_access::SystemScope;
use postscale_model::{Address, Alias, AppliedRule, Domain, InboundEmail};
use postscale_store::{Result, Tx, alias_bounce, domain, forward_target};

use super::Forward;
use crate::{EngineParts, inbound::outgoing};

/// Who sends on what, and to whom.
pub(super) struct Way<'a> {
    /// The domain the copy leaves from.
    pub domain: Domain,
    /// The address it leaves from.
    pub from: Address,
    /// Who gets it: those that agreed.
    pub targets: Vec<Address>,
    /// What of ours sends it on, to tell its mark from others.
    pub mark: [u8; 16],
    /// The alias, when it is masked.
    pub masked: Option<&'a Alias>,
}

/// Finds the way of a message, or why there is none.
pub(super) async fn find<'a>(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    inbound: &InboundEmail,
    alias: Option<&'a Alias>,
) -> Result<std::result::Result<Way<'a>, Forward>> {
    match (&inbound.rule, alias) {
        (Some(rule), _) => of_rule(tx, scope, (inbound, rule), alias).await,
        (None, Some(alias)) => of_alias(tx, parts, scope, alias).await,
        (None, None) => Ok(Err(Forward::Refused("the alias is gone"))),
    }
}

async fn of_alias<'a>(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    alias: &'a Alias,
) -> Result<std::result::Result<Way<'a>, Forward>> {
    let Some(domain) = outgoing::domain(tx, parts, scope, alias).await? else {
        return Ok(Err(Forward::Refused("the domain is gone")));
    };
    let Some(from) = alias.address() else {
        return Ok(Err(Forward::Refused("the alias has no valid address")));
    };
    let organization = alias.organization_id;
    let mut targets = forward_target::confirmed(tx, scope, organization, &alias.forward_to).await?;
    if targets.is_empty() {
        return Ok(Err(Forward::Refused("no target has agreed")));
    }
    let bouncing = alias_bounce::bouncing(tx, std::slice::from_ref(alias)).await?;
    targets.retain(|target| !bouncing.iter().flatten().any(|gone| gone == target));
    if targets.is_empty() {
        return Ok(Err(Forward::Undeliverable("no target exists any more")));
    }
    Ok(Ok(Way {
        domain,
        from,
        targets,
        mark: alias.id.as_uuid().into_bytes(),
        masked: alias.is_masked.then_some(alias),
    }))
}

/// A rule that decided sends on from the address the message came to.
async fn of_rule<'a>(
    tx: &mut Tx,
    scope: &SystemScope,
    (inbound, rule): (&InboundEmail, &AppliedRule),
    alias: Option<&'a Alias>,
) -> Result<std::result::Result<Way<'a>, Forward>> {
    let Some(domain) = domain::find_for_job(tx, scope, inbound.domain_id).await? else {
        return Ok(Err(Forward::Refused("the domain is gone")));
    };
    let masked = alias.filter(|alias| alias.is_masked);
    let from = masked.map_or_else(|| inbound.envelope_recipient.parse().ok(), Alias::address);
    let Some(from) = from else {
        return Ok(Err(Forward::Refused("the recipient is no valid address")));
    };
    let organization = inbound.organization_id;
    let targets = forward_target::confirmed(tx, scope, organization, &rule.forward_to).await?;
    if targets.is_empty() {
        return Ok(Err(Forward::Refused("no target has agreed")));
    }
    Ok(Ok(Way {
        domain,
        from,
        targets,
        mark: rule.id.as_uuid().into_bytes(),
        masked,
    }))
}
