//! Growing a domain's volume: where it stands, how it got there, and what people do about it. What
//! the days do is the engine's.

mod change;
mod get;
mod hint;
mod history;

pub use postscale_store::warming::{HISTORY_DAYS_MAX, WarmingDay};

pub use change::{Start, pause, resume, start};
pub use get::{Expected, WarmingView, get};
pub use hint::WarmingHint;
pub use history::{History, history};

/// Whether senders are held to the limits of their plans (`POSTSCALE_WARMING`). Plans go on in either
/// case: what is switched on again finds every domain where its mail brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WarmingLimits {
    /// They are.
    #[default]
    Enforced,
    /// They are not.
    Ignored,
}
