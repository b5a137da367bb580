//! Chips: a state in one or two words, told by text and icon, not by colour alone.

use askama::Template;
use postscale_model::{
    AuthVerdict, CheckStatus, DeliveryStatus, DkimStatus, EmailStatus, Environment, InboundStatus,
};

use super::{Icon, component};

/// How a state feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Waiting or worth a look.
    Warn,
    /// Failed.
    Bad,
    /// Says nothing.
    Quiet,
    /// Under way.
    Busy,
}

impl Tone {
    /// The class of the style sheet.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
            Self::Busy => "busy",
        }
    }

    /// The icon that says the same to who cannot tell colours apart.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::Good => Icon::Check,
            Self::Warn => Icon::Warning,
            Self::Bad => Icon::Cross,
            Self::Quiet => Icon::Dot,
            Self::Busy => Icon::Clock,
        }
    }
}

/// A state in a word.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/chip.html")]
pub struct Chip {
    /// How it feels.
    pub tone: Tone,
    /// The word.
    pub text: String,
}
component!(Chip);

impl Chip {
    /// A chip of that tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
        }
    }

    /// The verdict of an authentication method, such as `SPF pass`.
    #[must_use]
    pub fn verdict(method: &str, verdict: AuthVerdict) -> Self {
        let tone = match verdict {
            AuthVerdict::Pass => Tone::Good,
            AuthVerdict::Fail | AuthVerdict::PermError => Tone::Bad,
            AuthVerdict::SoftFail | AuthVerdict::TempError => Tone::Warn,
            AuthVerdict::None | AuthVerdict::Neutral => Tone::Quiet,
        };
        Self::new(tone, format!("{method} {verdict}"))
    }

    /// Whether a domain is verified as a whole.
    #[must_use]
    pub fn domain(domain: &postscale_model::Domain) -> Self {
        if !domain.active {
            Self::new(Tone::Quiet, "Paused")
        } else if domain.verified {
            Self::new(Tone::Good, "Verified")
        } else {
            Self::new(Tone::Warn, "Not verified")
        }
    }

    /// How a domain does: as it should, with something to improve, or not at all.
    #[must_use]
    pub fn health(domain: &postscale_model::Domain) -> Self {
        use postscale_model::Purpose::{Dmarc, ReturnPath};
        let improvable = domain.domain_type.sends()
            && !(domain.has_verified(Dmarc) && domain.has_verified(ReturnPath));
        match domain {
            _ if !domain.active => Self::new(Tone::Quiet, "Paused"),
            _ if domain.verified && improvable => Self::new(Tone::Warn, "Works, can be better"),
            _ if domain.verified => Self::new(Tone::Good, "All good"),
            _ if domain.verified_at.is_some() => Self::new(Tone::Bad, "Verification lost"),
            _ => Self::new(Tone::Bad, "Not verified"),
        }
    }

    /// Where a received message is; a copy that a rule refused went nowhere.
    #[must_use]
    pub fn inbound(email: &postscale_model::InboundEmail) -> Self {
        if email.action == postscale_model::InboundAction::Reject {
            Self::new(Tone::Quiet, "Refused")
        } else {
            email.status.into()
        }
    }

    /// Whether something is switched on.
    #[must_use]
    pub fn active(active: bool) -> Self {
        if active {
            Self::new(Tone::Good, "Active")
        } else {
            Self::new(Tone::Quiet, "Paused")
        }
    }
}

impl From<EmailStatus> for Chip {
    fn from(status: EmailStatus) -> Self {
        let (tone, text) = match status {
            EmailStatus::Queued => (Tone::Busy, "Queued"),
            EmailStatus::Sending => (Tone::Busy, "Sending"),
            EmailStatus::Deferred => (Tone::Warn, "Deferred"),
            EmailStatus::Delivered => (Tone::Good, "Delivered"),
            EmailStatus::Bounced => (Tone::Bad, "Bounced"),
            EmailStatus::Complained => (Tone::Bad, "Complained"),
            EmailStatus::Suppressed => (Tone::Warn, "Suppressed"),
            EmailStatus::Canceled => (Tone::Quiet, "Canceled"),
            EmailStatus::Held => (Tone::Warn, "Held"),
            EmailStatus::Simulated => (Tone::Quiet, "Simulated"),
        };
        Self::new(tone, text)
    }
}

impl From<InboundStatus> for Chip {
    fn from(status: InboundStatus) -> Self {
        let (tone, text) = match status {
            InboundStatus::Received => (Tone::Busy, "Received"),
            InboundStatus::Processing => (Tone::Busy, "Processing"),
            InboundStatus::Delivered => (Tone::Good, "Delivered"),
            InboundStatus::Failed => (Tone::Bad, "Failed"),
        };
        Self::new(tone, text)
    }
}

impl From<DeliveryStatus> for Chip {
    fn from(status: DeliveryStatus) -> Self {
        let (tone, text) = match status {
            DeliveryStatus::Pending => (Tone::Busy, "Pending"),
            DeliveryStatus::Delivered => (Tone::Good, "Delivered"),
            DeliveryStatus::Retrying => (Tone::Warn, "Retrying"),
            DeliveryStatus::Failed => (Tone::Bad, "Failed"),
        };
        Self::new(tone, text)
    }
}

impl From<DkimStatus> for Chip {
    fn from(status: DkimStatus) -> Self {
        let (tone, text) = match status {
            DkimStatus::Pending => (Tone::Busy, "Waiting for its record"),
            DkimStatus::Active => (Tone::Good, "Signing"),
            DkimStatus::Retiring => (Tone::Warn, "Retiring"),
            DkimStatus::Inactive => (Tone::Quiet, "Inactive"),
        };
        Self::new(tone, text)
    }
}

impl From<CheckStatus> for Chip {
    fn from(status: CheckStatus) -> Self {
        let (tone, text) = match status {
            CheckStatus::Verified => (Tone::Good, "Verified"),
            CheckStatus::Missing => (Tone::Bad, "Missing"),
            CheckStatus::Mismatch => (Tone::Warn, "Different value"),
            CheckStatus::Unchecked => (Tone::Quiet, "Not checked yet"),
            CheckStatus::Unknown => (Tone::Warn, "Could not be looked up"),
        };
        Self::new(tone, text)
    }
}

impl From<Environment> for Chip {
    fn from(environment: Environment) -> Self {
        match environment {
            Environment::Live => Self::new(Tone::Good, "Live"),
            Environment::Test => Self::new(Tone::Quiet, "Test"),
        }
    }
}
