//! How something is divided: a table whose rows carry a bar.

use askama::Template;

use super::{Ink, component, count, decimal, grouped, percent};

/// A part of the whole.
#[derive(Debug, Clone)]
pub struct Share {
    /// What it is called.
    pub name: String,
    /// How much it is.
    pub number: u64,
    /// More about it, one text for each further column.
    pub more: Vec<String>,
}

/// Parts of a whole with a bar each, in the order given.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/shares.html")]
pub struct Shares {
    /// What the table is about, for who does not see the page around it.
    pub caption: String,
    /// What the parts are called: "Provider".
    pub part: &'static str,
    /// What is counted: "Sent".
    pub number: &'static str,
    /// The names of further columns.
    pub more: Vec<&'static str>,
    /// The colour of the bars.
    pub ink: Ink,
    /// The parts.
    pub shares: Vec<Share>,
}
component!(Shares);

impl Shares {
    fn whole(&self) -> u64 {
        self.shares.iter().map(|share| share.number).sum()
    }

    fn fraction(&self, share: &Share) -> f64 {
        count(share.number) / count(self.whole().max(1))
    }

    fn width(&self, share: &&Share) -> String {
        decimal(100.0 * self.fraction(share))
    }

    fn percent(&self, share: &&Share) -> String {
        percent(self.fraction(share))
    }

    fn shown(share: &&Share) -> String {
        grouped(share.number)
    }

    fn named<'a>(&'a self, share: &&'a Share) -> Vec<(&'static str, &'a str)> {
        let names = self.more.iter().copied();
        names.zip(share.more.iter().map(String::as_str)).collect()
    }
}
