//! Calendar months in UTC: what quotas are counted by.

use std::fmt;

use jiff::{
    ToSpan as _,
    civil::{Date, date},
    tz::TimeZone,
};

use crate::Timestamp;

/// A calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// The month an instant is in.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let instant = jiff::Timestamp::from_microsecond(at.micros());
        let day = instant.map_or(date(1970, 1, 1), |at| TimeZone::UTC.to_datetime(at).date());
        Self(day.first_of_month())
    }
    /// Its first instant.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let midnight = self.0.to_zoned(TimeZone::UTC);
        let micros = midnight.map_or(0, |at| at.timestamp().as_microsecond());
        Timestamp::from_micros(micros)
    }
    /// The first instant after it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        self.after(1).start()
    }
    /// So many months later; earlier when negative.
    #[must_use]
    pub fn after(self, months: i32) -> Self {
        Self(self.0.saturating_add(months.months()))
    }
}

/// As `2026-03`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_of_its_first_and_ends_with_the_next() {
        for (at, name, start, end) in [
            (
                "2026-03-01T00:00:00Z",
                "2026-03",
                "2026-03-01T00:00:00Z",
                "2026-04-01T00:00:00Z",
            ),
            (
                "2026-02-28T23:59:59Z",
                "2026-02",
                "2026-02-01T00:00:00Z",
                "2026-03-01T00:00:00Z",
            ),
            (
                "2025-12-31T12:00:00Z",
                "2025-12",
                "2025-12-01T00:00:00Z",
                "2026-01-01T00:00:00Z",
            ),
        ] {
            let month = Month::of(Timestamp::parse(at).unwrap());
            assert_eq!(month.to_string(), name);
            assert_eq!(month.start().to_rfc3339(), start);
            assert_eq!(month.end().to_rfc3339(), end);
            assert_eq!(Month::of(month.end()), month.after(1));
            assert_eq!(month.after(1).after(-1), month);
        }
    }
}
