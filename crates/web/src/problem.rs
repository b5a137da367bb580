//! The one error of both surfaces. It travels as a response extension; the surface's outer layer
//! renders it as JSON or as a page, so that the same refusal cannot read differently by accident.

use std::{collections::BTreeMap, fmt::Display};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use postscale_access::{Denied, Reason, Refusal};
use postscale_actions::{Error, Rule};
use postscale_model::{Invalid, SendingLimit};
use postscale_store as store;

/// What the client is told. What the log is told is logged where the problem is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Machine-readable code.
    pub code: &'static str,
    /// One sentence for a person.
    pub message: String,
    /// Field → what is wrong with it.
    pub fields: BTreeMap<String, String>,
    /// `Retry-After` in seconds.
    pub retry_after_seconds: Option<u64>,
    /// The limit of a new sender that was reached, which the public contract has members of its own
    /// for.
    pub sending_limit: Option<Box<SendingLimit>>,
}

/// How a problem travels to the layer that renders it.
#[derive(Debug, Clone)]
pub struct ProblemExtension(pub Problem);

impl Problem {
    /// A problem with that status, code and message.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let fields = BTreeMap::new();
        Self {
            status,
            code,
            message: message.into(),
            fields,
            retry_after_seconds: None,
            sending_limit: None,
        }
    }
    /// 401, one body for every cause.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Missing or invalid credentials",
        )
    }
    /// 404, one body for everything that is not there or not to be seen.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found")
    }
    /// 405.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
        )
    }
    /// 403 for a cookie session's unsafe request that does not prove its origin.
    #[must_use]
    pub fn csrf() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "The request does not carry the session's CSRF token",
        )
    }
    /// 413.
    #[must_use]
    pub fn payload_too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            "The request body is too large",
        )
    }
    /// 415.
    #[must_use]
    pub fn unsupported_media_type(wanted: &str) -> Self {
        let message = format!("Content-Type must be {wanted}");
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            message,
        )
    }
    /// 500, which says nothing; the cause goes to the log.
    #[must_use]
    pub fn internal(cause: impl Display) -> Self {
        tracing::error!(cause = %cause, "a request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something went wrong on our side",
        )
    }
    /// 503 with `Retry-After`.
    #[must_use]
    pub fn unavailable(cause: impl Display) -> Self {
        tracing::warn!(cause = %cause, "a request could not be served for now");
        let message = "The service is temporarily unavailable; try again shortly";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message);
        Self {
            retry_after_seconds: Some(2),
            ..problem
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(ProblemExtension(self));
        response
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, invalid.code, invalid.message);
        Self {
            fields: invalid.fields,
            ..problem
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let reason = match refusal {
            Refusal::Unauthenticated => return Self::unauthorized(),
            Refusal::Invisible => return Self::not_found(),
            Refusal::Forbidden(reason) => reason,
        };
        let message = match reason {
            Reason::Role => "Your role does not permit this",
            Reason::SecondFactorDue => {
                "Your organization requires a second factor; set one up first"
            }
            Reason::Capability => "The API key does not permit this",
            Reason::SessionRequired => "Only a signed-in person may do this, not an API key",
            Reason::DomainNotWritable => "You have read-only access to this domain",
            Reason::SenderDomainNotPermitted => "Sender domain not permitted for this credential",
        };
        Self::new(StatusCode::FORBIDDEN, reason.code(), message)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy | store::Error::Unavailable(_) => Self::unavailable(error),
            // Somebody deleted it between the decision and the statement: as if it had been gone
            // before. What is referred to without `ON DELETE`, people and organizations, only jobs delete.
            error if error.is_dangling() => {
                tracing::warn!(cause = %error, "what a request was about was deleted meanwhile");
                Self::not_found()
            }
            store::Error::Conflict(_) | store::Error::Corrupt(_) => Self::internal(error),
        }
    }
}

impl From<Denied<store::Error>> for Problem {
    fn from(denied: Denied<store::Error>) -> Self {
        match denied {
            Denied::Refused(refusal) => refusal.into(),
            Denied::Storage(error) => error.into(),
            Denied::Undeclared(action) => Self::internal(format_args!(
                "a handler asked for {}, which its route does not declare",
                action.name()
            )),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denied) => denied.into(),
            Error::Invalid(invalid) => invalid.into(),
            Error::Rule(rule) => rule.into(),
            Error::Store(error) => error.into(),
            Error::Broken(cause) => Self::internal(cause),
        }
    }
}

/// One table: rule → status, code.
impl From<Rule> for Problem {
    fn from(rule: Rule) -> Self {
        let (status, code) = match &rule {
            Rule::InvalidCredentials => (StatusCode::UNAUTHORIZED, "invalid_credentials"),
            Rule::SecondFactorRequired => (StatusCode::UNAUTHORIZED, "second_factor_required"),
            Rule::InvalidCode => (StatusCode::UNAUTHORIZED, "invalid_code"),
            Rule::TooManyAttempts { .. }
            | Rule::TooManyInvitations { .. }
            | Rule::WarmingLimit(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded"),
            Rule::Csrf => (StatusCode::FORBIDDEN, "csrf"),
            Rule::ReauthenticationRequired => (StatusCode::FORBIDDEN, "reauthentication_required"),
            Rule::NotTheMaker => (StatusCode::FORBIDDEN, "forbidden"),
            Rule::NoWritableDomain => (StatusCode::FORBIDDEN, "no_writable_domain"),
            Rule::PlanLimit { .. } | Rule::QuotaReached { .. } => {
                (StatusCode::FORBIDDEN, "plan_limit")
            }
            Rule::OrganizationDeleted => (StatusCode::FORBIDDEN, "organization_deleted"),
            Rule::DomainNotReady(_) => (StatusCode::FORBIDDEN, "domain_not_ready"),
            Rule::DomainTaken => (StatusCode::CONFLICT, "domain_taken"),
            Rule::SelectorTaken
            | Rule::TooManyDkimKeys
            | Rule::DkimKeyEnded
            | Rule::DkimKeyInUse
            | Rule::AliasTaken
            | Rule::LastSigningKey
            | Rule::NotCancelable
            | Rule::NotWarming
            | Rule::KeyEnded
            | Rule::NoDomainToSpeakOf
            | Rule::MessageGone
            | Rule::TooManyGuestLinks
            | Rule::TooManyRules
            | Rule::SecondFactorExists
            | Rule::NoSecondFactor
            | Rule::AlreadySetUp => (StatusCode::CONFLICT, "conflict"),
            Rule::RotationUnderWay { .. } => (StatusCode::CONFLICT, "rotation_under_way"),
            Rule::LastOwner => (StatusCode::CONFLICT, "last_owner"),
            Rule::OwnSecondFactorMissing => (StatusCode::CONFLICT, "second_factor_missing"),
            Rule::PlanTooSmall { .. } => (StatusCode::CONFLICT, "plan_too_small"),
            Rule::NotAMember => (StatusCode::CONFLICT, "not_a_member"),
            Rule::UserDeactivated => (StatusCode::CONFLICT, "user_deactivated"),
            Rule::EmailNotVerified => (StatusCode::CONFLICT, "email_not_verified"),
            Rule::OwnershipChanged => (StatusCode::CONFLICT, "conflict"),
            Rule::ChangedMeanwhile => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
            Rule::AlreadyMember => (StatusCode::CONFLICT, "already_member"),
            Rule::InvitedDeactivated => (StatusCode::CONFLICT, "user_deactivated"),
            Rule::InvitationOver => (StatusCode::CONFLICT, "invitation_not_pending"),
            Rule::SignInRequired => (StatusCode::CONFLICT, "sign_in_required"),
            Rule::WrongAccount => (StatusCode::CONFLICT, "wrong_account"),
            Rule::TooManyCodes => (StatusCode::CONFLICT, "too_many_codes"),
            Rule::NoSuchObject => return Self::not_found(),
            Rule::AllRecipientsSuppressed => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "all_recipients_suppressed",
            ),
        };
        let retry_after_seconds = match rule {
            Rule::TooManyAttempts {
                retry_after_seconds,
            }
            | Rule::TooManyInvitations {
                retry_after_seconds,
            }
            | Rule::WarmingLimit(SendingLimit {
                retry_after_seconds,
                ..
            }) => Some(retry_after_seconds),
            _ => None,
        };
        let sending_limit = match rule {
            Rule::WarmingLimit(limit) => Some(Box::new(limit)),
            _ => None,
        };
        Self {
            retry_after_seconds,
            sending_limit,
            ..Self::new(status, code, rule.to_string())
        }
    }
}
