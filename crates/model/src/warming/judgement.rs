//! What came of a domain's mail, and what it means for the days to come.
//!
//! The thresholds are those of api.md §20.10. They are compared as whole numbers, so that a rate that
//! equals one is on its right side.

use crate::Counts;
use crate::word::words;

/// Recipients a week must have had before a phase may follow.
pub(super) const WEEK_SENT_MIN: u64 = 20;

words! {
    /// What keeps the next phase from beginning.
    pub enum Obstacle {
        /// Fewer than 20 recipients in seven days: too few to judge by.
        Volume = "volume",
        /// Less than 95 % delivered.
        Delivery = "delivery",
        /// More than 5 % bounced.
        Bounces = "bounces",
        /// More than 0.1 % complained.
        Complaints = "complaints",
    }
}

/// Whether a day was so bad that less may be sent: more than 10 % bounced, or more than 0.3 %
/// complained.
pub(super) const fn is_bad(day: &Counts) -> bool {
    day.sent > 0 && (is_over(day.bounced, day.sent, 100) || is_over(day.complained, day.sent, 3))
}

/// What is to be better in seven days before the next phase begins.
pub(super) fn obstacles(week: &Counts) -> Vec<Obstacle> {
    let all = [
        (Obstacle::Volume, week.sent < WEEK_SENT_MIN),
        (Obstacle::Delivery, is_below(week.delivered, week.sent, 950)),
        (Obstacle::Bounces, is_over(week.bounced, week.sent, 50)),
        (Obstacle::Complaints, is_over(week.complained, week.sent, 1)),
    ];
    let there = all.into_iter().filter(|(_, is_there)| *is_there);
    there.map(|(obstacle, _)| obstacle).collect()
}

/// Whether `part` of `whole` is more than so many in a thousand.
const fn is_over(part: u64, whole: u64, per_mille: u64) -> bool {
    part.saturating_mul(1000) > whole.saturating_mul(per_mille)
}

/// Whether `part` of `whole` is less than so many in a thousand.
const fn is_below(part: u64, whole: u64, per_mille: u64) -> bool {
    part.saturating_mul(1000) < whole.saturating_mul(per_mille)
}
