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
    }
}

impl Purpose {
    /// What people call the record.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ownership => "Ownership",
            Self::Mx => "MX",
            Self::Spf => "SPF",
            Self::Dkim => "DKIM",
            Self::Dmarc => "DMARC",
            Self::ReturnPath => "Return-Path",
        }
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
    /// Whether a purpose is verified.
    #[must_use]
    pub const fn has_verified(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Ownership => self.ownership_verified,
            Purpose::Mx => self.mx_verified,
            Purpose::Spf => self.spf_verified,
            Purpose::Dkim => self.dkim_verified,
            Purpose::Dmarc => self.dmarc_verified,
            Purpose::ReturnPath => self.return_path_verified,
        }
    }

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

words! {
    /// What is to be done about a record, or worth knowing of it, in a word.
    pub enum AdviceCode {
        /// Nothing is there: publish the record.
        Publish = "publish",
        /// DNS did not answer; it is asked again.
        Unknown = "unknown",
        /// Something else is there: replace it.
        Replace = "replace",
        /// The provider appended the domain to a name that was complete.
        NameDoubled = "name_doubled",
        /// The record stands at another name.
        NameWrong = "name_wrong",
        /// Quotation marks or backslashes became part of the value.
        Quoted = "quoted",
        /// An alias leads to a name without the record.
        AliasDangling = "alias_dangling",
        /// An alias leads back to itself.
        AliasLoop = "alias_loop",
        /// The provider publishes addresses in place of an alias.
        AliasFlattened = "alias_flattened",
        /// Mail goes to another mailbox provider.
        MxProvider = "mx_provider",
        /// Mail goes to other hosts.
        MxElsewhere = "mx_elsewhere",
        /// Other hosts take mail as well.
        MxShared = "mx_shared",
        /// The domain says that it takes no mail.
        MxNull = "mx_null",
        /// A policy is there that lacks us: merge.
        SpfMerge = "spf_merge",
        /// Several policies, which make none: merge them.
        SpfSeveral = "spf_several",
        /// The policy lets everybody send.
        SpfPassAll = "spf_pass_all",
        /// The policy says nothing of everybody else.
        SpfNeutralAll = "spf_neutral_all",
        /// The policy uses `ptr`, which receivers may ignore.
        SpfPtr = "spf_ptr",
        /// More look-ups than receivers make.
        SpfLookups = "spf_lookups",
        /// More look-ups without an answer than receivers accept.
        SpfVoidLookups = "spf_void_lookups",
        /// The policy includes itself.
        SpfLoop = "spf_loop",
        /// The policy includes a name without a policy.
        SpfIncludeMissing = "spf_include_missing",
        /// The policy has a term nobody knows.
        SpfSyntax = "spf_syntax",
        /// Another key is published.
        DkimOtherKey = "dkim_other_key",
        /// The published key is empty, which revokes it.
        DkimRevoked = "dkim_revoked",
        /// The published key is cut off.
        DkimTruncated = "dkim_truncated",
        /// The published key is said to be of another kind.
        DkimKeyType = "dkim_key_type",
        /// Several keys at one name, which make none.
        DkimSeveral = "dkim_several",
        /// The published key is said to be on trial.
        DkimTesting = "dkim_testing",
        /// The policy of the organizational domain applies.
        DmarcInherited = "dmarc_inherited",
        /// Several policies, which make none.
        DmarcSeveral = "dmarc_several",
        /// The record says no policy.
        DmarcPolicy = "dmarc_policy",
        /// The policy asks for nothing.
        DmarcNone = "dmarc_none",
        /// Reports do not come here.
        DmarcReports = "dmarc_reports",
    }
}

/// What is to be done about a record, or worth knowing of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Advice {
    /// In a word.
    pub code: AdviceCode,
    /// In a sentence or two.
    pub text: String,
    /// The exact value to publish, when there is one.
    pub value: Option<String>,
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
    /// What to do about it, most important first.
    pub advice: Vec<Advice>,
    /// DNS look-ups receivers make for the SPF policy that is published or asked for.
    pub spf_lookups: Option<u32>,
    /// When.
    pub checked_at: Timestamp,
}
