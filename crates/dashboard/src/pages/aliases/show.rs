//! `GET`, `POST /aliases/{id}`, `POST /aliases/{id}/active`, `POST /aliases/{id}/delete`, and its
//! contacts

use postscale_access::Late;
use postscale_actions::{
    Listed, Page,
    aliases::{
        self, AliasChange, AliasWithTargets,
        contacts::{self, ContactChange, ContactFilter, ContactView},
    },
    webhooks,
};
use postscale_model::{
    Address, AddressError, Alias, AliasAction, AliasId, ContactId, Invalid, Mailbox,
};
use postscale_web::{FormBody, Query, Ref};

use super::{entry, list};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::{shown_name, slice, unicode},
    refusal::Refusal,
    segments::{ContactSegment, IdSegment},
    ui::{Copy, InputKind, Pager, Section, TextField},
    views::{
        aliases::{AliasEntry, AliasForm, AliasPage, ContactRow, Contacts, TargetRow},
        words::action_label,
    },
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, AliasId>, query: Query) -> Answer {
    // An address nobody could have followed is the first page.
    let contacts = query.page().unwrap_or(FIRST);
    page(&visit, id.id, None, (Refusal::none(), contacts)).await
}

/// The first contacts of an alias.
const FIRST: Page = Page {
    limit: 50,
    offset: 0,
};

/// The page of an alias, with what was entered into its form and why it was refused.
async fn page(
    visit: &Visit,
    id: Option<AliasId>,
    entered: Option<AliasEntry>,
    (mut refusal, contacts): (Refusal, Page),
) -> Answer {
    let view = aliases::get(&visit.app, &visit.caller, id).await?;
    let filter = (ContactFilter::default(), contacts);
    let listed = contacts::list(&visit.app, &visit.caller, id, filter.into()).await?;
    let webhooks = webhooks::list(&visit.app, &visit.caller).await?;
    let mut reader = visit.reader(Section::Aliases).await?;
    let it = view.alias;
    let alias = &it.alias;
    let status = refusal.status;
    let domain = unicode(&alias.domain);
    let form = view.may_write.then(|| {
        let webhooks = entry::webhooks(&webhooks, Some(alias.domain_id));
        let entry = entered.unwrap_or_else(|| entry::of(&it));
        let errors = entry::errors(&mut refusal);
        if alias.is_shield() {
            AliasForm::shared(&entry, errors)
        } else {
            AliasForm::change(&entry, errors, Some(&domain), webhooks)
        }
    });
    let forwards = alias.action == AliasAction::Forward;
    let contacts = forwards.then(|| correspondents(alias, listed, refusal.take("contact")));
    let own = (format!("/domains/{}", alias.domain_id), domain);
    let told = refusal.rest().or(reader.shell.notice.take());
    reader.shell.notice = told.or_else(|| entry::waiting(&it));
    let page = AliasPage {
        id: alias.id.to_string(),
        address: list::address(alias),
        list: if alias.is_shield() {
            ("/shield", "Shared domain")
        } else {
            ("/aliases", "Aliases")
        },
        domain: (!alias.is_shield()).then_some(own),
        reach: reader.reach(alias.domain_id),
        shell: reader.shell,
        status: list::status(&it),
        active: alias.active,
        is_masked: alias.is_masked,
        received: alias.emails_received,
        created_at: alias.created_at.into(),
        expires_at: alias.expires_at.map(Into::into),
        action: action_label(alias.action),
        targets: targets(&it),
        description: alias.description.clone(),
        contacts,
        form,
    };
    answer::page(status, &page)
}

fn targets(it: &AliasWithTargets) -> Vec<TargetRow> {
    if it.alias.action != AliasAction::Forward {
        return Vec::new();
    }
    let targets = it.alias.forward_to.iter();
    let row = |target: &Address| TargetRow {
        address: target.to_string(),
        status: list::target_status(it, target),
    };
    targets.map(row).collect()
}

fn correspondents(
    alias: &Alias,
    (page, listed): (Page, Listed<ContactView>),
    error: Option<String>,
) -> Contacts {
    let rows: Vec<ContactRow> = listed.rows.iter().map(contact).collect();
    let path = format!("/aliases/{}", alias.id);
    Contacts {
        pager: Pager::new(&path, &[], slice(page, rows.len()), Some(listed.total)),
        rows,
        new: TextField::new(
            InputKind::Email,
            "contact",
            "Write to somebody from this alias",
        )
        .placeholder("bob@example.org")
        .error(error)
        .required(),
    }
}

fn contact(view: &ContactView) -> ContactRow {
    let contact = &view.contact;
    let address = contact.address.to_string();
    ContactRow {
        id: contact.id.to_string(),
        reverse: Copy::new("reverse address", view.reverse_address.to_string()),
        name: shown_name(&contact.display_name),
        blocked: contact.blocked,
        traffic: format!(
            "{} received, {} sent",
            contact.emails_received, contact.emails_sent
        ),
        used_at: contact.last_used_at.into(),
        address,
    }
}

pub(super) async fn add_contact(
    visit: Visit,
    id: Ref<IdSegment, AliasId>,
    form: FormBody,
) -> Answer {
    let wrong = |why: AddressError| Invalid::field("contact", why.to_string());
    let new = form
        .text("contact")
        .and_then(|text| text.parse::<Mailbox>().map_err(wrong));
    match contacts::create(&visit.app, &visit.caller, id.id, Late::new(new)).await {
        Ok((view, _)) => {
            let path = format!("/aliases/{}", view.contact.alias_id);
            Ok(done::to(&path, Done::ContactAdded, &visit.settings))
        }
        Err(error) => {
            let refusal = Refusal::of(error, |_| None)?.renamed("address", "contact");
            page(&visit, id.id, None, (refusal, FIRST)).await
        }
    }
}

pub(super) async fn block_contact(
    visit: Visit,
    id: Ref<IdSegment, AliasId>,
    contact: Ref<ContactSegment, ContactId>,
    form: FormBody,
) -> Answer {
    let blocked = form.is_ticked("blocked");
    let change = ContactChange {
        blocked: Some(blocked),
        ..ContactChange::default()
    };
    let ids = (id.id, contact.id);
    let view = contacts::update(&visit.app, &visit.caller, ids, change.into()).await?;
    let path = format!("/aliases/{}", view.contact.alias_id);
    let done = if blocked {
        Done::ContactBlocked
    } else {
        Done::ContactUnblocked
    };
    Ok(done::to(&path, done, &visit.settings))
}

/// Pauses or resumes it.
pub(super) async fn activate(visit: Visit, id: Ref<IdSegment, AliasId>, form: FormBody) -> Answer {
    let active = form.is_ticked("active");
    let change = AliasChange {
        active: Some(active),
        ..AliasChange::default()
    };
    let changed = aliases::update(&visit.app, &visit.caller, id.id, change.into()).await?;
    let path = format!("/aliases/{}", changed.alias.id);
    let done = if active {
        Done::AliasResumed
    } else {
        Done::AliasPaused
    };
    Ok(done::to(&path, done, &visit.settings))
}

pub(super) async fn update(visit: Visit, id: Ref<IdSegment, AliasId>, form: FormBody) -> Answer {
    let sent = entry::sent(&form);
    // The form of an alias of the shared domain asks for less.
    let change = Late::new(if sent.action.is_empty() {
        entry::change_shield(&sent)
    } else {
        entry::change(&sent)
    });
    match aliases::update(&visit.app, &visit.caller, id.id, change).await {
        Ok(changed) => {
            let path = format!("/aliases/{}", changed.alias.id);
            let done = if entry::waiting(&changed).is_some() {
                Done::AliasWaits
            } else {
                Done::AliasSaved
            };
            Ok(done::to(&path, done, &visit.settings))
        }
        Err(error) => {
            let refusal = Refusal::of(error, entry::blamed)?;
            page(&visit, id.id, Some(sent), (refusal, FIRST)).await
        }
    }
}

pub(super) async fn delete(visit: Visit, id: Ref<IdSegment, AliasId>, _form: FormBody) -> Answer {
    aliases::delete(&visit.app, &visit.caller, id.id).await?;
    Ok(done::to("/aliases", Done::AliasDeleted, &visit.settings))
}
