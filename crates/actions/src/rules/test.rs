//! A dry run: what the rules of a domain make of a message, and why. It changes nothing and counts
//! nothing; that somebody looked into a message that was received is noted as always.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_mail::{
    parse::{self, Parsed},
    rules::{self, Facts, Looked, Origin},
};
use postscale_model::{
    Address, Alias, AliasAction, AliasId, AuthVerdict, Domain, InboundAction, InboundEmail,
    InboundEmailId, InboundRule, Invalid, RuleId, RuleOutcome,
};
use postscale_store::{
    alias::{self, Resolved},
    rule,
};

use super::{RuleView, views};
use crate::{App, Error, Result, inbound_emails};

/// The message to try the rules on.
#[derive(Debug)]
pub enum Sample {
    /// One that was received, by the id as its client wrote it.
    Received(Option<InboundEmailId>),
    /// One that is given.
    Given(GivenMessage),
}

/// A message that was not received.
#[derive(Debug)]
pub struct GivenMessage {
    /// Header and body.
    pub octets: Vec<u8>,
    /// RCPT TO; the first To at the domain when absent.
    pub recipient: Option<String>,
    /// What SPF is to say.
    pub spf: AuthVerdict,
    /// What DKIM is to say.
    pub dkim: AuthVerdict,
    /// What DMARC is to say.
    pub dmarc: AuthVerdict,
}

/// What the rules make of a message.
#[derive(Debug)]
pub struct Tried {
    /// The domain.
    pub domain: Domain,
    /// Whom it was tried for.
    pub recipient: String,
    /// Local part of the alias that takes its mail; none for the catch-all.
    pub alias: Option<String>,
    /// The rule that decides; none leaves it to the alias or the catch-all.
    pub rule_id: Option<RuleId>,
    /// What would be done.
    pub action: InboundAction,
    /// The words it would be marked with.
    pub tags: Vec<String>,
    /// Every rule in the order they are asked.
    pub rules: Vec<TriedRule>,
}

/// A rule held against the message.
#[derive(Debug)]
pub struct TriedRule {
    /// The rule.
    pub view: RuleView,
    /// What became of it.
    pub outcome: RuleOutcome,
    /// Its conditions, in their order.
    pub conditions: Vec<Looked>,
}

/// A message and what is known of it.
struct Material {
    parsed: Parsed,
    /// RCPT TO, if it is known.
    recipient: Option<String>,
    envelope_sender: String,
    spf: AuthVerdict,
    dkim: AuthVerdict,
    dmarc: AuthVerdict,
    size_bytes: u64,
}

/// Tries the rules of a domain on a message.
///
/// # Errors
/// [`Error::Denied`] for the domain, then for the message; [`Invalid`] for a message of another
/// domain, one whose content was not kept, or one for nobody here.
pub async fn test(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    sample: Late<Sample>,
) -> Result<Tried> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let granted = gate.domain(action::RULE_TEST, domain).await?;
    let material = match sample.after(&granted)? {
        Sample::Given(given) => {
            drop(tx);
            given_material(given).await?
        }
        Sample::Received(id) => {
            let email = gate
                .object::<InboundEmail, _>(action::INBOUND_CONTENT_READ, id)
                .await?;
            let actor = gate.actor().cloned();
            check_kept(&granted, &email)?;
            let octets = inbound_emails::octets(app, caller, (tx, actor), &email).await?;
            received_material(&email, octets).await?
        }
    };
    tried(app, caller, &granted.id.into(), material).await
}

/// Reading a message takes long: not on a thread that serves others.
async fn parsed(octets: Vec<u8>) -> Result<Parsed> {
    tokio::task::spawn_blocking(move || parse::parse(&octets))
        .await
        .map_err(|e| Error::Broken(e.to_string()))
}

async fn given_material(given: GivenMessage) -> Result<Material> {
    let size_bytes = u64::try_from(given.octets.len()).unwrap_or(u64::MAX);
    Ok(Material {
        parsed: parsed(given.octets).await?,
        recipient: given.recipient,
        envelope_sender: String::new(),
        spf: given.spf,
        dkim: given.dkim,
        dmarc: given.dmarc,
        size_bytes,
    })
}

async fn received_material(email: &InboundEmail, octets: Vec<u8>) -> Result<Material> {
    Ok(Material {
        parsed: parsed(octets).await?,
        recipient: Some(email.envelope_recipient.clone()),
        envelope_sender: email.envelope_sender.clone(),
        spf: email.spf,
        dkim: email.dkim,
        dmarc: email.dmarc,
        size_bytes: u64::try_from(email.size_bytes).unwrap_or_default(),
    })
}

/// Whether it is a message of the domain, and what it says was kept.
fn check_kept(domain: &Domain, email: &InboundEmail) -> Result<(), Invalid> {
    let wrong = |problem: &str| Err(Invalid::field("inbound_email_id", problem));
    if email.domain_id != domain.id {
        return wrong("is a message of another domain");
    }
    if email.action == InboundAction::Reject {
        return wrong("was refused by a rule, and what it says was not kept");
    }
    Ok(())
}

/// Whom the message is for: somebody at the domain.
fn recipient(domain: &Domain, material: &Material) -> Result<Address, Invalid> {
    let is_here = |address: &Address| address.domain().as_str() == domain.name.as_str();
    let wrong = |problem: String| Invalid::field("recipient", problem);
    match &material.recipient {
        Some(text) => match text.parse::<Address>() {
            Ok(address) if is_here(&address) => Ok(address),
            _ => Err(wrong(format!("must be an address at {}", domain.name))),
        },
        None => {
            let mut to = material.parsed.to.iter().map(|to| &to.address);
            let none = || wrong(format!("is required: To names nobody at {}", domain.name));
            to.find(|to| is_here(to)).cloned().ok_or_else(none)
        }
    }
}

/// Holds the rules against the message as they are now; the right to is decided as they are read. No
/// transaction is open while patterns run.
async fn tried(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    material: Material,
) -> Result<Tried> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::RULE_TEST, domain).await?;
    let recipient = recipient(&domain, &material)?;
    let now = caller.received_at();
    let resolved = alias::resolve_for(&mut tx, &domain, recipient.local_part(), now).await?;
    let alias: Option<Alias> = match resolved {
        Resolved::Alias { alias, .. } => Some(*alias),
        Resolved::Inactive | Resolved::Unknown => None,
    };
    let all = rule::list(&mut tx, &domain).await?;
    let origin = Origin {
        envelope_sender: &material.envelope_sender,
        spf: material.spf,
        dkim: material.dkim,
        dmarc: material.dmarc,
        size_bytes: material.size_bytes,
    };
    let facts = Facts::of(&material.parsed, origin, &recipient);
    let mut views = views(&mut tx, &domain, all.clone()).await?;
    let domain = domain.into_inner();
    drop(tx);
    let asked = alias.as_ref().map(|alias| alias.id);
    let held = tokio::task::spawn_blocking(move || Held::of(&all, asked, &facts));
    let held = held.await.map_err(|e| Error::Broken(e.to_string()))?;
    let default = alias.as_ref().map_or(AliasAction::Store, |it| it.action);
    let tried = held.rules.into_iter().filter_map(|held| {
        let place = views.iter().position(|view| view.rule.id == held.id)?;
        Some(TriedRule {
            view: views.swap_remove(place),
            outcome: held.outcome,
            conditions: held.conditions,
        })
    });
    Ok(Tried {
        rules: tried.collect(),
        recipient: recipient.to_string(),
        alias: alias.map(|alias| alias.local_part),
        rule_id: held.decided.map(|(id, _)| id),
        action: held.decided.map_or(default.into(), |(_, action)| action),
        tags: held.tags,
        domain,
    })
}

/// What came of holding rules against a message.
struct Held {
    decided: Option<(RuleId, InboundAction)>,
    tags: Vec<String>,
    /// In the order they are asked.
    rules: Vec<HeldRule>,
}

struct HeldRule {
    id: RuleId,
    outcome: RuleOutcome,
    conditions: Vec<Looked>,
}

impl Held {
    fn of(all: &[InboundRule], alias: Option<AliasId>, facts: &Facts) -> Self {
        let (decision, explained) = rules::explain(all, alias, facts);
        let decided = decision
            .decided
            .and_then(|rule| Some((rule.id, rule.action.kind().done()?)));
        let held = explained.into_iter().map(|it| HeldRule {
            id: it.rule.id,
            outcome: it.outcome,
            conditions: it.conditions,
        });
        Self {
            decided,
            tags: decision.tags(),
            rules: held.collect(),
        }
    }
}
