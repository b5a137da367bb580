//! Registered domains and what DNS says of them.

use crate::word::words;
use crate::{DomainId, DomainName, OrganizationId, Timestamp};

words! {
    /// What a domain is used for; decides which records it needs (api.md's table of types).
    pub enum DomainType {
        /// Receives mail.
        Inbound = "inbound",
        /// Sends mail.
        Outbound = "outbound",
        /// Sends and receives.
        Both = "both",
        /// Receives mail for aliases only.
        Alias = "alias",
    }
}

impl DomainType {
    /// Whether mail may be sent from it.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::Outbound | Self::Both)
    }
    /// Whether mail may be received for it.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::Inbound | Self::Both | Self::Alias)
    }
}

words! {
    /// Which record of a domain.
    pub enum Purpose {
        /// `_postscale.` TXT that proves control.
        Ownership = "ownership",
        /// MX of the name itself.
        Mx = "mx",
        /// SPF policy (RFC 7208).
        Spf = "spf",
        /// DKIM key record (RFC 6376).
        Dkim = "dkim",
        /// DMARC policy (RFC 9989).
        Dmarc = "dmarc",
        /// `ps-bounces.` CNAME for delayed bounces.
        ReturnPath = "return_path",
        /// `_mta-sts.` TXT that says which MTA-STS policy is current (RFC 8461).
        MtaSts = "mta_sts",
        /// `mta-sts.` host the policy is served at.
        MtaStsHost = "mta_sts_host",
        /// `_smtp._tls.` TXT that says where reports of failed encryption go (RFC 8460).
        TlsRpt = "tls_rpt",
        /// `default._bimi.` TXT that names a logo.
        Bimi = "bimi",
    }
}

words! {
    /// What a look-up of a record said.
    pub enum CheckStatus {
        /// As asked for.
        Verified = "verified",
        /// Nothing there.
        Missing = "missing",
        /// Something else is there.
        Mismatch = "mismatch",
        /// Never looked up.
        Unchecked = "unchecked",
        /// The look-up itself failed; says nothing about the record.
        Unknown = "unknown",
    }
}

words! {
    /// What senders do when a domain's exchanger has no trusted TLS (RFC 8461 §5).
    pub enum MtaStsMode {
        /// No policy.
        None = "none",
        /// They deliver all the same and report it.
        Testing = "testing",
        /// They do not deliver.
        Enforce = "enforce",
    }
}

/// The MTA-STS policy of a domain that receives (RFC 8461).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MtaStsPolicy {
    /// What is asked of senders.
    pub mode: MtaStsMode,
    /// How long senders keep it.
    pub max_age_seconds: u32,
}

impl MtaStsPolicy {
    /// Seconds senders keep it at least: an hour, so that a mistake can be undone.
    pub const MAX_AGE_MIN: u32 = 3600;
    /// Seconds senders keep it at most (RFC 8461 §3.2).
    pub const MAX_AGE_MAX: u32 = 31_557_600;
}

impl Default for MtaStsPolicy {
    fn default() -> Self {
        Self {
            mode: MtaStsMode::None,
            max_age_seconds: 7 * 24 * 3600,
        }
    }
}

/// A domain somebody registered in an organization.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Random, never reused, not even for the same name.
    pub id: DomainId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The name.
    pub name: DomainName,
    /// What it is used for.
    pub domain_type: DomainType,
    /// `false` pauses it.
    pub active: bool,
    /// Mail for unknown local parts is accepted.
    pub catch_all_enabled: bool,
    /// Open tracking switched on.
    pub open_tracking: bool,
    /// Click tracking switched on.
    pub click_tracking: bool,
    /// Days between rotations of its DKIM keys that happen by themselves.
    pub dkim_rotation_days: Option<u16>,
    /// Its MTA-STS policy.
    pub mta_sts: MtaStsPolicy,
    /// 32 hexadecimal digits of the ownership record.
    pub ownership_token: String,
    /// Local part of the domain's own DMARC report address.
    pub dmarc_token: String,
    /// Ownership proven and everything its type requires present.
    pub verified: bool,
    /// Ownership record seen.
    pub ownership_verified: bool,
    /// MX seen.
    pub mx_verified: bool,
    /// SPF seen.
    pub spf_verified: bool,
    /// An active DKIM key's record seen.
    pub dkim_verified: bool,
    /// DMARC seen.
    pub dmarc_verified: bool,
    /// Return-path CNAME seen.
    pub return_path_verified: bool,
    /// Last complete check.
    pub last_dns_check: Option<Timestamp>,
    /// When `verified` last became true.
    pub verified_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

impl Domain {
    /// Fewest days between rotations of DKIM keys: longer than replaced keys retire.
    pub const ROTATION_DAYS_MIN: u16 = 30;
    /// Most days between them.
    pub const ROTATION_DAYS_MAX: u16 = 730;

    /// The purposes that must be verified for this domain's type.
    #[must_use]
    pub fn required(&self) -> &'static [Purpose] {
        match self.domain_type {
            DomainType::Outbound => &[Purpose::Ownership, Purpose::Spf, Purpose::Dkim],
            DomainType::Inbound | DomainType::Alias => &[Purpose::Ownership, Purpose::Mx],
            DomainType::Both => &[Purpose::Ownership, Purpose::Mx, Purpose::Spf, Purpose::Dkim],
        }
    }
}

/// The last look-up of one record of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainCheck {
    /// Which record.
    pub purpose: Purpose,
    /// What it said.
    pub status: CheckStatus,
    /// The values found, as text.
    pub found: Vec<String>,
    /// When.
    pub checked_at: Timestamp,
}
