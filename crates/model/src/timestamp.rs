//! Instants: microseconds since the Unix epoch, the same number in memory and in the database.

use std::{fmt, time::Duration};

use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time},
    fmt::temporal::{DateTimePrinter, Pieces},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes RFC 3339 without fractions of a second, in UTC less the `Z`.
const RFC3339: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
/// What is counted from.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// An instant in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// From whole seconds since the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }
    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// This instant and `duration` later; saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }
    /// `duration` before this instant; saturates.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }
    /// Time from `earlier` to this instant, zero when it is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
    /// RFC 3339 in UTC with second precision, such as `2026-03-01T12:00:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        format!("{}Z", RFC3339.datetime_to_string(&self.civil()))
    }
    /// The date of RFC 5322 §3.3, such as `Sun, 01 Mar 2026 12:00:00 +0000`.
    #[must_use]
    pub fn to_rfc5322(self) -> String {
        let civil = self.civil();
        civil.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
    }
    /// Parses RFC 3339, or `YYYY-MM-DD` as midnight UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let midnight = || {
            text.parse()
                .ok()
                .map(|date: Date| date.to_datetime(Time::midnight()))
        };
        Self::parse_instant(text).or_else(|| Self::of(midnight()?))
    }
    /// Parses RFC 3339, up to the last second of the year 9999 that it can write.
    #[must_use]
    pub fn parse_instant(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text).ok()?;
        let local = Self::of(pieces.date().to_datetime(pieces.time()?))?;
        let offset = i64::from(pieces.to_numeric_offset()?.seconds());
        Some(Self(local.0 - offset * 1_000_000))
    }
    fn of(civil: DateTime) -> Option<Self> {
        let micros = civil.duration_since(EPOCH).as_micros();
        i64::try_from(micros).ok().map(Self)
    }
    /// The date and time in UTC. `jiff::Timestamp` ends a day earlier, so that it has a date in every time zone.
    #[must_use]
    pub fn civil(self) -> DateTime {
        EPOCH.saturating_add(SignedDuration::from_micros(self.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 instant"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_with_second_precision_and_read_back() {
        let t = Timestamp::from_micros(1_772_366_400_123_456);
        assert_eq!(t.to_rfc3339(), "2026-03-01T12:00:00Z");
        assert_eq!(t.to_rfc5322(), "Sun, 01 Mar 2026 12:00:00 +0000");
        let last = Timestamp::from_micros(1_772_366_400_999_999);
        assert_eq!(last.to_rfc3339(), "2026-03-01T12:00:00Z");
        let before = Timestamp::from_micros(-1);
        assert_eq!(before.to_rfc3339(), "1969-12-31T23:59:59Z");
        assert_eq!(
            Timestamp::parse("2026-03-01T12:00:00Z"),
            Some(Timestamp::from_seconds(t.seconds()))
        );
        assert_eq!(
            Timestamp::parse("2026-03-01"),
            Some(Timestamp::from_seconds(1_772_323_200))
        );
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn an_instant_lies_in_any_year_of_four_digits() {
        for (text, want) in [
            ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
            ("9999-12-31T23:59:59+01:00", Some("9999-12-31T22:59:59Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("1969-12-31T23:59:59.5Z", Some("1969-12-31T23:59:59Z")),
            ("2027-01-01t00:00:00z", Some("2027-01-01T00:00:00Z")),
            ("10000-01-01T00:00:00Z", None),
            ("2027-01-01T00:00:00", None),
            ("2027-01-01", None),
        ] {
            let read = Timestamp::parse_instant(text).map(Timestamp::to_rfc3339);
            assert_eq!(read.as_deref(), want, "{text}");
        }
        let last_day = Timestamp::parse("9999-12-31").map(Timestamp::to_rfc3339);
        assert_eq!(last_day.as_deref(), Some("9999-12-31T00:00:00Z"));
        // What no text can say is as late as can be said.
        let never = Timestamp::from_micros(i64::MAX).to_rfc3339();
        assert_eq!(never, "9999-12-31T23:59:59Z");
    }
}
