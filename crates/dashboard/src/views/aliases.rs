//! Aliases: the list, the form to make one, one alias.

use askama::Template;

use super::words::{Reach, action_choices};
use crate::ui::{
    CheckField, Chip, Choice, Empty, InputKind, Moment, Pager, RadioGroup, SelectField, Shell,
    TextField,
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
    /// May make one on some domain.
    pub may_create: bool,
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
    /// Whether anything is looked for at all.
    pub is_set: bool,
}

impl AliasFilter {
    /// The filters with what was looked for; `domains` are the visible ones.
    #[must_use]
    pub fn new(query: &str, domain_id: &str, domains: Vec<Choice>) -> Self {
        let mut choices = vec![Choice::new("", "All domains")];
        choices.extend(domains);
        Self {
            query: TextField::new(InputKind::Search, "q", "Address or description").value(query),
            domain: SelectField::new("domain_id", "Domain", choices).choose(domain_id),
            is_set: !query.is_empty() || !domain_id.is_empty(),
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
}

/// The form of an alias.
#[derive(Debug)]
pub struct AliasForm {
    /// The domain; absent when an alias is changed.
    pub domain: Option<SelectField>,
    /// The local part.
    pub local_part: TextField,
    /// What happens to its mail.
    pub action: RadioGroup,
    /// Targets, one a line.
    pub forward_to: TextField,
    /// Which webhook.
    pub webhook: SelectField,
    /// A note.
    pub description: TextField,
    /// Switched on.
    pub active: CheckField,
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
        let mut hooks = vec![Choice::new("", "Every webhook of the domain")];
        hooks.extend(webhooks);
        let mut local_part = TextField::new(InputKind::Text, "local_part", "Address")
            .value(&entry.local_part)
            .placeholder("support")
            .error(errors.local_part)
            .required();
        local_part = match domain {
            Some(domain) => local_part.suffix(format!("@{domain}")),
            None => local_part.hint("The part before the @."),
        };
        Self {
            domain: None,
            local_part,
            action: RadioGroup::new("action", "What happens to its mail", action_choices())
                .choose(&entry.action),
            forward_to: TextField::new(InputKind::Lines, "forward_to", "Forward to")
                .value(&entry.forward_to)
                .placeholder("ana@example.org")
                .hint("One address a line, at most 20.")
                .error(errors.forward_to),
            webhook: SelectField::new("webhook_id", "Webhook", hooks)
                .choose(&entry.webhook_id)
                .error(errors.webhook_id),
            description: TextField::new(InputKind::Text, "description", "Description")
                .value(&entry.description)
                .hint("A note for your team. Optional.")
                .error(errors.description),
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
    /// Address of its domain's page and the domain's name.
    pub domain: (String, String),
    /// What the reader may do with its domain.
    pub reach: Reach,
    /// Whether it is switched on.
    pub status: Chip,
    /// Messages received.
    pub received: i64,
    /// When it was made.
    pub created_at: Moment,
    /// What happens to its mail, as shown.
    pub action: &'static str,
    /// Where its mail goes.
    pub targets: Vec<String>,
    /// Its owner's note.
    pub description: String,
    /// The form, for those who may change it; others see the facts above.
    pub form: Option<AliasForm>,
}
