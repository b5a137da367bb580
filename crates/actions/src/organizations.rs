//! The caller's organization: what it is, its settings, its plan's limits, its founder's first steps,
//! its end.

mod delete;
mod get;
mod onboarding;
mod settings;

pub use delete::{Confirmation, delete};
pub use get::{Profile, get};
pub use onboarding::{Choice, choice, choose, is_choice_due};
pub use postscale_store::organization::{Deleted, OrganizationSettings};
pub use settings::{SettingsChange, SettingsPage, settings, settings_page, update};
