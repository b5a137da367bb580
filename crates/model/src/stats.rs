//! What is counted of a domain's mail, and the shares that come of it.

use std::{fmt, iter::Sum, ops::AddAssign};

use crate::word::words;

words! {
    /// By what counts are told apart.
    pub enum Breakdown {
        /// By hour.
        Hour = "hour",
        /// By day.
        Day = "day",
        /// By mailbox provider.
        Isp = "isp",
        /// By tag.
        Tag = "tag",
    }
}

/// How often something happened to a domain's mail. Everything but `received` counts recipients of
/// what was sent from it; mail that aliases forward and mail of test keys count nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Recipients accepted, whatever became of them. With a provider: those of whom a try came to
    /// its servers.
    pub sent: u64,
    /// Taken over by the recipient's server.
    pub delivered: u64,
    /// Refused for good or given up; also what came back after it had been delivered, which stays
    /// counted there.
    pub bounced: u64,
    /// Of those, the ones without such a mailbox or domain.
    pub hard_bounced: u64,
    /// Tries that are to be repeated: a recipient that is put off three times counts three.
    pub deferred: u64,
    /// Complaints.
    pub complained: u64,
    /// Openings.
    pub opened: u64,
    /// Links that were followed.
    pub clicked: u64,
    /// Messages received for an address of the domain and kept.
    pub received: u64,
}

impl Counts {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
    /// Delivered of sent.
    #[must_use]
    pub fn delivery_rate(&self) -> Rate {
        Rate::of(self.delivered, self.sent)
    }
    /// Bounced of sent.
    #[must_use]
    pub fn bounce_rate(&self) -> Rate {
        Rate::of(self.bounced, self.sent)
    }
    /// Bounced for want of such a mailbox, of sent.
    #[must_use]
    pub fn hard_bounce_rate(&self) -> Rate {
        Rate::of(self.hard_bounced, self.sent)
    }
    /// Complaints of sent.
    #[must_use]
    pub fn complaint_rate(&self) -> Rate {
        Rate::of(self.complained, self.sent)
    }
    /// Openings of delivered.
    #[must_use]
    pub fn open_rate(&self) -> Rate {
        Rate::of(self.opened, self.delivered)
    }
    /// Followed links of delivered.
    #[must_use]
    pub fn click_rate(&self) -> Rate {
        Rate::of(self.clicked, self.delivered)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.bounced += other.bounced;
        self.hard_bounced += other.hard_bounced;
        self.deferred += other.deferred;
        self.complained += other.complained;
        self.opened += other.opened;
        self.clicked += other.clicked;
        self.received += other.received;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

/// A share from 0 to 1, to four places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Rate(u16);

impl Rate {
    /// One of the whole: 10,000 parts.
    const WHOLE: u16 = 10_000;

    /// So many of so many, rounded; nothing of nothing is 0. Never more than 1: what a day delivers
    /// may have been accepted the day before.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self(0);
        }
        if part >= whole {
            return Self(Self::WHOLE);
        }
        let (part, whole) = (u128::from(part), u128::from(whole));
        let rounded = (part * u128::from(Self::WHOLE) * 2 + whole) / (whole * 2);
        Self(u16::try_from(rounded).unwrap_or(Self::WHOLE))
    }
    /// As a fraction.
    #[must_use]
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / f64::from(Self::WHOLE)
    }
    /// In hundredths of a percent.
    #[must_use]
    pub const fn basis_points(self) -> u16 {
        self.0
    }
}

/// As `0.9876`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:04}", self.0 / Self::WHOLE, self.0 % Self::WHOLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_fraction_of_four_places() {
        for (part, whole, want) in [
            (6042, 15_105, 0.4),
            (1812, 15_105, 0.12),
            (1, 3, 0.3333),
            (2, 3, 0.6667),
            (1, 20_000, 0.0001),
            (1, 20_001, 0.0),
            (0, 0, 0.0),
            (5, 0, 0.0),
            (5, 4, 1.0),
            (u64::MAX - 1, u64::MAX, 1.0),
        ] {
            let rate = Rate::of(part, whole).as_fraction();
            assert!((rate - want).abs() < 1e-9, "{part} of {whole}: {rate}");
            assert_eq!(Rate::of(part, whole).to_string(), format!("{want:.4}"));
        }
    }

    #[test]
    fn counts_add_up() {
        let one = Counts {
            sent: 4,
            delivered: 3,
            bounced: 1,
            hard_bounced: 1,
            deferred: 2,
            complained: 1,
            opened: 3,
            clicked: 2,
            received: 9,
        };
        let two: Counts = [one, one].into_iter().sum();
        assert_eq!((two.sent, two.received, two.clicked), (8, 18, 4));
        assert_eq!(two.delivery_rate(), one.delivery_rate());
        assert_eq!(one.delivery_rate().basis_points(), 7500);
        assert_eq!(one.bounce_rate(), one.hard_bounce_rate());
        assert_eq!(one.complaint_rate(), one.bounce_rate());
        assert_eq!(one.open_rate().basis_points(), 10_000);
        assert_eq!(one.click_rate().basis_points(), 6667);
        assert!(!one.is_nothing() && Counts::default().is_nothing());
    }
}
