//! Aliases: the list, the form to make one, one alias with its contacts, the shared domain.

use askama::Template;

use super::{
    webhook_choice::webhook_choice,
    words::{Reach, action_choices},
};
use crate::ui::{
    CheckField, Chip, Choice, Copy, Empty, InputKind, Moment, Pager, RadioGroup, SelectField,
    Shell, TextField,
};

/// `/aliases`
#[derive(Debug, Template)]
#[template(path = "pages/aliases/list.html")]
pub struct AliasListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// What is looked for.
    pub filter: AliasFilter,
    /// The aliases found.
    pub rows: Vec<AliasRow>,
    /// Other parts of the list.
    pub pager: Pager,
    /// The form that makes up a masked address at once, for those who may make one on some domain.
    pub masked: Option<MaskedForm>,
    /// May make one on some domain.
    pub may_create: bool,
}

/// Makes up a masked address that forwards to its maker.
#[derive(Debug)]
pub struct MaskedForm {
    /// On which domain.
    pub domain: SelectField,
    /// What it is for.
    pub description: TextField,
    /// Where its mail goes: the maker's own address.
    pub target: String,
}

impl MaskedForm {
    /// The form for one of `domains`.
    #[must_use]
    pub fn new(domains: Vec<Choice>, target: &str) -> Self {
        Self {
            domain: SelectField::new("masked_domain", "Domain", domains),
            description: TextField::new(InputKind::Text, "description", "What for")
                .placeholder("Newsletter of a shop"),
            target: target.to_owned(),
        }
    }
}

impl AliasListPage {
    fn empty(&self) -> Empty {
        if self.filter.is_set {
            return Empty::new("No aliases match", "Try other words or another domain.")
                .with_action("/aliases", "Clear filters");
        }
        let empty = Empty::new(
            "No aliases yet",
            "An alias is a receiving address of a domain: it forwards, calls a webhook or stores.",
        );
        if self.may_create {
            empty.with_action("/aliases/new", "Create alias")
        } else {
            empty
        }
    }
}

/// The filters of the list.
#[derive(Debug)]
pub struct AliasFilter {
    /// Words in address or description.
    pub query: TextField,
    /// By domain.
    pub domain: SelectField,
    /// Paused or not.
    pub active: SelectField,
    /// Masked or not.
    pub masked: SelectField,
    /// What was looked for, for a file of the same aliases.
    pub given: Vec<(&'static str, String)>,
    /// Whether anything is looked for at all.
    pub is_set: bool,
}

impl AliasFilter {
    /// The filters with what was looked for, as `q`, `domain_id`, `active`, `is_masked`; `domains` are
    /// the visible ones.
    #[must_use]
    pub fn new([q, domain_id, active, is_masked]: [&str; 4], domains: Vec<Choice>) -> Self {
        let mut choices = vec![Choice::new("", "All domains")];
        choices.extend(domains);
        let states = [("", "Any"), ("true", "Active"), ("false", "Paused")];
        let kinds = [("", "Any"), ("true", "Masked"), ("false", "Not masked")];
        let of = |all: [(&str, &str); 3]| -> Vec<Choice> {
            all.map(|(value, label)| Choice::new(value, label)).into()
        };
        let given = [
            ("q", q),
            ("domain_id", domain_id),
            ("active", active),
            ("is_masked", is_masked),
        ];
        let given = given.into_iter().filter(|(_, text)| !text.is_empty());
        let given: Vec<_> = given.map(|(name, text)| (name, text.to_owned())).collect();
        Self {
            query: TextField::new(InputKind::Search, "q", "Address or description").value(q),
            domain: SelectField::new("domain_id", "Domain", choices).choose(domain_id),
            active: SelectField::new("active", "Status", of(states)).choose(active),
            masked: SelectField::new("is_masked", "Kind", of(kinds)).choose(is_masked),
            is_set: !given.is_empty(),
            given,
        }
    }
}

/// An alias in the list.
#[derive(Debug)]
pub struct AliasRow {
    /// Its id.
    pub id: String,
    /// Its whole address.
    pub address: String,
    /// Its owner's note.
    pub description: String,
    /// What happens to its mail and where it goes, as shown.
    pub action: String,
    /// A masked address.
    pub is_masked: bool,
    /// Messages received.
    pub received: i64,
    /// Whether it is switched on.
    pub status: Chip,
}

/// What was entered into the form of an alias.
#[derive(Debug, Clone, Default)]
pub struct AliasEntry {
    /// `domain_id`; not shown when an alias is changed, which never moves.
    pub domain_id: String,
    /// The local part.
    pub local_part: String,
    /// The action's word.
    pub action: String,
    /// Targets, one a line.
    pub forward_to: String,
    /// The webhook's id.
    pub webhook_id: String,
    /// The note.
    pub description: String,
    /// A masked address.
    pub is_masked: bool,
    /// The day it ends, if any.
    pub expires_at: String,
    /// Switched on.
    pub active: bool,
}

/// Why what was entered is refused, per field.
#[derive(Debug, Clone, Default)]
pub struct AliasErrors {
    /// Of the domain.
    pub domain_id: Option<String>,
    /// Of the local part.
    pub local_part: Option<String>,
    /// Of the targets.
    pub forward_to: Option<String>,
    /// Of the webhook.
    pub webhook_id: Option<String>,
    /// Of the note.
    pub description: Option<String>,
    /// Of the end.
    pub expires_at: Option<String>,
}

/// The form of an alias.
#[derive(Debug)]
pub struct AliasForm {
    /// The domain; absent when an alias is changed.
    pub domain: Option<SelectField>,
    /// What may change of an alias of a domain.
    pub own: Option<OwnFields>,
    /// Targets, one a line.
    pub forward_to: TextField,
    /// A note.
    pub description: TextField,
    /// The day it ends.
    pub expires_at: TextField,
    /// Switched on.
    pub active: CheckField,
}

/// What may change of an alias of a domain, and is fixed on the instance's shared one.
#[derive(Debug)]
pub struct OwnFields {
    /// The local part.
    pub local_part: TextField,
    /// What happens to its mail.
    pub action: RadioGroup,
    /// Which webhook.
    pub webhook: SelectField,
    /// Masked or not.
    pub is_masked: CheckField,
}

impl AliasForm {
    /// The form for a new alias on one of `domains`.
    #[must_use]
    pub fn create(
        entry: &AliasEntry,
        errors: AliasErrors,
        domains: Vec<Choice>,
        webhooks: Vec<Choice>,
    ) -> Self {
        let domain = SelectField::new("domain_id", "Domain", domains)
            .choose(&entry.domain_id)
            .error(errors.domain_id.clone());
        Self {
            domain: Some(domain),
            ..Self::change(entry, errors, None, webhooks)
        }
    }

    /// The form of an alias of that domain.
    #[must_use]
    pub fn change(
        entry: &AliasEntry,
        errors: AliasErrors,
        domain: Option<&str>,
        webhooks: Vec<Choice>,
    ) -> Self {
        let mut local_part = TextField::new(InputKind::Text, "local_part", "Address")
            .value(&entry.local_part)
            .placeholder("support")
            .error(errors.local_part.clone());
        local_part = match domain {
            Some(domain) => local_part.suffix(format!("@{domain}")).required(),
            None => local_part.hint("The part before the @. A masked address may leave it to us."),
        };
        let own = OwnFields {
            local_part,
            action: RadioGroup::new("action", "What happens to its mail", action_choices())
                .choose(&entry.action),
            webhook: webhook_choice("Webhook", webhooks, &entry.webhook_id)
                .error(errors.webhook_id.clone()),
            is_masked: CheckField::new("is_masked", "Masked address", entry.is_masked)
                .hint("Who writes to it never learns where it goes; answers leave from the alias."),
        };
        Self {
            own: Some(own),
            ..Self::shared(entry, errors)
        }
    }

    /// The form of an alias of the instance's shared domain.
    #[must_use]
    pub fn shared(entry: &AliasEntry, errors: AliasErrors) -> Self {
        Self {
            domain: None,
            own: None,
            forward_to: TextField::new(InputKind::Lines, "forward_to", "Forward to")
                .value(&entry.forward_to)
                .placeholder("ana@example.org")
                .hint("One address a line, at most 20.")
                .error(errors.forward_to),
            description: TextField::new(InputKind::Text, "description", "Description")
                .value(&entry.description)
                .hint("A note for your team. Optional.")
                .error(errors.description),
            expires_at: TextField::new(InputKind::Date, "expires_at", "Ends on")
                .value(&entry.expires_at)
                .hint("From that day on it takes no mail. Optional.")
                .error(errors.expires_at),
            active: CheckField::new("active", "Active", entry.active)
                .hint("Mail to a paused alias is refused."),
        }
    }
}

/// `/aliases/new`
#[derive(Debug, Template)]
#[template(path = "pages/aliases/new.html")]
pub struct NewAliasPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The form.
    pub form: AliasForm,
}

/// `/aliases/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/aliases/show.html")]
pub struct AliasPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its whole address.
    pub address: String,
    /// The list it stands in: address and name.
    pub list: (&'static str, &'static str),
    /// Address of its domain's page and the domain's name; none of the shared domain.
    pub domain: Option<(String, String)>,
    /// What the reader may do with its domain.
    pub reach: Reach,
    /// Whether it is switched on.
    pub status: Chip,
    /// Switched on, for the button that does the opposite.
    pub active: bool,
    /// A masked address.
    pub is_masked: bool,
    /// Messages received.
    pub received: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends.
    pub expires_at: Option<Moment>,
    /// What happens to its mail, as shown.
    pub action: &'static str,
    /// Where its mail goes.
    pub targets: Vec<TargetRow>,
    /// Its owner's note.
    pub description: String,
    /// Whom it corresponds with; none when it does not forward.
    pub contacts: Option<Contacts>,
    /// The form, for those who may change it; others see the facts above.
    pub form: Option<AliasForm>,
}

/// A target of an alias.
#[derive(Debug)]
pub struct TargetRow {
    /// Its address.
    pub address: String,
    /// Whether mail flows there.
    pub status: Chip,
}

/// Whom an alias corresponds with.
#[derive(Debug)]
pub struct Contacts {
    /// The ones used last.
    pub rows: Vec<ContactRow>,
    /// Other parts of the list.
    pub pager: Pager,
    /// Asks for a reverse address.
    pub new: TextField,
}

/// Somebody an alias corresponds with.
#[derive(Debug)]
pub struct ContactRow {
    /// Its id.
    pub id: String,
    /// Their address.
    pub address: String,
    /// Their name, or nothing.
    pub name: String,
    /// Reaches them from the alias.
    pub reverse: Copy,
    /// Their mail is refused.
    pub blocked: bool,
    /// What went both ways, in words.
    pub traffic: String,
    /// When they last wrote or were written to.
    pub used_at: Moment,
}

/// `/shield`
#[derive(Debug, Template)]
#[template(path = "pages/aliases/shield.html")]
pub struct ShieldPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The shared domain.
    pub host: String,
    /// The addresses.
    pub rows: Vec<AliasRow>,
    /// Other parts of the list.
    pub pager: Pager,
    /// Makes one.
    pub form: AliasForm,
}
