//! Why a use case did not do what was asked, by who must act.

use postscale_access::Denied;
use postscale_model::{Invalid, SendingLimit};
use postscale_store as store;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The gate said no, or could not be asked.
    #[error("access denied")]
    Denied(Denied<store::Error>),
    /// The input cannot be used. The client must change it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A rule of the product refuses what was asked.
    #[error("{0}")]
    Rule(#[from] Rule),
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Something of ours broke. Logged where it is handled; the client learns nothing.
    #[error("{0}")]
    Broken(String),
}

impl From<Denied<store::Error>> for Error {
    fn from(denied: Denied<store::Error>) -> Self {
        Self::Denied(denied)
    }
}

/// Rules of the product that can refuse a well-formed, permitted request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// 401: wrong address or password.
    #[error("The e-mail address or the password is wrong")]
    InvalidCredentials,
    /// 401: the password was right; a code of the second factor is due.
    #[error("A code of your second factor is required")]
    SecondFactorRequired,
    /// 401: the code is none of the second factor, or was used before.
    #[error("The code is wrong or was used before")]
    InvalidCode,
    /// 429: too many tries.
    #[error("Too many attempts; try again later")]
    TooManyAttempts {
        /// Seconds until the next try makes sense.
        retry_after_seconds: u64,
    },
    /// 429: too many invitations were mailed.
    #[error("Too many invitations were sent; try again later")]
    TooManyInvitations {
        /// Seconds until the next one may be.
        retry_after_seconds: u64,
    },
    /// 403: the cookie session did not prove that its own pages sent the request.
    #[error("The request does not carry the session's CSRF token")]
    Csrf,
    /// 403: the password was given too long ago for this.
    #[error("Confirm your password first; it was last given more than 10 minutes ago")]
    ReauthenticationRequired,
    /// 403: no domain the caller may write.
    #[error("You have no domain with read/write access")]
    NoWritableDomain,
    /// 403: the organization's plan has no more of them.
    #[error("Your plan includes {limit} {what}; remove one or change the plan")]
    PlanLimit {
        /// What there can be no more of, in the plural.
        what: &'static str,
        /// How many there can be.
        limit: u64,
    },
    /// 403: the month's messages are used up.
    #[error("Your plan includes {limit} messages a month, and this would be more")]
    QuotaReached {
        /// How many there can be.
        limit: u64,
    },
    /// 429: the sender domain is new and has sent what it may for now.
    #[error("{0}")]
    WarmingLimit(SendingLimit),
    /// 409: the domain has no plan that goes on by itself.
    #[error("The domain is not warming up: its warming has not started, or is over")]
    NotWarming,
    /// 403: the sender domain is not ready.
    #[error("The domain cannot send yet: {0}")]
    DomainNotReady(String),
    /// 409: the name is registered already.
    #[error("The domain is already registered")]
    DomainTaken,
    /// 409: the selector exists.
    #[error("The domain already has a key with this selector")]
    SelectorTaken,
    /// 409: so many keys of the domain are to be in DNS.
    #[error("The domain has too many DKIM keys in use; deactivate one first")]
    TooManyDkimKeys,
    /// 409: the DKIM key signs no more.
    #[error("The DKIM key is out of use or about to be; generate another one")]
    DkimKeyEnded,
    /// 409: another key waits to take over from this one.
    #[error(
        "The key {selector} waits to take over from this one already; publish its record, or deactivate it to begin anew"
    )]
    RotationUnderWay {
        /// Names the key that waits.
        selector: String,
    },
    /// 409: only keys that are out of use are deleted.
    #[error("The DKIM key is in use; deactivate it first")]
    DkimKeyInUse,
    /// 409: the alias exists.
    #[error("The domain already has this alias")]
    AliasTaken,
    /// 409: the only key that signs.
    #[error(
        "This is the only active key; mail could not be signed without it. Send \"confirm\": true to deactivate it anyway"
    )]
    LastSigningKey,
    /// 409: the message has left already.
    #[error("The message can no longer be canceled")]
    NotCancelable,
    /// 409: the key was revoked or is over.
    #[error("The key has ended; make a new one")]
    KeyEnded,
    /// 403: a secret is shown only to whom the key is bounded by.
    #[error("Only whoever made a key can be given its secret: revoke it and make another")]
    NotTheMaker,
    /// 409: a webhook cannot be tested without a domain.
    #[error("The webhook has no domain to speak of; register one first")]
    NoDomainToSpeakOf,
    /// 409: what a webhook would be told once more is no longer there.
    #[error("The message this delivery speaks of was deleted; it cannot be told again")]
    MessageGone,
    /// 409: the instance is set up.
    #[error("This instance is already set up")]
    AlreadySetUp,
    /// 409: nobody would be left who may do everything.
    #[error("An organization keeps at least one active owner")]
    LastOwner,
    /// 409: owners and admins reach every domain without grants.
    #[error(
        "Owners and admins have read/write access to every domain; only members have an access list"
    )]
    NotAMember,
    /// 409: the user may not sign in now.
    #[error("The user is deactivated")]
    UserDeactivated,
    /// 409: the person's address was never proven.
    #[error("The user's e-mail address is not verified")]
    EmailNotVerified,
    /// 409: the ownership was handed on by somebody else at the same time.
    #[error("The ownership changed meanwhile; look at the team again")]
    OwnershipChanged,
    /// 412: somebody else changed it since it was read.
    #[error("It was changed by somebody else meanwhile; nothing was saved")]
    ChangedMeanwhile,
    /// 409: the invited address belongs to an active user of the organization.
    #[error("This address already belongs to a member of the organization")]
    AlreadyMember,
    /// 409: the invited address belongs to a deactivated user of the organization.
    #[error("This address belongs to a deactivated user; reactivate the user instead")]
    InvitedDeactivated,
    /// 409: the invitation is no longer pending.
    #[error("The invitation is no longer pending")]
    InvitationOver,
    /// 409: the invited address has a login.
    #[error("This address already has a login; sign in first, then join")]
    SignInRequired,
    /// 409: somebody else is signed in than was invited.
    #[error("The invitation is for another address than the one you are signed in with")]
    WrongAccount,
    /// 409: so many codes were mailed for one link.
    #[error("No more codes can be sent for this invitation; ask for a new one")]
    TooManyCodes,
    /// 409: the domain has so many links for guests.
    #[error("The domain has too many guest links; revoke one first")]
    TooManyGuestLinks,
    /// 409: the domain has so many inbound rules.
    #[error(
        "The domain has 100 inbound rules, and each message is held against all of them; delete one first"
    )]
    TooManyRules,
    /// 409: the person has a second factor.
    #[error("You already have a second factor; remove it first")]
    SecondFactorExists,
    /// 409: there is no second factor, or none that is being set up.
    #[error("You have no second factor")]
    NoSecondFactor,
    /// 409: who wants everybody to have a second factor has none.
    #[error("You have no second factor yourself; set one up first")]
    OwnSecondFactorMissing,
    /// 409: the organization has or used more than the plan includes.
    #[error("This plan is too small for what the organization has: {}", .exceeds.join(", "))]
    PlanTooSmall {
        /// What there is too much of, each as `5 domains of 3`.
        exceeds: Vec<String>,
    },
    /// 403: the password was right, and every organization of the person's was deleted.
    #[error("The organization you belonged to was deleted; ask to be invited to another one")]
    OrganizationDeleted,
    /// 404: a sub-object that is not there.
    #[error("Not found")]
    NoSuchObject,
    /// 422: nobody left to send to.
    #[error("Every recipient is suppressed")]
    AllRecipientsSuppressed,
}
