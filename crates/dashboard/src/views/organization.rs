//! The organization: its settings, handing it on, leaving it, and what somebody reaches in it.

use askama::Template;
use postscale_actions::organizations;

use super::team::{GrantRow, Leaving};
use crate::ui::{CheckField, InputKind, Meter, Moment, Shell, TextField};

/// `/settings`
#[derive(Debug, Template)]
#[template(path = "pages/settings.html")]
pub struct SettingsPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The organization's name.
    pub name: TextField,
    /// Whether people must have a second factor.
    pub require_second_factor: CheckField,
    /// How many have none.
    pub without_second_factor: u64,
    /// What is used of the plan.
    pub meters: Vec<Meter>,
    /// When messages are counted from zero again.
    pub ends_at: Option<Moment>,
    /// The reader may see billing.
    pub may_bill: bool,
    /// Deletes the organization, if the reader may.
    pub delete: Option<TextField>,
}

impl SettingsPage {
    /// The page.
    #[must_use]
    pub fn new(shell: Shell, known: &organizations::SettingsPage) -> Self {
        let settings = &known.settings;
        let confirm = TextField::new(InputKind::Text, "confirm", "Name of the organization")
            .hint(format!("Type {} to confirm.", settings.name))
            .required();
        Self {
            shell,
            name: TextField::new(InputKind::Text, "name", "Name")
                .value(settings.name.clone())
                .hint("In invitations, in this dashboard and in the API.")
                .required(),
            require_second_factor: CheckField::new(
                "require_second_factor",
                "Everybody signs in with a second factor",
                settings.require_second_factor,
            ),
            without_second_factor: settings.without_second_factor,
            meters: Vec::new(),
            ends_at: None,
            may_bill: known.may_bill,
            delete: known.may_delete.then_some(confirm),
        }
    }
    /// With what is used of the plan.
    #[must_use]
    pub fn using(mut self, meters: Vec<Meter>, ends_at: Moment) -> Self {
        self.meters = meters;
        self.ends_at = Some(ends_at);
        self
    }
    /// With the name that was refused, and why.
    #[must_use]
    pub fn wrong_name(mut self, entered: Option<&str>, error: Option<String>) -> Self {
        if let Some(entered) = entered {
            entered.clone_into(&mut self.name.value);
        }
        self.name.error = error;
        self
    }
    /// With why the organization was not deleted.
    #[must_use]
    pub fn wrong_confirmation(mut self, error: Option<String>) -> Self {
        if let Some(delete) = &mut self.delete {
            delete.error = error;
        }
        self
    }
    fn is_required(&self) -> bool {
        self.require_second_factor.on
    }
}

/// `/team/users/{id}/transfer`
#[derive(Debug, Template)]
#[template(path = "pages/team/transfer.html")]
pub struct TransferPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the heir.
    pub id: String,
    /// The heir's name.
    pub name: String,
    /// The heir's address.
    pub email: String,
    /// The heir's role now.
    pub role: &'static str,
    /// Why it cannot be handed on to them, if it cannot.
    pub obstacle: Option<&'static str>,
}

/// `/account/leave`
#[derive(Debug, Template)]
#[template(path = "pages/account/leave.html")]
pub struct LeavePage {
    /// What surrounds it.
    pub shell: Shell,
    /// What leaving ends.
    pub leaving: Leaving,
    /// The reader has other organizations to sign in to.
    pub has_others: bool,
}

/// `/account/domains`
#[derive(Debug, Template)]
#[template(path = "pages/account/domains.html")]
pub struct OwnDomainsPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The reader reaches every domain by role.
    pub everything: bool,
    /// The domains, and what is reached there.
    pub domains: Vec<GrantRow>,
}
