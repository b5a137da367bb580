//! What a list of domains says of their warming: only what somebody should look at.

use postscale_model::{Timestamp, WarmingWindow};
use postscale_store::warming::Warming;

/// What a domain's warming takes from it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarmingHint {
    /// Bad days halved its limit.
    Held,
    /// Today's limit is reached.
    UsedUp,
}

impl WarmingHint {
    /// The hint of a plan at an instant, if there is anything to look at.
    pub(crate) fn of(warming: &Warming, now: Timestamp) -> Option<Self> {
        let sent = warming.sent.within(WarmingWindow::Day, now).recipients;
        if sent >= warming.plan.allowance().daily {
            Some(Self::UsedUp)
        } else {
            warming.plan.is_held().then_some(Self::Held)
        }
    }
}
