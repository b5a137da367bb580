//! How many recipients were accepted in the current day, hour and minute.

use super::WarmingWindow;
use crate::Timestamp;

/// Recipients accepted in the latest windows in which any were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentSoFar {
    /// The day.
    pub day: SentSince,
    /// The hour.
    pub hour: SentSince,
    /// The minute.
    pub minute: SentSince,
}

/// Recipients accepted in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentSince {
    /// When the window began.
    pub start: Timestamp,
    /// How many.
    pub recipients: u64,
}

impl SentSince {
    const NOTHING: Self = Self {
        start: Timestamp::from_micros(0),
        recipients: 0,
    };

    /// As it is at an instant, which is in a window of its kind. A window never goes back to an earlier one, whatever the clock of one
    /// node of several says: what was counted in a later one would be forgotten.
    #[must_use]
    pub fn at(self, window: WarmingWindow, now: Timestamp) -> Self {
        let start = window.start(now);
        if start > self.start {
            Self {
                start,
                recipients: 0,
            }
        } else {
            self
        }
    }

    /// With so many more.
    #[must_use]
    pub const fn and(self, recipients: u64) -> Self {
        Self {
            recipients: self.recipients.saturating_add(recipients),
            ..self
        }
    }
}

impl SentSoFar {
    /// Nothing.
    pub const NOTHING: Self = Self {
        day: SentSince::NOTHING,
        hour: SentSince::NOTHING,
        minute: SentSince::NOTHING,
    };

    /// What counts in a window at an instant.
    #[must_use]
    pub fn within(&self, window: WarmingWindow, now: Timestamp) -> SentSince {
        let latest = match window {
            WarmingWindow::Day => self.day,
            WarmingWindow::Hour => self.hour,
            WarmingWindow::Minute => self.minute,
        };
        latest.at(window, now)
    }

    /// With so many more, accepted now.
    #[must_use]
    pub fn plus(&self, recipients: u64, now: Timestamp) -> Self {
        let counted = |window| self.within(window, now).and(recipients);
        Self {
            day: counted(WarmingWindow::Day),
            hour: counted(WarmingWindow::Hour),
            minute: counted(WarmingWindow::Minute),
        }
    }
}
