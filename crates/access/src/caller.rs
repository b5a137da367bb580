//! A request as the gate sees it: a credential not yet verified and the actions its route declared.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use postscale_model::{Timestamp, TokenHash};

use crate::Action;

/// What a request presented. Not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A session cookie.
    Session(TokenHash),
    /// A bearer key, or an SMTP password.
    ApiKey(TokenHash),
}

/// Where a request came from: for limits of keys and for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address; `None` when the request came over no network.
    pub ip: Option<IpAddr>,
    /// The id the request is known by in the log; may be empty.
    pub request_id: Arc<str>,
}

/// A request on its way to the gate.
#[derive(Debug, Clone)]
pub struct Caller {
    credential: Option<Credential>,
    declared: Arc<[Action]>,
    received_at: Timestamp,
    origin: Origin,
    noted: Arc<Noted>,
}

/// What was found out about a request while it was handled.
#[derive(Debug, Default)]
struct Noted {
    decided: AtomicBool,
    renewal_due: AtomicBool,
}

impl Caller {
    /// A request received at `received_at` on a route that declared `declared`.
    pub fn new(
        credential: Option<Credential>,
        declared: impl Into<Arc<[Action]>>,
        received_at: Timestamp,
    ) -> Self {
        Self {
            credential,
            declared: declared.into(),
            received_at,
            origin: Origin::default(),
            noted: Arc::default(),
        }
    }
    /// The same request with where it came from.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }
    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
    /// What was presented.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }
    /// When the request was received: the instant expiries are measured at.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }
    /// Whether any decision was made for this request. A successful answer without one is a bug,
    /// which the web layer turns into a 500.
    #[must_use]
    pub fn was_decided(&self) -> bool {
        self.noted.decided.load(Ordering::Relaxed)
    }
    /// Whether the session should get another token, because its person was promoted.
    #[must_use]
    pub fn is_renewal_due(&self) -> bool {
        self.noted.renewal_due.load(Ordering::Relaxed)
    }
    /// Notes that the session should get another token, once its row was read.
    pub fn mark_renewal_due(&self) {
        self.noted.renewal_due.store(true, Ordering::Relaxed);
    }
    /// Whether the route declared this action.
    #[must_use]
    pub fn declares(&self, action: Action) -> bool {
        self.declared.contains(&action)
    }
    pub(crate) fn mark_decided(&self) {
        self.noted.decided.store(true, Ordering::Relaxed);
    }
}
