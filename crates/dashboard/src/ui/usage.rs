//! How much of something is used up, and what was used month by month.

use askama::Template;

use super::{Chart, Ink, Series, Unit, component};

/// A number as people read it: `12,345`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 key`, `12,345 keys`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    let what = if number == 1 { one } else { many };
    format!("{} {what}", grouped(number))
}

/// How much of a limit is used up. Without a limit it is only a number.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/meter.html")]
pub struct Meter {
    /// What is counted: a word in the plural that ends in s, and what belongs to it.
    pub what: &'static str,
    /// How many there are.
    pub used: u64,
    /// How many there can be.
    pub limit: Option<u64>,
}
component!(Meter);

/// How full a meter is.
struct Share {
    /// The limit, as shown.
    limit: String,
    /// Percent of it that are used, at most 100.
    percent: u64,
}

impl Share {
    /// How it feels: a class.
    const fn tone(&self) -> &'static str {
        match self.percent {
            100.. => "bad",
            80..100 => "warn",
            _ => "fine",
        }
    }
}

impl Meter {
    fn share(&self) -> Option<Share> {
        let limit = self.limit?;
        let percent = self.used.saturating_mul(100).checked_div(limit);
        Some(Share {
            limit: grouped(limit),
            percent: percent.unwrap_or(100).min(100),
        })
    }
    fn shown(&self) -> String {
        grouped(self.used)
    }
    /// What is counted, as its number without a limit asks for it.
    fn named(&self) -> String {
        let end = self.what.find(' ').unwrap_or(self.what.len());
        let (things, rest) = self.what.split_at(end);
        let thing = things.strip_suffix('s').filter(|_| self.used == 1);
        [thing.unwrap_or(things), rest].concat()
    }
}

/// What was used in a month.
#[derive(Debug, Clone)]
pub struct MonthRow {
    /// As `March 2026`.
    pub name: String,
    /// Recipients sent to.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
}

impl MonthRow {
    /// Both together.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.sent.saturating_add(self.received)
    }
    /// The numbers as shown, each with its name.
    #[must_use]
    pub fn cells(&self) -> [(&'static str, String); 3] {
        [
            ("Sent", grouped(self.sent)),
            ("Received", grouped(self.received)),
            ("Together", grouped(self.used())),
        ]
    }
}

/// Months a chart has room for.
const SLOTS: usize = 12;

/// Months as columns, the last one at the right; what they show stands in the table beside them.
/// Nothing to see in fewer than two.
#[must_use]
pub fn month_chart(months: &[MonthRow]) -> Option<Chart> {
    if months.len() < 2 || months.iter().all(|month| month.used() == 0) {
        return None;
    }
    let shown = || months.iter().take(SLOTS).rev();
    let names = shown().map(|month| month.name.clone()).collect();
    let chart = Chart::new("Messages by month", Unit::Count, names).series(vec![
        Series::columns("Sent", Ink::Accent, shown().map(|month| month.sent)),
        Series::columns("Received", Ink::Second, shown().map(|month| month.received)),
    ]);
    Some(chart.without_table())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_counted_as_one() {
        for (number, want) in [
            (0, "0 keys"),
            (1, "1 key"),
            (2, "2 keys"),
            (1000, "1,000 keys"),
        ] {
            assert_eq!(counted(number, "key", "keys"), want);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, want) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), want);
        }
    }

    #[test]
    fn a_full_meter_stays_within_its_frame() {
        let meter = |used, limit| Meter {
            what: "domains",
            used,
            limit,
        };
        for (used, limit, percent, tone) in [
            (0, 3, 0, "fine"),
            (2, 3, 66, "fine"),
            (5, 6, 83, "warn"),
            (3, 3, 100, "bad"),
            (9, 3, 100, "bad"),
            (0, 0, 100, "bad"),
        ] {
            let share = meter(used, Some(limit)).share().unwrap();
            assert_eq!((share.percent, share.tone()), (percent, tone));
        }
        assert!(meter(9, None).share().is_none());
    }

    #[test]
    fn one_is_named_as_one() {
        let named = |what, used| {
            let limit = None;
            Meter { what, used, limit }.named()
        };
        assert_eq!(named("messages this month", 1), "message this month");
        assert_eq!(named("messages this month", 0), "messages this month");
        assert_eq!(named("domains", 1), "domain");
        assert_eq!(named("domains", 21), "domains");
    }

    #[test]
    fn one_month_or_nothing_at_all_makes_no_chart() {
        let month = |sent, received| MonthRow {
            name: String::new(),
            sent,
            received,
        };
        assert!(month_chart(&[month(10, 10), month(5, 0)]).is_some());
        assert!(month_chart(&[month(1, 0)]).is_none());
        assert!(month_chart(&[month(0, 0), month(0, 0)]).is_none());
    }
}
