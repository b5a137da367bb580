//! Links that show one domain's DNS records to somebody without an account, such as a client's DNS
//! administrator.
//!
//! The token is the authority, and only its hash is kept. A link is good while its maker may write
//! the domain: the gate asks at every use, as it does for keys. It reads and changes nothing of the
//! domain, its look-ups included.

mod open;

use std::time::Duration;

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, Audited as _, Domain, GuestLink, GuestLinkId, Invalid, Timestamp,
};
use postscale_store::guest_link;
use serde_json::json;

pub use open::{CHECK_PAUSE, Opened, check, download, open};

use crate::{App, Error, Result, Rule, audit, hash_token, note::check_note};

/// Days a link is good for unless asked for.
pub const DAYS_DEFAULT: u64 = 14;
/// Days a link is good for at most.
pub const DAYS_MAX: u64 = 90;
/// Live links of one domain at most.
const LINKS_MAX: usize = 20;

/// What a link is made of.
#[derive(Debug)]
pub struct NewGuestLink {
    /// For whom, or why.
    pub note: String,
    /// Days it is good for.
    pub days: u64,
}

/// A link just made, with its address, which is shown once.
#[derive(Debug)]
pub struct MadeLink {
    /// The link.
    pub link: GuestLink,
    /// Where it leads.
    pub url: String,
}

/// Makes a link to a domain's records.
///
/// # Errors
/// [`Invalid`] for more than [`DAYS_MAX`] days; [`Rule::TooManyGuestLinks`].
pub async fn create(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    new: Late<NewGuestLink>,
) -> Result<MadeLink> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate
        .domain(action::DOMAIN_GUEST_LINK_CREATE, domain)
        .await?;
    let maker = gate.actor().map(postscale_access::Actor::user);
    let new = new.after(&domain)?;
    let note = check_note("note", &new.note)?;
    if new.days == 0 || new.days > DAYS_MAX {
        return Err(Invalid::field("days", "must be between 1 and 90").into());
    }
    let now = caller.received_at();
    if guest_link::list(&mut tx, &domain, now).await?.len() >= LINKS_MAX {
        return Err(Rule::TooManyGuestLinks.into());
    }
    let token = app.sources.hex::<32>();
    let link = GuestLink {
        id: app.sources.id(),
        domain_id: domain.id,
        created_by: maker.ok_or_else(|| Error::Broken("granted without actor".into()))?,
        note,
        expires_at: now.plus(Duration::from_secs(new.days * 24 * 3600)),
        opened_at: None,
        views: 0,
        created_at: now,
    };
    guest_link::insert(&mut tx, &domain, &link, &hash_token(&token)).await?;
    let event = event(AuditAction::GuestLinkCreated, &link, &domain).made(link.audit_members());
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    tx.commit().await?;
    let url = format!("{}/guest/{token}", app.links.public_url);
    Ok(MadeLink { link, url })
}

/// What the log tells of a link: it goes by its domain, and its note says which one it is.
fn event(action: AuditAction, link: &GuestLink, domain: &Domain) -> AuditEvent {
    let mut event = AuditEvent::of(action, link);
    event.target.label = domain.name.to_string();
    if link.note.is_empty() {
        return event;
    }
    event.made(json!({ "note": link.note }))
}

/// A link of a domain.
#[derive(Debug)]
pub struct ListedGuestLink {
    /// The link.
    pub link: GuestLink,
    /// Name of its maker.
    pub maker: String,
    /// Whether it shows the domain now: not while its maker may not write it.
    pub works: bool,
}

/// The links of a domain that are neither revoked nor expired, newest first.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list(app: &App, caller: &Caller, domain: &DomainRef) -> Result<Vec<ListedGuestLink>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DOMAIN_GUEST_LINK_LIST, domain).await?;
    let found = guest_link::list(gate.rights(), &domain, caller.received_at()).await?;
    let mut links = Vec::with_capacity(found.len());
    for it in found {
        let shown = gate.guest(action::DOMAIN_GUEST_LINK_OPEN, &it.token).await;
        links.push(ListedGuestLink {
            works: shown.is_ok(),
            link: it.link,
            maker: it.maker,
        });
    }
    Ok(links)
}

/// Ends a link of a domain at once.
///
/// # Errors
/// [`Rule::NoSuchObject`] for a link the domain does not have, or that is over.
pub async fn revoke(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    id: Option<GuestLinkId>,
) -> Result<()> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_GUEST_LINK_REVOKE, domain)
        .await?;
    let now: Timestamp = caller.received_at();
    let id = id.ok_or(Rule::NoSuchObject)?;
    let link = guest_link::find(&mut tx, &domain, id, now).await?;
    let link = link.ok_or(Rule::NoSuchObject)?;
    guest_link::revoke(&mut tx, &domain, &link, now).await?;
    let event = event(AuditAction::GuestLinkRevoked, &link, &domain);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    Ok(tx.commit().await?)
}
