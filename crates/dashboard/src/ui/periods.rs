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
    pub days: u16,
}
component!(Periods);

impl Periods {
    /// What is offered.
    const DAYS: [u16; 3] = [7, 30, 90];

    fn choices(&self) -> Vec<(u16, bool)> {
        Self::DAYS.map(|days| (days, days == self.days)).to_vec()
    }
}
