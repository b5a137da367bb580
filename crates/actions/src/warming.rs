//! Growing a domain's volume: where it stands, how it got there, and what people do about it. What
//! the days do is the engine's.

mod change;
mod get;
mod hint;
mod history;

pub use postscale_model::WarmingLimits;
pub use postscale_store::warming::{HISTORY_DAYS_MAX, WarmingDay};

pub use change::{Start, pause, resume, start};
pub use get::{Expected, WarmingView, get};
pub use hint::WarmingHint;
pub use history::{History, history};
