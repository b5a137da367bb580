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
            Self::MtaSts => "MTA-STS",
            Self::MtaStsHost => "MTA-STS host",
            Self::TlsRpt => "TLS reports",
            Self::Bimi => "BIMI",
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
    /// How much it may send is limited, because it is new.
    pub is_warming: bool,
    /// While it is, single providers get no more than a share of its mail.
    pub has_provider_shares: bool,
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

    /// A domain that was just registered: active, without any option, and nothing seen of it. The
    /// tokens are those of ownership and of its DMARC reports.
    #[must_use]
    pub fn registered(
        (id, organization_id): (DomainId, OrganizationId),
        name: DomainName,
        domain_type: DomainType,
        [ownership_token, dmarc_token]: [String; 2],
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organization_id,
            name,
            domain_type,
            active: true,
            catch_all_enabled: false,
            open_tracking: false,
            click_tracking: false,
            is_warming: false,
            has_provider_shares: false,
            dkim_rotation_days: None,
            mta_sts: MtaStsPolicy::default(),
            ownership_token,
            dmarc_token,
            verified: false,
            ownership_verified: false,
            mx_verified: false,
            spf_verified: false,
            dkim_verified: false,
            dmarc_verified: false,
            return_path_verified: false,
            last_dns_check: None,
            verified_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The instance's shared domain of masked addresses as one organization sees it. It has no row:
    /// nothing is verified of it and nothing of it can be changed.
    #[must_use]
    pub fn shield(organization_id: OrganizationId, name: DomainName, at: Timestamp) -> Self {
        let whose = (DomainId::SHIELD, organization_id);
        Self::registered(whose, name, DomainType::Alias, Default::default(), at)
    }

    /// Whether a record of the domain was seen, by the domain's flags.
    #[must_use]
    pub const fn has_verified(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Ownership => self.ownership_verified,
            Purpose::Mx => self.mx_verified,
            Purpose::Spf => self.spf_verified,
            Purpose::Dkim => self.dkim_verified,
            Purpose::Dmarc => self.dmarc_verified,
            Purpose::ReturnPath => self.return_path_verified,
            // Nothing depends on these; the last look alone says whether they are there.
            Purpose::MtaSts | Purpose::MtaStsHost | Purpose::TlsRpt | Purpose::Bimi => false,
        }
    }

    /// Whether everything its type requires was seen.
    #[must_use]
    pub fn has_required(&self) -> bool {
        let mut required = self.required().iter();
        required.all(|purpose| self.has_verified(*purpose))
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
        /// Several records of a kind there can be only one of.
        PolicySeveral = "policy_several",
        /// The record has the identifier of another MTA-STS policy than the one served.
        MtaStsId = "mta_sts_id",
        /// The record does not say where reports of failed encryption go.
        TlsRptReports = "tls_rpt_reports",
        /// The record names no logo.
        BimiLogo = "bimi_logo",
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
