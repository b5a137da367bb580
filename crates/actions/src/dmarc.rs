//! What other hosts report about mail in a domain's name and about TLS to its hosts: figures, sources,
//! the reports themselves, what to do about them.

mod address;
mod advice;
mod daily;
mod export;
mod overview;
mod reports;
mod sources;
mod summary;
mod tls_reports;
mod upload;
mod words;

use std::time::Duration;

use postscale_model::{Invalid, Timestamp};
use postscale_store::dmarc_report::Window;

pub use address::{ReportAddress, address};
pub use advice::{Advice, Verdict, advise};
pub use daily::{Daily, daily};
pub use export::{Export, export};
pub use overview::{Failing, Overview, SourceSeries, overview};
pub use postscale_store::dmarc_report::{DayFigures, Figures, SourceFigures};
pub use reports::{ReportList, ReportPage, delete, get, list};
pub use sources::{Source, SourceList, sources};
pub use summary::{Summary, summary};
pub use tls_reports::{TlsReportList, tls_reports};
pub use upload::{FILE_OCTETS_MAX, Uploaded, UploadedReport, upload};
pub use words::why;

/// Days of figures when nobody says how many.
pub const DAYS_DEFAULT: u32 = 30;
/// Days of figures at most.
pub const DAYS_MAX: u32 = 365;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many days figures are of: today and those before it, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u32);

impl Default for Days {
    fn default() -> Self {
        Self(DAYS_DEFAULT)
    }
}

impl Days {
    /// So many days; more than there may be is the most there may be.
    ///
    /// # Errors
    /// [`Invalid`] for none.
    pub fn new(days: u64) -> Result<Self, Invalid> {
        if days == 0 {
            return Err(Invalid::field("days", "must be at least 1"));
        }
        Ok(Self(u32::try_from(days).unwrap_or(DAYS_MAX).min(DAYS_MAX)))
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0
    }

    /// The first instant of the first day, and the one after the last day.
    fn window(self, now: Timestamp) -> Window {
        let day = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
        let today = Timestamp::from_micros(now.micros().div_euclid(day).saturating_mul(day));
        Window {
            from: today.minus(DAY * (self.0 - 1)),
            until: today.plus(DAY),
        }
    }
}

/// A share of one, four places; of nothing it is nothing.
#[must_use]
pub fn rate(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    let ten_thousandths =
        (i128::from(part) * 10_000 * 2 + i128::from(whole)) / (i128::from(whole) * 2);
    f64::from(i32::try_from(ten_thousandths).unwrap_or(i32::MAX)) / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_four_places() {
        for (part, whole, want) in [
            (0, 0, 0.0),
            (1, 3, 0.3333),
            (2, 3, 0.6667),
            (1, 1, 1.0),
            (1_812, 15_105, 0.12),
        ] {
            assert!(
                (rate(part, whole) - want).abs() < f64::EPSILON,
                "{part}/{whole}"
            );
        }
    }

    #[test]
    fn days_end_with_today() {
        let now = Timestamp::parse("2026-03-31T13:00:00Z").unwrap();
        let window = Days::default().window(now);
        assert_eq!(window.from.to_rfc3339(), "2026-03-02T00:00:00Z");
        assert_eq!(window.until.to_rfc3339(), "2026-04-01T00:00:00Z");
        assert_eq!(Days::new(9999).unwrap().count(), DAYS_MAX);
        assert!(Days::new(0).is_err());
    }
}
