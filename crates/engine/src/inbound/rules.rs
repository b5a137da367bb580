//! What a domain's rules make of a message, recipient by recipient, before it is kept.
//!
//! Rules are read just before the transaction that keeps the message, once for each domain it is for
//! that had any when its recipient was named. Holding many of them against a large one may take some
//! milliseconds, and so may making a pattern ready; a thread that serves nobody else does that.
//! A message refused for everybody it is for is refused while its sender waits, and never answered
//! afterwards (security.md M12); refused for some of them only, it is accepted, and thrown away for
//! these.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
};

use postscale_mail::{
    parse::Parsed,
    rules::{self, Facts, Origin},
};
use postscale_model::{
    Address, AliasAction, AliasId, AppliedRule, DomainId, InboundAction, InboundRule,
    RuleComparator, RuleId,
};
use postscale_store::{Result, rule};

use super::intake::{Intake, IntakeRecipient, Received};
use crate::{EngineParts, scopes};

/// Octets that are looked through where they are asked about: few enough that handing them to another
/// thread would take longer. Every rule may look through the whole message.
const LOOKED_THROUGH_HERE_MAX: usize = 64 * 1024;

/// What is done with the copy of one recipient.
#[derive(Debug, Clone)]
pub(super) struct Fate {
    pub action: InboundAction,
    /// The rule that decided.
    pub rule: Option<AppliedRule>,
    pub tags: Vec<String>,
    /// Every rule that had to do with it.
    pub hits: Vec<RuleId>,
    /// What the sender is told when it is refused.
    pub reject_text: Option<String>,
}

/// How often each rule had to do with the message.
pub(super) fn count(fates: &[Fate]) -> BTreeMap<RuleId, i64> {
    let mut hits = BTreeMap::new();
    for rule in fates.iter().flat_map(|fate| &fate.hits) {
        *hits.entry(*rule).or_default() += 1;
    }
    hits
}

/// Refuses a message, and counts for the rules that did. Nothing else of it is kept.
pub(super) async fn refuse(parts: &EngineParts, fates: Vec<Fate>) -> Result<Intake> {
    let mut tx = parts.store.write().await?;
    let now = parts.sources.now();
    rule::count_hits(&mut tx, &scopes::INTAKE, &count(&fates), now).await?;
    tx.commit().await?;
    let text = fates.into_iter().find_map(|fate| fate.reject_text);
    Ok(Intake::Rejected { text })
}

/// What the alias does, or the catch-all.
fn default_action(to: &IntakeRecipient) -> InboundAction {
    let alias = to.alias.as_ref();
    alias
        .map_or(AliasAction::Store, |alias| alias.action)
        .into()
}

/// The fate of each recipient's copy, in their order.
pub(super) async fn judge(
    parts: &EngineParts,
    received: &Received<'_>,
    parsed: &Parsed,
) -> Result<Vec<Fate>> {
    let defaults = received.recipients.iter().map(|to| Fate {
        action: default_action(to),
        rule: None,
        tags: Vec::new(),
        hits: Vec::new(),
        reject_text: None,
    });
    let defaults: Vec<Fate> = defaults.collect();
    let Some(first) = received.recipients.first() else {
        return Ok(defaults);
    };
    let rules = read(parts, received.recipients).await?;
    if rules.values().all(Vec::is_empty) {
        return Ok(defaults);
    }
    let sender = received.envelope_sender.address();
    let origin = Origin {
        envelope_sender: &sender.map_or_else(String::new, Address::to_string),
        spf: received.authentication.spf,
        dkim: received.authentication.dkim,
        dmarc: received.authentication.dmarc,
        size_bytes: u64::try_from(received.message.len()).unwrap_or(u64::MAX),
    };
    let facts = Facts::of(parsed, origin, &first.address);
    let each = received.recipients.iter().zip(defaults);
    let each = each.map(|(to, default)| Recipient {
        domain: to.domain.id,
        alias: to.alias.as_ref().map(|alias| alias.id),
        address: to.address.clone(),
        default,
    });
    let each: Vec<Recipient> = each.collect();
    let is_quick = is_quick(&rules, received.message.len());
    let undecided: Vec<Fate> = each.iter().map(|to| to.default.clone()).collect();
    let decide = AssertUnwindSafe(move || decide(&rules, facts, each));
    let decided = if is_quick {
        catch_unwind(decide).map_err(|_| "panicked".to_owned())
    } else {
        let decided = tokio::task::spawn_blocking(decide.0).await;
        decided.map_err(|error| error.to_string())
    };
    // Rules that cannot be asked must not keep mail from being received.
    Ok(decided.unwrap_or_else(|error| {
        tracing::error!(%error, "the rules about a message could not be asked");
        undecided
    }))
}

/// Whether rules are asked about a message of so many octets sooner than another thread could be.
fn is_quick(rules: &HashMap<DomainId, Vec<InboundRule>>, octets: usize) -> bool {
    let rules = || rules.values().flatten();
    let mut conditions = rules().flat_map(|rule| &rule.conditions);
    octets.saturating_mul(rules().count()) <= LOOKED_THROUGH_HERE_MAX
        && !conditions.any(|condition| condition.comparator == RuleComparator::Matches)
}

/// The rules that are switched on, of each domain.
async fn read(
    parts: &EngineParts,
    recipients: &[IntakeRecipient],
) -> Result<HashMap<DomainId, Vec<InboundRule>>> {
    let mut rules = HashMap::new();
    if !recipients.iter().any(|to| to.has_rules) {
        return Ok(rules);
    }
    let mut tx = parts.store.read().await?;
    for to in recipients.iter().filter(|to| to.has_rules) {
        let domain = to.domain.id;
        if let Entry::Vacant(place) = rules.entry(domain) {
            place.insert(rule::list_for_intake(&mut tx, &scopes::INTAKE, domain).await?);
        }
    }
    Ok(rules)
}

/// A recipient, and what is done when no rule decides.
struct Recipient {
    domain: DomainId,
    alias: Option<AliasId>,
    address: Address,
    default: Fate,
}

fn decide(
    rules: &HashMap<DomainId, Vec<InboundRule>>,
    mut facts: Facts,
    each: Vec<Recipient>,
) -> Vec<Fate> {
    let mut held: HashMap<DomainId, rules::Asked<'_>> = HashMap::new();
    let fate = |to: Recipient| {
        let of_domain = || rules.get(&to.domain).map_or(&[][..], Vec::as_slice);
        let held = held.entry(to.domain);
        let held = held.or_insert_with(|| rules::Asked::new(of_domain()));
        facts.set_recipient(&to.address);
        let decision = held.decide(to.alias, &facts);
        let (tags, hits) = (decision.tags(), decision.hits().collect());
        let default = Fate {
            tags,
            hits,
            ..to.default
        };
        decision
            .decided
            .map_or_else(|| default.clone(), |rule| decided_by(rule, &default))
    };
    each.into_iter().map(fate).collect()
}

fn decided_by(rule: &InboundRule, default: &Fate) -> Fate {
    Fate {
        action: rule.action.kind().done().unwrap_or(default.action),
        rule: Some(AppliedRule {
            id: rule.id,
            forward_to: rule.action.forward_to().to_vec(),
            webhook_id: rule.action.webhook_id(),
        }),
        reject_text: rule.action.reject_text().map(str::to_owned),
        ..default.clone()
    }
}
