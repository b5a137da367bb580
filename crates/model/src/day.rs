//! Hours and days in UTC: what statistics are counted by.

use std::fmt;

use crate::Timestamp;

macro_rules! periods {
    ($($(#[$meta:meta])* $name:ident = $seconds:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            /// How long each is.
            pub const MICROS: i64 = $seconds * 1_000_000;

            /// The one an instant is in.
            #[must_use]
            pub const fn of(at: Timestamp) -> Self {
                Self(at.micros().div_euclid(Self::MICROS))
            }
            /// Its first instant.
            #[must_use]
            pub const fn start(self) -> Timestamp {
                Timestamp::from_micros(self.0.saturating_mul(Self::MICROS))
            }
            /// So many later; earlier when negative.
            #[must_use]
            pub const fn after(self, count: i64) -> Self {
                Self(self.0.saturating_add(count))
            }
            /// So many of them, of which this is the last, the earliest first.
            pub fn last(self, count: u16) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
                (0..count).rev().map(move |back| self.after(-i64::from(back)))
            }
        }
    )+};
}

periods! {
    /// An hour in UTC.
    Hour = 3_600;
    /// A day in UTC.
    Day = 86_400;
}

impl Hour {
    /// The day it is part of.
    #[must_use]
    pub const fn day(self) -> Day {
        Day::of(self.start())
    }
}

/// As `2026-03-01T12:00:00Z`.
impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.start().fmt(f)
    }
}

/// As `2026-03-01`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let midnight = self.start().to_rfc3339();
        f.write_str(midnight.split('T').next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_in_an_hour_and_that_in_a_day() {
        for (at, hour, day) in [
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-01"),
            ("2026-02-28T23:59:59Z", "2026-02-28T23:00:00Z", "2026-02-28"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:00:00Z", "1969-12-31"),
        ] {
            let at = Timestamp::parse(at).unwrap();
            assert_eq!(Hour::of(at).to_string(), hour);
            assert_eq!(Hour::of(at).day(), Day::of(at));
            assert_eq!(Day::of(at).to_string(), day);
        }
    }

    #[test]
    fn the_last_days_end_with_this_one() {
        let day = Day::of(Timestamp::parse("2026-03-02T12:00:00Z").unwrap());
        let days: Vec<_> = day.last(3).map(|day| day.to_string()).collect();
        assert_eq!(days, ["2026-02-28", "2026-03-01", "2026-03-02"]);
        assert_eq!(day.last(0).len(), 0);
    }
}
