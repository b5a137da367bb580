//! Looking into access: the form of an access list, what a change would do, why somebody may, and the
//! review.

use askama::Template;

use super::words::isolated;
use crate::ui::{
    AccessChoice, AccessPicker, Chip, Empty, Moment, Pager, SelectField, Shell, component,
};

/// `/team/users/{id}/access`
#[derive(Debug, Template)]
#[template(path = "pages/team/access.html")]
pub struct AccessPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the user.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Reaches every domain by role.
    pub everything: bool,
    /// What the choices below would do, when that was asked.
    pub preview: Option<AccessPreview>,
    /// Changes what they reach, if the reader may.
    pub form: Option<AccessForm>,
}

/// Picks domains, levels, ends and notes.
#[derive(Debug)]
pub struct AccessForm {
    /// Which list is being changed.
    pub version: String,
    /// Every domain of the organization.
    pub domains: AccessPicker,
}

impl AccessForm {
    /// The form, and what is wrong with it.
    #[must_use]
    pub fn new(version: String, choices: Vec<AccessChoice>, error: Option<String>) -> Self {
        Self {
            version,
            domains: AccessPicker::new("domains", "Domain access", choices)
                .hint("Counts from their next request on. All other domains do not exist for them.")
                .error(error),
        }
    }
}

/// What a change to a user would do.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/access_preview.html")]
pub struct AccessPreview {
    /// Nothing would change.
    pub is_empty: bool,
    /// On which domains they may do more or less.
    pub domains: Vec<ChangeRow>,
    /// Their keys that change.
    pub keys: Vec<KeyRow>,
    /// Their webhooks that change.
    pub webhooks: Vec<WebhookRow>,
    /// Browsers that are signed out.
    pub sessions: u64,
    /// Whose invitations can no longer be accepted.
    pub invitations: Vec<String>,
}
component!(AccessPreview);

/// What becomes of somebody's reach on a domain.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// The domain.
    pub domain: String,
    /// What they may do now.
    pub before: &'static str,
    /// What they may do afterwards.
    pub after: &'static str,
    /// When that ends by itself.
    pub until: Option<Moment>,
    /// Whether it is more or less.
    pub effect: Chip,
}

/// What becomes of a key.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Its page.
    pub path: String,
    /// Its name.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// When it was last used.
    pub last_used_at: Option<Moment>,
    /// It is revoked for good.
    pub is_revoked: bool,
    /// Where it reaches more or less.
    pub domains: Vec<ChangeRow>,
}

/// What becomes of a webhook.
#[derive(Debug, Clone)]
pub struct WebhookRow {
    /// Its page.
    pub path: String,
    /// Where it goes.
    pub url: String,
    /// It is told nothing any more.
    pub is_suspended: bool,
    /// Domains it is no longer told of.
    pub lost: Vec<String>,
    /// Domains it is told of again.
    pub gained: Vec<String>,
}

/// What a change would do, and the button that does it.
#[derive(Debug, Template)]
#[template(path = "pages/team/confirm.html")]
pub struct ConfirmPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the user.
    pub id: String,
    /// Shown name of the user.
    pub name: String,
    /// Where the answer is sent.
    pub path: String,
    /// The question.
    pub title: String,
    /// What it means.
    pub text: &'static str,
    /// The button.
    pub label: &'static str,
    /// A field that is sent along.
    pub field: Option<(&'static str, String)>,
    /// It ends something.
    pub is_dangerous: bool,
    /// What would change.
    pub preview: AccessPreview,
}

/// `/team/users/{id}/access/{domain}` and `/api-keys/{id}/access/{domain}`
#[derive(Debug, Template)]
#[template(path = "pages/team/explain.html")]
pub struct ExplainPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Whom it is about.
    pub person: String,
    /// Their page.
    pub user_path: String,
    /// The key it is about, and its page.
    pub key: Option<(String, String)>,
    /// The domain.
    pub domain: String,
    /// This page.
    pub path: String,
    /// Asks about another action.
    pub action: SelectField,
    /// The answers.
    pub parts: Vec<ExplainedPart>,
}

/// One answer with the way to it.
#[derive(Debug)]
pub struct ExplainedPart {
    /// What was asked.
    pub label: String,
    /// The answer.
    pub result: Chip,
    /// The rules asked, in order.
    pub steps: Vec<ExplainedStepRow>,
}

/// A rule that was asked.
#[derive(Debug)]
pub struct ExplainedStepRow {
    /// Whether it let the request go on.
    pub holds: bool,
    /// What was asked and found.
    pub text: String,
}

/// `/team/review`
#[derive(Debug, Template)]
#[template(path = "pages/team/review.html")]
pub struct ReviewPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Which kind is shown.
    pub kind: SelectField,
    /// Only one kind is shown.
    pub is_filtered: bool,
    /// The list.
    pub rows: Vec<ReviewRow>,
    /// Other parts of the list.
    pub pager: Pager,
}

impl ReviewPage {
    fn empty(&self) -> Empty {
        Empty::new(
            "Nothing to review",
            "Grants of members, API keys and webhooks of the organization show up here.",
        )
    }

    /// The rows, each with where a decision about it leads back to.
    fn decidable(&self) -> impl Iterator<Item = (&ReviewRow, String)> {
        let rows = self.rows.iter().enumerate();
        rows.map(|(index, row)| (row, self.back(index)))
    }

    /// The row behind it, or else the one before.
    fn back(&self, index: usize) -> String {
        let before = || index.checked_sub(1).and_then(|index| self.rows.get(index));
        match self.rows.get(index + 1).or_else(before) {
            Some(row) => format!("{}#{}", self.shell.path, row.anchor()),
            None => self.pager.previous.clone().unwrap_or_default(),
        }
    }
}

/// Somebody's access to something.
#[derive(Debug)]
pub struct ReviewRow {
    /// Its kind on the wire.
    pub kind: &'static str,
    /// Its kind as shown.
    pub label: &'static str,
    /// Id on the wire.
    pub id: String,
    /// A grant's domain.
    pub domain_id: String,
    /// What it is called.
    pub name: String,
    /// Its page.
    pub path: String,
    /// Who has it.
    pub holder: String,
    /// How much.
    pub access: String,
    /// Who gave it.
    pub giver: Option<String>,
    /// Since when.
    pub since: Moment,
    /// Last use.
    pub last_used_at: Option<Moment>,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// It has ended by itself.
    pub is_over: bool,
    /// Why it was given.
    pub note: String,
    /// When somebody kept it, and who.
    pub reviewed: Option<(Moment, String)>,
}

impl ReviewRow {
    /// Names the row within the page, whatever is decided about the others.
    fn anchor(&self) -> String {
        format!("{}-{}-{}", self.kind, self.id, self.domain_id)
    }

    fn what(&self) -> String {
        let name = isolated(&self.name);
        match self.kind {
            "grant" => format!("access to {name}"),
            "api_key" => format!("the API key {name}"),
            _ => format!("the webhook {name}"),
        }
    }

    /// From whom something may be taken, and what: told on the page after that.
    fn about(&self) -> String {
        format!("{}: {}", isolated(&self.holder), self.what())
    }

    fn question(&self) -> String {
        format!("Take {} from {}?", self.what(), isolated(&self.holder))
    }

    fn consequence(&self) -> &'static str {
        match self.kind {
            "grant" => "It ends at once, for their keys and SMTP logins too.",
            "api_key" => "It stops working at once, by API and by SMTP. This cannot be undone.",
            _ => "It is deleted: told nothing any more, and what it is still owed is dropped.",
        }
    }
}
