//! What surrounds every page of a signed-in person.

use super::{Icon, Notice};

/// Light, dark, or what the reader's system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every theme.
    pub const ALL: &'static [Self] = &[Self::System, Self::Light, Self::Dark];

    /// The word in the cookie `theme` and in `data-theme`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
    /// The theme of a cookie's value; anything unknown is the system's.
    #[must_use]
    pub fn from_cookie(value: &str) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|theme| theme.as_str() == value)
            .unwrap_or_default()
    }
    /// The name of its button.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System theme",
            Self::Light => "Light theme",
            Self::Dark => "Dark theme",
        }
    }
    /// The icon of its button.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::System => Icon::Screen,
            Self::Light => Icon::Sun,
            Self::Dark => Icon::Moon,
        }
    }
}

/// The rooms of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `/domains`
    Domains,
    /// `/emails`
    Emails,
    /// `/inbound`
    Inbound,
    /// `/stats`
    Stats,
    /// `/aliases`
    Aliases,
    /// `/webhooks`
    Webhooks,
    /// `/api-keys`
    ApiKeys,
    /// `/team`, for owners and admins
    Team,
    /// `/audit`, for owners and admins
    Audit,
    /// `/settings`, for owners and admins
    Settings,
    /// `/billing`, for owners
    Billing,
    /// `/account`
    Account,
    /// `/dev/mail`, only in `dev`
    CaughtMail,
}

impl Section {
    const fn item(self) -> (&'static str, &'static str, Icon) {
        match self {
            Self::Domains => ("/domains", "Domains", Icon::Domains),
            Self::Emails => ("/emails", "E-mails", Icon::Emails),
            Self::Inbound => ("/inbound", "Inbound", Icon::Inbound),
            Self::Stats => ("/stats", "Statistics", Icon::Stats),
            Self::Aliases => ("/aliases", "Aliases", Icon::Aliases),
            Self::Webhooks => ("/webhooks", "Webhooks", Icon::Webhooks),
            Self::ApiKeys => ("/api-keys", "API keys", Icon::ApiKeys),
            Self::Team => ("/team", "Team", Icon::Team),
            Self::Audit => ("/audit", "Audit log", Icon::Audit),
            Self::Settings => ("/settings", "Settings", Icon::Settings),
            Self::Billing => ("/billing", "Billing", Icon::Billing),
            Self::Account => ("/account", "Account", Icon::Account),
            Self::CaughtMail => ("/dev/mail", "Caught mail", Icon::Caught),
        }
    }
}

/// One link of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct NavItem {
    /// Where to.
    pub href: &'static str,
    /// Its text.
    pub label: &'static str,
    /// Its icon.
    pub icon: Icon,
    /// Whether the page shown is in there.
    pub current: bool,
}

/// Another organization of the person.
#[derive(Debug, Clone)]
pub struct OrganizationChoice {
    /// Its id, sent to switch.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What surrounds a page: who is signed in, where, and what was just done.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The room the page is in.
    pub section: Section,
    /// Name of the current organization.
    pub organization: String,
    /// The person's other organizations.
    pub other_organizations: Vec<OrganizationChoice>,
    /// The person's name.
    pub person: String,
    /// The person's address.
    pub email: String,
    /// Role in the current organization, as shown.
    pub role: &'static str,
    /// Whether the reader manages the organization: is its owner or admin.
    pub is_manager: bool,
    /// Whether the reader owns the organization.
    pub is_owner: bool,
    /// Proof against forged posts, in every form.
    pub csrf: String,
    /// The theme chosen.
    pub theme: Theme,
    /// The page's own address, to come back to.
    pub path: String,
    /// The mail catcher exists (`dev` only).
    pub has_caught_mail: bool,
    /// What was just done.
    pub notice: Option<Notice>,
}

impl Shell {
    /// The links of the navigation.
    #[must_use]
    pub fn navigation(&self) -> Vec<NavItem> {
        use Section::{
            Account, Aliases, ApiKeys, Audit, Billing, CaughtMail, Domains, Emails, Inbound,
            Settings, Stats, Team, Webhooks,
        };
        let mut rooms = vec![Domains, Emails, Inbound, Stats, Aliases, Webhooks, ApiKeys];
        if self.is_manager {
            rooms.extend([Team, Audit, Settings]);
        }
        if self.is_owner {
            rooms.push(Billing);
        }
        rooms.push(Account);
        if self.has_caught_mail {
            rooms.push(CaughtMail);
        }
        rooms
            .into_iter()
            .map(|room| {
                let (href, label, icon) = room.item();
                NavItem {
                    href,
                    label,
                    icon,
                    current: room == self.section,
                }
            })
            .collect()
    }
}
