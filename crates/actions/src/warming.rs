//! Growing a domain's volume: where it stands, how it got there, and what people do about it. What
//! the days do is the engine's.

mod change;
mod get;
mod hint;
mod history;
mod update;

pub use postscale_model::WarmingLimits;
pub use postscale_store::warming::{HISTORY_DAYS_MAX, WarmingDay};

pub use change::{Start, pause, resume, start};
pub use get::{Expected, ProviderLimit, WarmingView, get};
pub use hint::WarmingHint;
pub use history::{History, history};
pub use update::{WarmingChange, provider_share, update};
