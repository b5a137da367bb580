//! The pages of one domain, side by side.

use askama::Template;

use super::words::Reach;
use crate::ui::component;

/// A page of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainTab {
    /// What it is, and its records.
    Overview,
    /// Its DKIM keys.
    Dkim,
    /// Its inbound rules.
    Rules,
    /// How its mail is doing.
    Stats,
    /// How much it may send.
    Warming,
    /// What others report about mail in its name.
    Dmarc,
    /// Its settings.
    Settings,
}

/// Links to the pages of a domain: those the reader may open.
#[derive(Debug, Template)]
#[template(path = "parts/domain_tabs.html")]
pub struct DomainTabs {
    /// Id of the domain.
    pub id: String,
    /// Where the reader is.
    pub current: DomainTab,
    /// What the reader may do with the domain.
    pub reach: Reach,
}
component!(DomainTabs);

impl DomainTabs {
    fn tabs(&self) -> Vec<(&'static str, &'static str, bool)> {
        let all = [
            (DomainTab::Overview, "", "Overview"),
            (DomainTab::Dkim, "/dkim", "DKIM keys"),
            (DomainTab::Rules, "/rules", "Inbound rules"),
            (DomainTab::Stats, "/stats", "Stats"),
            (DomainTab::Warming, "/warming", "Warming"),
            (DomainTab::Dmarc, "/dmarc", "DMARC"),
            (DomainTab::Settings, "/settings", "Settings"),
        ];
        all.into_iter()
            .filter(|(tab, ..)| *tab != DomainTab::Settings || self.reach.may_write())
            .map(|(tab, path, label)| (path, label, tab == self.current))
            .collect()
    }
}
