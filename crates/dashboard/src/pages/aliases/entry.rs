//! What is entered into the form of an alias.

use postscale_actions::{
    Rule,
    aliases::{AliasChange, AliasWithTargets, NewAliasRest, NewShieldAlias},
};
use postscale_model::{
    Address, AliasAction, DomainId, Invalid, KeyScope, Timestamp, Webhook, Word as _,
};
use postscale_web::FormBody;

use crate::{
    pages::chosen,
    refusal::Refusal,
    ui::{Choice, Notice},
    views::aliases::{AliasEntry, AliasErrors},
};

/// Why an alias that announces to one webhook tells nobody.
const WEBHOOK_IS_GONE: &str = "The webhook it announces to was deleted: nobody is told of its mail \
                               until you choose another one.";

/// The entries of a form as sent.
pub(super) fn sent(form: &FormBody) -> AliasEntry {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    AliasEntry {
        domain_id: text("domain_id"),
        local_part: text("local_part"),
        action: text("action"),
        forward_to: text("forward_to"),
        webhook_id: text("webhook_id"),
        description: text("description"),
        is_masked: form.is_ticked("is_masked"),
        expires_at: text("expires_at"),
        active: form.is_ticked("active"),
    }
}

/// The addresses of a field with one a line.
fn addresses(lines: &str) -> Result<Vec<Address>, Invalid> {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .enumerate()
        .map(|(i, line)| {
            line.parse().map_err(|_| {
                Invalid::field(
                    format!("forward_to[{i}]"),
                    format!("“{line}” is not an address"),
                )
            })
        })
        .collect()
}

/// Reads the entries for a new alias. Fields that belong to another action are not looked at.
pub(super) fn new(entry: &AliasEntry) -> Result<NewAliasRest, Invalid> {
    let action = chosen("action", &entry.action)?;
    let is_made_up = entry.is_masked && entry.local_part.is_empty();
    Ok(NewAliasRest {
        address: (!is_made_up).then(|| entry.local_part.clone()),
        action,
        forward_to: match action {
            AliasAction::Forward => addresses(&entry.forward_to)?,
            _ => Vec::new(),
        },
        webhook_id: webhook(action, entry),
        description: entry.description.clone(),
        is_masked: entry.is_masked,
        expires_at: end(entry)?,
        active: entry.active,
    })
}

/// Reads the entries for a masked address of the shared domain.
pub(super) fn shield(entry: &AliasEntry) -> Result<NewShieldAlias, Invalid> {
    Ok(NewShieldAlias {
        forward_to: addresses(&entry.forward_to)?,
        description: entry.description.clone(),
        expires_at: end(entry)?,
        active: entry.active,
    })
}

/// Reads the entries for a masked address of the shared domain that there is.
pub(super) fn change_shield(entry: &AliasEntry) -> Result<AliasChange, Invalid> {
    Ok(AliasChange {
        forward_to: Some(addresses(&entry.forward_to)?),
        description: Some(entry.description.clone()),
        expires_at: Some(end(entry)?),
        active: Some(entry.active),
        ..AliasChange::default()
    })
}

/// The day an alias ends, if one was given.
fn end(entry: &AliasEntry) -> Result<Option<Timestamp>, Invalid> {
    if entry.expires_at.is_empty() {
        return Ok(None);
    }
    let read = Timestamp::parse(&entry.expires_at);
    let wrong = || Invalid::field("expires_at", "must be a day");
    read.map(Some).ok_or_else(wrong)
}

/// Reads the entries for an alias there is. Targets stay while something else is chosen.
pub(super) fn change(entry: &AliasEntry) -> Result<AliasChange, Invalid> {
    let action = chosen("action", &entry.action)?;
    Ok(AliasChange {
        address: Some(entry.local_part.clone()),
        action: Some(action),
        forward_to: match action {
            AliasAction::Forward => Some(addresses(&entry.forward_to)?),
            _ => None,
        },
        webhook_id: Some(webhook(action, entry)),
        description: Some(entry.description.clone()),
        is_masked: Some(entry.is_masked),
        expires_at: Some(end(entry)?),
        active: Some(entry.active),
    })
}

fn webhook(action: AliasAction, entry: &AliasEntry) -> Option<String> {
    let id = Some(entry.webhook_id.clone()).filter(|id| !id.is_empty());
    id.filter(|_| action == AliasAction::Webhook)
}

/// The field a rule of the product is about.
pub(super) fn blamed(rule: &Rule) -> Option<&'static str> {
    (*rule == Rule::AliasTaken).then_some("address")
}

/// What is wrong, per field of the form.
pub(super) fn errors(refusal: &mut Refusal) -> AliasErrors {
    AliasErrors {
        domain_id: refusal.take("domain_id"),
        local_part: refusal.take("address"),
        forward_to: refusal.take("forward_to"),
        webhook_id: refusal.take("webhook_id"),
        description: refusal.take("description"),
        expires_at: refusal.take("expires_at"),
    }
}

/// The webhooks an alias can announce to: those told about its domain.
pub(super) fn webhooks(all: &[Webhook], domain: Option<DomainId>) -> Vec<Choice> {
    let covers = |webhook: &&Webhook| {
        webhook.scope == KeyScope::Organization
            || domain.is_none_or(|domain| webhook.domain_ids.contains(&domain))
    };
    let all = all.iter().filter(covers);
    all.map(|webhook| Choice::new(webhook.id.to_string(), &webhook.url))
        .collect()
}

/// The entries of an alias as it is.
pub(super) fn of(it: &AliasWithTargets) -> AliasEntry {
    let alias = &it.alias;
    let targets: Vec<String> = alias.forward_to.iter().map(ToString::to_string).collect();
    AliasEntry {
        domain_id: alias.domain_id.to_string(),
        local_part: alias.local_part.clone(),
        action: alias.action.as_str().to_owned(),
        forward_to: targets.join("\n"),
        webhook_id: alias
            .webhook_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        description: alias.description.clone(),
        is_masked: alias.is_masked,
        expires_at: alias
            .expires_at
            .map_or_else(String::new, |end| end.to_rfc3339()[..10].to_owned()),
        active: alias.active,
    }
}

/// Why some of an alias's mail does not flow.
pub(super) fn waiting(it: &AliasWithTargets) -> Option<Notice> {
    if !it.is_held_up() {
        return None;
    }
    if it.alias.action == AliasAction::Webhook {
        return Some(Notice::hint(WEBHOOK_IS_GONE));
    }
    let who = |all: &[Address]| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    Some(Notice::hint(if it.bouncing.is_empty() {
        format!(
            "Asked by mail, not agreed yet: {}. Nothing is forwarded there before.",
            who(&it.unconfirmed)
        )
    } else {
        format!(
            "Mail came back for good from {}. Nothing is forwarded there until you save the targets again.",
            who(&it.bouncing)
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_stand_one_a_line() {
        let read = addresses(" ana@example.org\r\n\r\nben@example.net \n").unwrap();
        assert_eq!(read.len(), 2);
        let wrong = addresses("ana@example.org\n\nben").unwrap_err();
        assert_eq!(wrong.fields["forward_to[1]"], "“ben” is not an address");
    }

    #[test]
    fn fields_of_another_action_are_not_looked_at() {
        let entry = AliasEntry {
            action: "store".to_owned(),
            forward_to: "nonsense".to_owned(),
            webhook_id: "nonsense".to_owned(),
            ..AliasEntry::default()
        };
        let new = new(&entry).unwrap();
        assert!(new.forward_to.is_empty() && new.webhook_id.is_none());
        let change = change(&entry).unwrap();
        assert!(change.forward_to.is_none() && change.webhook_id == Some(None));
    }
}
