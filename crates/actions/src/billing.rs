//! What an organization is on, what else there is, who hears about it, and what it used.

mod get;
mod plan;
mod update;
mod usage;

pub use get::{BillingState, Statement, get};
pub use plan::OfferedPlan;
pub(crate) use plan::{check_plan, offered};
pub(crate) use update::told;
pub use update::{BillingChange, update};
pub use usage::{Held, Summary, summary};
