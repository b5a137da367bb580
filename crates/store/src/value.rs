//! Parameters: the four kinds of value both engines keep the same way.
//!
//! Ids, words, names and JSON are text; instants are whole microseconds; flags are booleans. A NULL
//! keeps its kind, because PostgreSQL does not take a text NULL for a BIGINT.

use postscale_model as model;

/// One parameter of a statement, or one column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `TEXT`
    Text(Option<String>),
    /// `BIGINT`
    Int(Option<i64>),
    /// `BOOLEAN`
    Bool(Option<bool>),
    /// `BYTEA`
    Blob(Option<Vec<u8>>),
}

impl Value {
    /// Whether this is a NULL of any kind.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(
            self,
            Self::Text(None) | Self::Int(None) | Self::Bool(None) | Self::Blob(None)
        )
    }
}

/// Builds the parameter list of a statement: `params![id, name, None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

macro_rules! values {
    ($($kind:ident($from:ty) = |$v:ident| $into:expr;)+) => {$(
        impl From<$from> for Value {
            fn from($v: $from) -> Self { Self::$kind(Some($into)) }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self { Self::$kind(value.map(|$v| $into)) }
        }
    )+};
}

values! {
    Text(&str) = |v| v.to_owned();
    Text(String) = |v| v;
    Text(&String) = |v| v.clone();
    Int(i64) = |v| v;
    Int(i32) = |v| v.into();
    Int(u32) = |v| v.into();
    Int(u16) = |v| v.into();
    Int(u8) = |v| v.into();
    Bool(bool) = |v| v;
    Blob(Vec<u8>) = |v| v;
    Blob(&Vec<u8>) = |v| v.clone();
    Blob(&[u8]) = |v| v.to_vec();
    Blob(model::TokenHash) = |v| v.as_bytes().to_vec();
    Blob(&model::TokenHash) = |v| v.as_bytes().to_vec();
    Int(model::Timestamp) = |v| v.micros();
    Text(&serde_json::Value) = |v| v.to_string();
    Text(serde_json::Value) = |v| v.to_string();
}

macro_rules! written {
    ($($name:ident)+) => {$(
        values! {
            Text(model::$name) = |v| v.to_string();
            Text(&model::$name) = |v| v.to_string();
        }
    )+};
}

written! {
    OrganizationId PersonId UserId SessionId InvitationId ApiKeyId DomainId DkimKeyId EmailId
    RecipientId EventId InboundEmailId AttachmentId AliasId ContactId WebhookId DeliveryId DeliveryAttemptId
    JobId SystemEmailId AuditEntryId EmailChallengeId GuestLinkId RuleId
    DmarcReportId TlsReportId ReportMailId
}
written! { Address Mailbox DomainName HostName Selector }
written! {
    InboundAction RuleActionKind RuleMatch
    AliasAction AuditAction AuditActorKind AuditOutcome AuthVerdict BounceType Breakdown Capability CheckStatus DeliveryStatus DkimAlgorithm
    DkimStatus DmarcDisposition DomainType EmailChallengeKind EmailStatus Environment EventType InboundStatus InvitationState Isp KeyScope
    Level MtaStsMode ProviderPlace Purpose RecipientKind ReportProblem Role UserStatus WarmingEvent WarmingPhase WebhookEvent
}
