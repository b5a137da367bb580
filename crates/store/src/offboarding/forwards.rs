//! Mail that somebody who leaves has had sent out of the organization, by an alias or a rule.
//!
//! Who named a target is told by the log: an alias that others changed since counts for the targets
//! this user named, as far as it still has them. The organization's own addresses are left out; those of
//! a user whose membership is over are none.

use std::collections::{BTreeMap, BTreeSet};

use postscale_model::{Address, Alias, InboundRule};

use crate::{Result, Tx, alias, forward_target, params, rule, user::Managed};

/// What sends mail on.
#[derive(Debug, Clone)]
pub enum Forwarder {
    /// An alias.
    Alias(Box<Alias>),
    /// A rule.
    Rule(Box<InboundRule>),
}

/// Mail that leaves the organization because of a user.
#[derive(Debug, Clone)]
pub struct ExternalForward {
    /// By what.
    pub by: Forwarder,
    /// To whom, as far as this user had it so.
    pub targets: Vec<Address>,
}

/// The external forwards that a user or their keys set up, and that are still there: of aliases first,
/// then of rules.
///
/// # Errors
/// When the database cannot answer.
pub(super) async fn external_forwards(tx: &mut Tx, user: &Managed) -> Result<Vec<ExternalForward>> {
    let mut found = Vec::new();
    for (id, named) in named(tx, user, "alias").await? {
        let Some(alias) = alias::find(tx, id.parse().map_err(crate::Error::corrupt)?).await? else {
            continue;
        };
        let targets = external(tx, user, &alias.forward_to, &named).await?;
        let by = Forwarder::Alias(Box::new(alias));
        found.push(ExternalForward { by, targets });
    }
    for (id, named) in named(tx, user, "rule").await? {
        let Some(rule) = rule::find_any(tx, id.parse().map_err(crate::Error::corrupt)?).await?
        else {
            continue;
        };
        let targets = external(tx, user, rule.action.forward_to(), &named).await?;
        let by = Forwarder::Rule(Box::new(rule));
        found.push(ExternalForward { by, targets });
    }
    found.retain(|forward| !forward.targets.is_empty());
    Ok(found)
}

/// The targets a user has named, by the id of what forwards to them.
async fn named(
    tx: &mut Tx,
    user: &Managed,
    kind: &str,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let rows = tx
        .query(
            "SELECT target_id, after FROM audit_entries WHERE organization_id = $1 AND target_kind = $3 \
             AND outcome = 'ok' AND (actor_id = $2 OR actor_id IN (SELECT id FROM api_keys WHERE created_by = $2))",
            &params![user.organization_id, user.id, kind],
        )
        .await?;
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let after: serde_json::Value = row.json("after")?;
        let targets = after["forward_to"].as_array().into_iter().flatten();
        let targets = targets.filter_map(|target| target.as_str()?.parse::<Address>().ok());
        let keys: BTreeSet<String> = targets.map(|target| target.key()).collect();
        if !keys.is_empty() {
            all.entry(row.text("target_id")?).or_default().extend(keys);
        }
    }
    Ok(all)
}

/// Those of the targets that the user named and that are not the organization's own.
async fn external(
    tx: &mut Tx,
    user: &Managed,
    targets: &[Address],
    named: &BTreeSet<String>,
) -> Result<Vec<Address>> {
    let mut external = Vec::new();
    for target in targets
        .iter()
        .filter(|target| named.contains(&target.key()))
    {
        if !forward_target::is_own(tx, user.organization_id, target).await? {
            external.push(target.clone());
        }
    }
    Ok(external)
}
