//! Looking into access: the form of an access list, what a change would do, why somebody may, and the
//! review.

mod review;

use askama::Template;

pub use review::{ReviewPage, ReviewRow};

use crate::ui::{AccessChoice, AccessPicker, Chip, Moment, SelectField, Shell, component};

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
