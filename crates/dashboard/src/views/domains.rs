//! Domains: the list, the form to add one, one domain with its records and keys.

use askama::Template;
use postscale_actions::warming::WarmingHint;
use postscale_model::{Domain, Purpose};

use super::words::{Reach, purpose_label, type_choices, type_label};
pub use super::{
    dns_records::{DnsRecordRow, DnsRecords, Found},
    domain_dkim::{
        DkimKeyRow, DkimKeys, DkimPage, DkimRecord, KeyActions, NewKeyForm, RotateEntry,
        RotateForm, algorithm_label,
    },
    domain_settings::{DomainSettings, DomainSettingsPage, SettingsConfirmPage},
    domain_tabs::{DomainTab, DomainTabs},
};
use crate::ui::{
    Chip, Copy, Empty, InputKind, Moment, Notice, Pager, RadioGroup, Shell, TextField, Tone,
};

/// `/domains`
#[derive(Debug, Template)]
#[template(path = "pages/domains/list.html")]
pub struct DomainListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// What is looked for.
    pub search: DomainSearch,
    /// The domains that are visible.
    pub rows: Vec<DomainRow>,
    /// Other parts of the list.
    pub pager: Pager,
    /// May add a domain.
    pub may_create: bool,
}

impl DomainListPage {
    fn empty(&self) -> Empty {
        if self.search.is_set {
            Empty::new("No domains match", "Try another part of the name.")
                .with_action("/domains", "Clear search")
        } else if self.may_create {
            Empty::new(
                "No domains yet",
                "Add the first one, publish its DNS records, and send or receive with it.",
            )
            .with_action("/domains/new", "Add domain")
        } else {
            Empty::new(
                "No domains assigned to you",
                "Ask an administrator of your organization for access to the domains you work on.",
            )
        }
    }
    fn shows_access(&self) -> bool {
        self.rows.iter().any(|row| row.reach.label().is_some())
    }
}

/// Domains that are seen at a glance: fewer need no search.
const FEW: u64 = 10;

/// The search of the list.
#[derive(Debug)]
pub struct DomainSearch {
    /// Part of the name.
    pub query: TextField,
    /// Whether anything is looked for.
    pub is_set: bool,
    /// Whether there is enough to look through.
    pub is_shown: bool,
}

impl DomainSearch {
    /// The search with what was looked for, of which there are `found`.
    #[must_use]
    pub fn new(sought: &str, found: u64) -> Self {
        let is_set = !sought.is_empty();
        Self {
            query: TextField::new(InputKind::Search, "q", "Name").value(sought),
            is_set,
            is_shown: is_set || found > FEW,
        }
    }
}

/// A domain in the list.
#[derive(Debug)]
pub struct DomainRow {
    /// Its id.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// What it is used for.
    pub type_label: &'static str,
    /// How it does as a whole.
    pub status: Chip,
    /// What it lacks, in words.
    pub lacks: Option<String>,
    /// What its warming takes from it now, in words.
    pub warming: Option<&'static str>,
    /// Its records at a glance.
    pub health: Vec<HealthMark>,
    /// When its records were last looked up.
    pub checked_at: Option<Moment>,
    /// What the reader may do with it.
    pub reach: Reach,
}

impl DomainRow {
    /// The row of a domain, of which some records that count are gone.
    #[must_use]
    pub fn new(domain: &Domain, gone: &[Purpose], reach: Reach) -> Self {
        let health = HealthMark::of(domain, gone);
        let is_going = health.iter().any(|mark| mark.tone == Tone::Warn);
        Self {
            id: domain.id.to_string(),
            name: domain.name.to_unicode(),
            type_label: type_label(domain.domain_type),
            status: if domain.active && domain.verified && is_going {
                Chip::new(Tone::Warn, "Records gone")
            } else {
                Chip::health(domain)
            },
            lacks: lacks(&health),
            warming: None,
            health,
            checked_at: domain.last_dns_check.map(Into::into),
            reach,
        }
    }

    /// With what its warming takes from it.
    #[must_use]
    pub fn warming(mut self, hint: Option<WarmingHint>) -> Self {
        self.warming = hint.map(|hint| match hint {
            WarmingHint::Held => "Warming: limit halved",
            WarmingHint::UsedUp => "Warming: allowance used up",
        });
        self
    }
}

/// The required records that are not there; else what is gone; else the recommended ones.
fn lacks(health: &[HealthMark]) -> Option<String> {
    let labels = |tone| {
        let open = health.iter().filter(|mark| mark.tone == tone);
        open.map(|mark| mark.label).collect::<Vec<_>>().join(", ")
    };
    let (required, gone, recommended) =
        (labels(Tone::Bad), labels(Tone::Warn), labels(Tone::Quiet));
    if !required.is_empty() {
        Some(format!("Needs {required}"))
    } else if !gone.is_empty() {
        Some(format!(
            "Not right any more: {gone}. Counts after three days"
        ))
    } else if !recommended.is_empty() {
        Some(format!("Recommended: {recommended}"))
    } else {
        None
    }
}

/// Whether one record of a domain is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthMark {
    /// Which record.
    pub label: &'static str,
    /// How that feels.
    pub tone: Tone,
    /// The same in words.
    pub state: &'static str,
}

impl HealthMark {
    /// The records a domain's type asks for: required ones first, then recommended ones. Those that
    /// are gone still count.
    #[must_use]
    pub fn of(domain: &Domain, gone: &[Purpose]) -> Vec<Self> {
        let required = domain.required();
        let recommended: &[Purpose] = if domain.domain_type.sends() {
            &[Purpose::Dmarc, Purpose::ReturnPath]
        } else {
            &[]
        };
        let mark = |purpose: &Purpose| {
            let verified = domain.has_verified(*purpose);
            let (tone, state) = match (verified, required.contains(purpose)) {
                (true, true) if gone.contains(purpose) => {
                    (Tone::Warn, "verified, not right any more")
                }
                (true, _) => (Tone::Good, "verified"),
                (false, true) => (Tone::Bad, "required, not verified"),
                (false, false) => (Tone::Quiet, "recommended, not verified"),
            };
            Self {
                label: purpose_label(*purpose),
                tone,
                state,
            }
        };
        required.iter().chain(recommended).map(mark).collect()
    }
}

/// `/domains/new`
#[derive(Debug, Template)]
#[template(path = "pages/domains/new.html")]
pub struct NewDomainPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The name.
    pub name: TextField,
    /// What it is used for.
    pub domain_type: RadioGroup,
}

impl NewDomainPage {
    /// The form, with what was entered before and why it was refused.
    #[must_use]
    pub fn new(shell: Shell, name: &str, domain_type: &str, name_error: Option<String>) -> Self {
        Self {
            shell,
            name: TextField::new(InputKind::Text, "domain", "Domain name")
                .value(name)
                .placeholder("example.com")
                .hint("A sub-domain such as mail.example.com is a domain of its own.")
                .error(name_error)
                .required(),
            domain_type: RadioGroup::new("type", "What is it for?", type_choices())
                .choose(domain_type),
        }
    }
}

/// `/domains/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/domains/show.html")]
pub struct DomainPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its other pages.
    pub tabs: DomainTabs,
    /// Its id.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// What it is used for.
    pub type_label: &'static str,
    /// Verified as a whole.
    pub status: Chip,
    /// What the reader may do with it.
    pub reach: Reach,
    /// Catch-all, as shown.
    pub catch_all: &'static str,
    /// When it was added.
    pub created_at: Moment,
    /// Its records.
    pub records: DnsRecords,
}

/// `/domains/{id}/guest-links`
#[derive(Debug, Template)]
#[template(path = "pages/domains/guest_links.html")]
pub struct GuestLinksPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The links that are not over, newest first.
    pub rows: Vec<GuestLinkRow>,
    /// Makes one.
    pub form: GuestLinkForm,
}

/// A link that shows the domain's records.
#[derive(Debug)]
pub struct GuestLinkRow {
    /// Its id.
    pub id: String,
    /// For whom, or why.
    pub note: String,
    /// Who made it.
    pub maker: String,
    /// Its end.
    pub expires_at: Moment,
    /// When somebody last looked.
    pub opened_at: Option<Moment>,
    /// How often, looks within an hour once.
    pub views: u64,
    /// Whether it shows the domain now.
    pub status: Chip,
}

impl GuestLinkRow {
    fn title(&self) -> &str {
        if self.note.is_empty() {
            "Link without a note"
        } else {
            &self.note
        }
    }
}

/// Makes a link for a guest.
#[derive(Debug)]
pub struct GuestLinkForm {
    /// For whom.
    pub note: TextField,
    /// For how long.
    pub days: TextField,
}

impl GuestLinkForm {
    /// The form with what was entered and what is wrong with it.
    #[must_use]
    pub fn new(
        note: &str,
        days: &str,
        note_error: Option<String>,
        days_error: Option<String>,
    ) -> Self {
        Self {
            note: TextField::new(InputKind::Text, "note", "For whom")
                .value(note)
                .hint("So that you know it again, such as the name of their DNS administrator.")
                .error(note_error),
            days: TextField::new(InputKind::Text, "days", "Days it works")
                .value(days)
                .hint("1 to 90.")
                .error(days_error),
        }
    }
}

/// A link just made, shown once.
#[derive(Debug, Template)]
#[template(path = "pages/domains/guest_link.html")]
pub struct GuestLinkPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub link: Copy,
    /// Its end.
    pub expires_at: Moment,
}

/// `/guest/{token}`: open to whoever has the link.
#[derive(Debug, Template)]
#[template(path = "pages/guest.html")]
pub struct GuestPage {
    /// The domain.
    pub domain: String,
    /// What was just done.
    pub notice: Option<Notice>,
    /// Its records.
    pub records: DnsRecords,
    /// Until when the link works.
    pub expires_at: Moment,
}
