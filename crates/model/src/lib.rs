//! The nouns of Postscale: ids, addresses, domain names, selectors, envelopes and states.
//!
//! This crate knows no I/O, no policy, no database and no wire format of any API. Every other
//! crate may use it; it uses none of them.
#![warn(missing_docs)]

mod address;
mod alias;
mod api_key;
mod audit;
mod contact;
mod day;
mod dkim_key;
mod dmarc;
mod domain;
mod domain_name;
mod email;
mod email_challenge;
mod guest_link;
mod id;
mod inbound_email;
mod invalid;
mod isp;
pub mod job;
mod month;
mod organization;
mod plan;
mod rule;
mod selector;
mod session;
mod sources;
mod stats;
mod timestamp;
mod token_hash;
mod user;
mod warming;
mod webhook;
mod word;

pub use address::{Address, AddressError, Mailbox};
pub use alias::{Alias, AliasAction};
pub use api_key::{ApiKey, ApiKeyDomain, Capability, KeyScope};
pub use audit::{
    AuditAction, AuditActions, AuditActorKind, AuditEntry, AuditEvent, AuditOutcome, AuditTarget,
    Audited,
};
pub use contact::Contact;
pub use day::{Day, Hour};
pub use dkim_key::{DKIM_RETIRING, DkimAlgorithm, DkimKey, DkimStatus};
pub use dmarc::{
    DkimSeen, DmarcDetails, DmarcDisposition, DmarcRecord, DmarcReport, DmarcTotals,
    OverrideReason, PublishedPolicy, ReportProblem, SpfSeen, TlsFailure, TlsPolicy, TlsReport,
    UnreadReport,
};
pub use domain::{
    Advice, AdviceCode, CheckStatus, Domain, DomainCheck, DomainType, MtaStsMode, MtaStsPolicy,
    Purpose,
};
pub use domain_name::{DomainName, DomainNameError, HostName};
pub use email::{
    BounceType, Email, EmailEvent, EmailStatus, Environment, EventType, Recipient, RecipientKind,
    RemoteReply, is_tag,
};
pub use email_challenge::{EmailChallenge, EmailChallengeKind};
pub use guest_link::GuestLink;
pub use id::*;
pub use inbound_email::{
    AppliedRule, Attachment, AuthVerdict, InboundAction, InboundEmail, InboundStatus, MessageHeader,
};
pub use invalid::Invalid;
pub use isp::Isp;
pub use month::Month;
pub use organization::{Organization, Person};
pub use plan::{Overage, Plan, Plans, RETENTION_DAYS, UNLIMITED};
pub use rule::{
    InboundRule, RuleAction, RuleActionKind, RuleComparator, RuleCondition, RuleField, RuleMatch,
    RuleOutcome,
};
pub use selector::{Selector, SelectorError};
pub use session::Session;
pub use sources::{Clock, Random, Sources};
pub use stats::{Breakdown, Counts, Rate};
pub use timestamp::Timestamp;
pub use token_hash::TokenHash;
pub use user::{Grant, Invitation, InvitationState, Level, Role, User, UserStatus};
pub use warming::{
    Allowance, Obstacle, ProviderAllowance, ProviderPlace, ProviderShare, ProviderShares,
    SendingLimit, SentSince, SentSoFar, UNLIMITED_SENDS, WarmingEvent, WarmingLimits, WarmingPhase,
    WarmingPlan, WarmingWindow, leaves_more_room,
};
pub use webhook::{DeliveryStatus, Webhook, WebhookAttempt, WebhookDelivery, WebhookEvent};
pub use word::{UnknownWord, Word};
