//! Identifiers. Each kind is its own type; the text form is a lower-case UUID.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);
        impl $name {
            /// Wraps a UUID. Make new ones with [`Sources::id`](crate::Sources::id).
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            /// The UUID inside.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid { self.0 }
        }
        impl From<Uuid> for $name { fn from(uuid: Uuid) -> Self { Self(uuid) } }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.as_hyphenated().fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            /// Accepts only the 36-character hyphenated form, in either case.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if text.len() == 36 { text.parse().map(Self) } else { Err("x".parse::<Uuid>().expect_err("BUG: x is no UUID")) }
            }
        }
    )+};
}

impl DomainId {
    /// The instance's shared domain of masked addresses, which belongs to no organization and has no
    /// row: what aliases there receive and send carries this id.
    pub const SHIELD: Self = Self(Uuid::from_u128(0x5817_e1d0_0000_4000_8000_0000_0000_0001));
}

ids! {
    /// An organization: the tenant.
    OrganizationId;
    /// A person: one login.
    PersonId;
    /// A user: one person's membership in one organization.
    UserId;
    /// A browser session of a person.
    SessionId;
    /// An invitation to join an organization.
    InvitationId;
    /// An API key, which is also an SMTP password.
    ApiKeyId;
    /// A registered domain. Never reused.
    DomainId;
    /// A DKIM key pair of a domain.
    DkimKeyId;
    /// A message accepted for sending.
    EmailId;
    /// One recipient of a message accepted for sending: one row of the queue.
    RecipientId;
    /// Something that happened to a sent message.
    EventId;
    /// A received message.
    InboundEmailId;
    /// An attachment of a received message.
    AttachmentId;
    /// An alias: a receiving address of a domain.
    AliasId;
    /// An inbound rule of a domain.
    RuleId;
    /// Somebody an alias corresponds with.
    ContactId;
    /// A webhook endpoint.
    WebhookId;
    /// One event owed to one webhook endpoint.
    DeliveryId;
    /// One try of a webhook delivery.
    DeliveryAttemptId;
    /// A row of the job table.
    JobId;
    /// A message of the system itself.
    SystemEmailId;
    /// An entry of the audit log.
    AuditEntryId;
    /// A link that shows a domain's records to somebody without an account.
    GuestLinkId;
    /// Something mailed to prove an address.
    EmailChallengeId;
    /// A kept DMARC aggregate report.
    DmarcReportId;
    /// A kept report about TLS.
    TlsReportId;
    /// Mail to a report address that waits to be read, or could not be.
    ReportMailId;
}
