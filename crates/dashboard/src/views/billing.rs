//! Plans, what is used of them, and who hears about billing.

use askama::Template;

use crate::ui::{Chart, InputKind, Meter, Moment, MonthRow, Notice, Shell, TextField};

/// A plan to choose.
#[derive(Debug, Clone)]
pub struct PlanCard {
    /// Its name, sent when it is chosen.
    pub name: String,
    /// Its name as shown.
    pub label: String,
    /// The organization is on it.
    pub is_current: bool,
    /// The quota.
    pub messages: String,
    /// What becomes of more.
    pub beyond: &'static str,
    /// What else it includes.
    pub includes: Vec<String>,
}

/// `/onboarding`
#[derive(Debug, Template)]
#[template(path = "pages/onboarding.html")]
pub struct OnboardingPage {
    /// Proof against forged posts.
    pub csrf: String,
    /// Name of the organization.
    pub organization: String,
    /// The plans.
    pub plans: Vec<PlanCard>,
    /// Why the last choice was refused.
    pub notice: Option<Notice>,
}

/// `/billing`
#[derive(Debug, Template)]
#[template(path = "pages/billing.html")]
pub struct BillingPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The plans, the current one among them.
    pub plans: Vec<PlanCard>,
    /// What is used of the current one.
    pub meters: Vec<Meter>,
    /// When messages are counted from zero again.
    pub ends_at: Moment,
    /// The months as a picture, when there are some.
    pub chart: Option<Chart>,
    /// The months, the current one first.
    pub months: Vec<MonthRow>,
    /// Who hears about billing.
    pub contact: TextField,
}

/// The field of the billing contact.
#[must_use]
pub fn contact_field(value: &str) -> TextField {
    TextField::new(InputKind::Email, "contact_email", "E-mail")
        .hint("Left empty, the owners are written to.")
        .value(value)
}
