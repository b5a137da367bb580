//! A webhook is made.

use postscale_access::{Caller, DomainRef, Gate, Late, Writable, action};
use postscale_model::{
    AuditAction, AuditEvent, Domain, Invalid, KeyScope, OrganizationId, UserId, Webhook,
    WebhookEvent,
};
use postscale_store::{Tx, webhook};
use secrecy::ExposeSecret as _;

use super::{check, new_secret};
use crate::{App, Error, Result, Secret, api_keys::writable_now, audit, note::check_note, turn};

/// Domains one webhook may name.
const DOMAINS_MAX: usize = 1000;

/// What to make: for which domains, and the rest, which is judged after the domains.
#[derive(Debug)]
pub struct NewWebhook {
    /// Whether for the whole organization; chosen for the caller when absent.
    pub scope: Option<KeyScope>,
    /// Domains named; `None` when none was named at all.
    pub domains: Option<Vec<DomainRef>>,
    /// Everything else.
    pub rest: Late<NewWebhookRest>,
}

/// Everything but the domains.
#[derive(Debug)]
pub struct NewWebhookRest {
    /// Where to.
    pub url: String,
    /// Which events; `email.received` when absent.
    pub events: Option<Vec<WebhookEvent>>,
    /// Only for recipients that match this glob.
    pub recipient_match: Option<String>,
    /// Note.
    pub description: String,
}

/// Makes a webhook and shows its secret. Without domains and scope it is told about the whole
/// organization, or, made by somebody who does not operate all of it, about the domains writable at
/// this moment.
///
/// # Errors
/// [`Error::Denied`] for a domain, or for the whole organization, before anything else is judged;
/// [`Rule::NoWritableDomain`](crate::Rule::NoWritableDomain).
pub async fn create(
    app: &App,
    caller: &Caller,
    new: Late<NewWebhook>,
) -> Result<(Webhook, Secret)> {
    let mut tx = app.store.write().await?;
    let mut gate = turn::open(&mut tx, caller).await?;
    let (scope, named) = gate.named(&new, |new| (new.scope, new.domains.clone()))??;
    let maker = gate
        .actor()
        .map(|actor| (actor.organization(), actor.user()));
    let maker = maker.ok_or_else(|| Error::Broken("named domains without an actor".into()))?;
    let secret = new_secret(&app.sources);
    let text = secret.expose_secret();
    let is_for_all = match scope {
        Some(scope) => scope == KeyScope::Organization,
        None => named.is_none() && gate.may(action::WEBHOOK_CREATE_ORG),
    };
    let webhook = if is_for_all {
        let permission = gate.permit(action::WEBHOOK_CREATE_ORG)?;
        if named.is_some() {
            let problem = "cannot be given for the whole organization";
            return Err(Invalid::field("domain_ids", problem).into());
        }
        let rest = new.after(&permission)?.rest.after(&permission)?;
        let webhook = row(app, maker, KeyScope::Organization, rest)?;
        let (seal, sources) = (&app.seal, &app.sources);
        webhook::insert_for_organization(&mut tx, &permission, &webhook, text, seal, sources)
            .await?;
        webhook
    } else {
        let named = match named {
            Some(named) => named,
            None => writable_now(&mut gate, caller).await?,
        };
        let domains = writable(&mut gate, named).await?;
        let first = domains
            .first()
            .ok_or_else(|| Error::Broken("no domain".into()))?;
        let rest = new.after(first)?.rest.after(first)?;
        let webhook = row(app, maker, KeyScope::Domains, rest)?;
        let (seal, sources) = (&app.seal, &app.sources);
        webhook::insert_for_domains(&mut tx, &domains, &webhook, text, seal, sources).await?;
        let domain_ids = domains.iter().map(|domain| domain.id).collect();
        Webhook {
            domain_ids,
            ..webhook
        }
    };
    let event = AuditEvent::made_of(AuditAction::WebhookCreated, &webhook);
    audit::note(app, &mut tx, webhook.organization_id, event).await?;
    tx.commit().await?;
    Ok((webhook, secret))
}

/// The named domains, every one writable and named once.
async fn writable(gate: &mut Gate<'_, Tx>, named: Vec<DomainRef>) -> Result<Vec<Writable<Domain>>> {
    if named.is_empty() {
        return Err(Invalid::field("domain_ids", "must name at least one domain").into());
    }
    if named.len() > DOMAINS_MAX {
        return Err(Invalid::field("domain_ids", "names more than 1000 domains").into());
    }
    let mut domains: Vec<Writable<Domain>> = Vec::with_capacity(named.len());
    for domain in named {
        let domain = gate.domain(action::WEBHOOK_CREATE_SCOPED, &domain).await?;
        if domains.iter().any(|known| known.id == domain.id) {
            return Err(Invalid::field("domain_ids", "names a domain twice").into());
        }
        domains.push(domain);
    }
    Ok(domains)
}

fn row(
    app: &App,
    (organization_id, created_by): (OrganizationId, UserId),
    scope: KeyScope,
    rest: NewWebhookRest,
) -> Result<Webhook, Invalid> {
    check::url(&rest.url, &app.webhook_allow)?;
    if let Some(glob) = &rest.recipient_match {
        check::recipient_match(glob)?;
    }
    Ok(Webhook {
        id: app.sources.id(),
        organization_id,
        scope,
        domain_ids: Vec::new(),
        url: rest.url,
        events: check::events(
            rest.events
                .unwrap_or_else(|| vec![WebhookEvent::EmailReceived]),
        )?,
        recipient_match: rest.recipient_match,
        description: check_note("description", &rest.description)?,
        created_by,
        suspended_at: None,
        created_at: app.sources.now(),
    })
}
