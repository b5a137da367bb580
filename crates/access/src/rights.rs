//! What the gate needs from storage. Only `store` implements it.

use postscale_model::{
    Alias, AliasId, ApiKey, ApiKeyId, Audited, Domain, DomainId, DomainName, Email, EmailId,
    InboundEmail, InboundEmailId, Level, OrganizationId, Timestamp, TokenHash, User, UserId,
    Webhook, WebhookId,
};

use crate::{Actor, Caller, Denial, Identity};

/// A row that has been loaded but not yet been asked about. Opaque outside this crate.
#[derive(Debug)]
pub struct Unchecked<T>(pub(crate) T);

impl<T> Unchecked<T> {
    /// Seals a loaded row until the gate has decided.
    pub fn seal(row: T) -> Self {
        Self(row)
    }
}

/// How a request names a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainRef {
    /// By id.
    Id(DomainId),
    /// By name, inside the caller's organization.
    Name(DomainName),
    /// By something that can name none: exactly as absent as an unknown id.
    Nothing,
}

impl DomainRef {
    /// Reads a path segment: an id or a name.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Ok(id) = text.parse() {
            Self::Id(id)
        } else {
            text.parse().map_or(Self::Nothing, Self::Name)
        }
    }
}
impl From<DomainId> for DomainRef {
    fn from(id: DomainId) -> Self {
        Self::Id(id)
    }
}

/// How a principal stands towards one domain, as stored now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whose domain it is.
    pub organization: OrganizationId,
    /// The unexpired grant of the user (for a key: of its creator) on it.
    pub grant: Option<Level>,
    /// For a key that lists domains: whether it lists this one.
    pub in_key_scope: bool,
}

/// How a principal stands towards something that belongs to domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standings {
    /// It belongs to one domain.
    One(Standing),
    /// It belongs to these domains; never empty.
    All(Vec<Standing>),
    /// It belongs to the organization as a whole.
    Organization(OrganizationId),
}

/// The domain a guest link shows, and who made the link.
#[derive(Debug)]
pub struct GuestView {
    /// The maker, as a person.
    pub maker: Identity,
    /// The domain.
    pub domain: Unchecked<Domain>,
    /// How the maker stands towards it.
    pub standing: Standing,
}

/// Something that can be addressed by id and belongs to one or several domains.
pub trait OfDomain: Audited + Send {
    /// Its id.
    type Id: Copy + Send + Sync;
}
macro_rules! of_domain {
    ($($row:ty: $id:ty,)+) => {$( impl OfDomain for $row { type Id = $id; } )+};
}
of_domain! {
    Email: EmailId,
    InboundEmail: InboundEmailId,
    Alias: AliasId,
    Webhook: WebhookId,
}

/// Reads rights, in the transaction that does the work.
pub trait Rights: Send {
    /// Why storage could not answer.
    type Error: Send;

    /// Whom the caller's credential stands for, if it is known, unexpired, unrevoked, its user
    /// active and, for a key, the caller's address one it may be used from.
    fn identify(
        &mut self,
        caller: &Caller,
    ) -> impl Future<Output = Result<Option<Identity>, Self::Error>> + Send;

    /// The domain and how the actor stands towards it, by one indexed read.
    fn domain(
        &mut self,
        actor: &Actor,
        domain: &DomainRef,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<(Unchecked<Domain>, Standing)>, Self::Error>> + Send;

    /// What a live guest link shows; nothing while its maker is not active.
    fn guest(
        &mut self,
        token: &TokenHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<GuestView>, Self::Error>> + Send;

    /// A user by id.
    fn user(
        &mut self,
        id: UserId,
    ) -> impl Future<Output = Result<Option<Unchecked<User>>, Self::Error>> + Send;

    /// Takes note of a refusal, for the log; writes nothing.
    fn refused(&mut self, denial: &Denial<'_>, now: Timestamp);

    /// An API key by id.
    fn api_key(
        &mut self,
        id: ApiKeyId,
    ) -> impl Future<Output = Result<Option<Unchecked<ApiKey>>, Self::Error>> + Send;
}

/// Reads one kind of thing that belongs to domains, with how the actor stands towards them.
pub trait Stored<T: OfDomain>: Rights {
    /// The row, if there is one.
    fn stored(
        &mut self,
        actor: &Actor,
        id: T::Id,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<(Unchecked<T>, Standings)>, Self::Error>> + Send;
}
