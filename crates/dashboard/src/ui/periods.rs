//! How much of the past a page shows.

use askama::Template;

use super::component;

/// Links to a page that shows more or less of the past.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/periods.html")]
pub struct Periods {
    /// The page.
    pub path: String,
    /// How many days it shows now.
    pub days: u32,
    /// How many it offers.
    pub offered: &'static [u32],
}
component!(Periods);

impl Periods {
    /// Up to what statistics reach back.
    pub const QUARTER: &[u32] = &[7, 30, 90];
    /// Up to a year.
    pub const YEAR: &[u32] = &[7, 30, 90, 365];

    fn choices(&self) -> Vec<(u32, bool)> {
        let offered = self.offered.iter();
        offered.map(|days| (*days, *days == self.days)).collect()
    }
}
