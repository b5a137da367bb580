//! Whom an alias corresponds with. A contact has a reverse address: what a target of the alias sends
//! there reaches the contact from the alias.

use postscale_access::{Caller, Gate, Late, Writable, action};
use postscale_mail::reverse;
use postscale_model::{
    Address, Alias, AliasId, AuditAction, AuditEvent, Audited as _, Contact, ContactId, Invalid,
    Mailbox,
};
use postscale_store::{Listed, Page, Tx, contact};
use serde_json::json;

use crate::{App, Error, Result, Rule, audit};

/// Octets of a contact's name.
const NAME_OCTETS_MAX: usize = 320;

/// A contact with its reverse address.
#[derive(Debug)]
pub struct ContactView {
    /// The contact.
    pub contact: Contact,
    /// Reaches them from the alias.
    pub reverse_address: Address,
}

/// Which contacts of an alias.
#[derive(Debug, Default, Clone)]
pub struct ContactFilter {
    /// A part of address or name, in any case.
    pub query: Option<String>,
    /// Blocked or not.
    pub blocked: Option<bool>,
}

fn view(alias: &Alias, contact: Contact) -> Result<ContactView> {
    let domain = alias.domain.parse().ok();
    let reverse_address = domain.and_then(|domain| reverse::address(&contact.token, domain));
    let broken = || Error::Broken("an alias without a valid domain".into());
    Ok(ContactView {
        reverse_address: reverse_address.ok_or_else(broken)?,
        contact,
    })
}

/// The contacts of an alias, the one used last first.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list(
    app: &App,
    caller: &Caller,
    alias: Option<AliasId>,
    input: Late<(ContactFilter, Page)>,
) -> Result<(Page, Listed<ContactView>)> {
    let mut tx = app.store.read().await?;
    let alias = Gate::open(&mut tx, caller)
        .await?
        .object::<Alias, _>(action::ALIAS_READ, alias)
        .await?;
    let (filter, page) = input.after(&alias)?;
    let fitting = (filter.query.as_deref(), filter.blocked);
    let Listed { rows, total } = contact::list(&mut tx, &alias, fitting, page).await?;
    let rows = rows.into_iter().map(|contact| view(&alias, contact));
    let rows = rows.collect::<Result<_>>()?;
    Ok((page, Listed { rows, total }))
}

/// Makes a contact, to begin a conversation from the alias. An address the alias knows already stays
/// as it is; `true` says it is new.
///
/// # Errors
/// [`Error::Denied`]; [`Error::Invalid`] for an address of our own making.
pub async fn create(
    app: &App,
    caller: &Caller,
    alias: Option<AliasId>,
    new: Late<Mailbox>,
) -> Result<(ContactView, bool)> {
    let mut tx = app.store.write().await?;
    let alias = open(&mut tx, caller, alias).await?;
    let new = new.after(&alias)?;
    check_address(&alias, &new.address)?;
    let now = app.sources.now();
    let contact = Contact {
        id: app.sources.id(),
        organization_id: alias.organization_id,
        alias_id: alias.id,
        address: new.address,
        display_name: check_name(new.display_name.as_deref().unwrap_or_default())?,
        token: app.sources.hex::<13>(),
        blocked: false,
        emails_received: 0,
        emails_sent: 0,
        last_used_at: now,
        created_at: now,
    };
    let (contact, is_new) = contact::insert(&mut tx, &alias, &contact).await?;
    if is_new {
        let made = json!({"contact": contact.address.to_string()});
        note(app, &mut tx, &alias, (json!(null), made)).await?;
    }
    let made = view(&alias, contact)?;
    tx.commit().await?;
    Ok((made, is_new))
}

/// What to change of a contact; `None` leaves as it is.
#[derive(Debug, Default)]
pub struct ContactChange {
    /// How they are called.
    pub name: Option<String>,
    /// Whether their mail to the alias is refused.
    pub blocked: Option<bool>,
}

/// Changes a contact: its name, or whether it is blocked.
///
/// # Errors
/// [`Error::Denied`]; [`Rule::NoSuchObject`] for a contact of another alias.
pub async fn update(
    app: &App,
    caller: &Caller,
    (alias, id): (Option<AliasId>, Option<ContactId>),
    change: Late<ContactChange>,
) -> Result<ContactView> {
    let mut tx = app.store.write().await?;
    let alias = open(&mut tx, caller, alias).await?;
    let before = find(&mut tx, &alias, id).await?;
    let change = change.after(&alias)?;
    let mut changed = before.clone();
    if let Some(name) = &change.name {
        changed.display_name = check_name(name)?;
    }
    changed.blocked = change.blocked.unwrap_or(changed.blocked);
    contact::update(&mut tx, &alias, &changed).await?;
    let members = |contact: &Contact| {
        let address = contact.address.to_string();
        json!({"contact": address, "name": contact.display_name, "blocked": contact.blocked})
    };
    let change = (members(&before), members(&changed));
    note(app, &mut tx, &alias, change).await?;
    let changed = view(&alias, changed)?;
    tx.commit().await?;
    Ok(changed)
}

/// Forgets a contact. Its reverse address is good for nothing from then on; when they write again they
/// get another one.
///
/// # Errors
/// As [`update`].
pub async fn delete(
    app: &App,
    caller: &Caller,
    (alias, id): (Option<AliasId>, Option<ContactId>),
) -> Result<()> {
    let mut tx = app.store.write().await?;
    let alias = open(&mut tx, caller, alias).await?;
    let contact = find(&mut tx, &alias, id).await?;
    contact::delete(&mut tx, &alias, contact.id).await?;
    let gone = json!({"contact": contact.address.to_string()});
    note(app, &mut tx, &alias, (gone, json!(null))).await?;
    Ok(tx.commit().await?)
}

async fn open(tx: &mut Tx, caller: &Caller, alias: Option<AliasId>) -> Result<Writable<Alias>> {
    let mut gate = Gate::open(tx, caller).await?;
    Ok(gate.object(action::ALIAS_UPDATE, alias).await?)
}

async fn find(tx: &mut Tx, alias: &Writable<Alias>, id: Option<ContactId>) -> Result<Contact> {
    let found = match id {
        Some(id) => contact::find(tx, alias, id).await?,
        None => None,
    };
    found.ok_or_else(|| Rule::NoSuchObject.into())
}

async fn note(
    app: &App,
    tx: &mut Tx,
    alias: &Writable<Alias>,
    (before, after): (serde_json::Value, serde_json::Value),
) -> Result<()> {
    let event = AuditEvent::new(AuditAction::AliasUpdated, alias.audit_target());
    let event = event.change(before, after);
    audit::note(app, tx, alias.organization_id, event).await
}

fn check_address(alias: &Alias, address: &Address) -> Result<(), Invalid> {
    let is_alias = alias
        .address()
        .is_some_and(|own| own.key() == address.key());
    if is_alias {
        return Err(Invalid::field("address", "is the alias itself"));
    }
    if reverse::token(address.local_part()).is_some() {
        return Err(Invalid::field("address", "is a reverse address"));
    }
    if alias
        .forward_to
        .iter()
        .any(|target| target.key() == address.key())
    {
        return Err(Invalid::field("address", "is a target of the alias"));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<String, Invalid> {
    let name = name.trim();
    if name.len() > NAME_OCTETS_MAX || name.chars().any(char::is_control) {
        let why = "must be one line of at most 320 octets";
        return Err(Invalid::field("name", why));
    }
    Ok(name.to_owned())
}
