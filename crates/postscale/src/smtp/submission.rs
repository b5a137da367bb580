//! Submission (RFC 6409): user `postscale` with an API key, and the same gate as the API's.
//!
//! Nothing about rights is remembered: every command presents the key again, and what counts is
//! decided inside the transaction that accepts the message.

use std::{net::SocketAddr, sync::Arc};

use postscale_access::{Caller, Credential, Denied, Gate, Origin, Refusal, action};
use postscale_actions::{
    Error, Rule,
    emails::{self, check_sender, submit},
    parse_api_key,
};
use postscale_mail::trace::{Received, received};
use postscale_model::{Address, TokenHash};
use postscale_smtp::{
    ForwardPath, MailParameters, Reply, ReversePath, Subject, replies,
    server::{Handler, MailObject},
};

use super::Sessions;

/// The one user name; the password is an API key.
const USER: &str = "postscale";

/// Takes mail from customers.
pub struct Submission(pub(super) Sessions);

/// One connection.
pub struct Session {
    peer: SocketAddr,
    key: Option<TokenHash>,
}

impl Submission {
    fn caller(&self, session: &Session) -> Caller {
        let credential = session.key.map(Credential::ApiKey);
        Caller::new(
            credential,
            [action::MESSAGE_SEND.into()],
            self.0.app.sources.now(),
        )
        .with_origin(Origin {
            ip: Some(session.peer.ip().to_canonical()),
            request_id: Arc::default(),
        })
    }

    /// Whether the key is good now.
    async fn check_key(&self, caller: &Caller) -> Result<(), Reply> {
        let known = async {
            let mut tx = self.0.app.store.read().await?;
            let gate = Gate::open(&mut tx, caller).await?;
            Ok::<bool, Error>(gate.actor().is_some())
        };
        match known.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(replies::authentication_failed()),
            Err(error) => {
                tracing::warn!(%error, "a login cannot be checked");
                Err(replies::authentication_unavailable())
            }
        }
    }

    /// Counts a failed login against the client's network.
    fn failed_login(&self, session: &Session) -> Reply {
        metrics::counter!("postscale_smtp_failed_logins_total").increment(1);
        let ip = session.peer.ip();
        match self.0.app.throttle.attempt(&format!("smtp {ip}"), ip) {
            Ok(()) => replies::authentication_failed(),
            Err(_) => replies::rate_limited(),
        }
    }

    fn trace(&self, object: &MailObject, recipients: &[Address]) -> String {
        let id = self.0.app.sources.hex::<8>();
        received(&Received {
            helo: &object.hello.name,
            // Where customers sit is nobody's business.
            peer: None,
            by: &self.0.hostname,
            with: object.protocol(),
            id: &id,
            recipient: match recipients {
                [one] => Some(one),
                _ => None,
            },
            at: self.0.app.sources.now(),
        })
    }
}

impl Handler for Submission {
    type Session = Session;

    async fn connect(&self, peer: SocketAddr) -> Result<Session, Reply> {
        metrics::counter!("postscale_smtp_sessions_total", "service" => "submission").increment(1);
        Ok(Session { peer, key: None })
    }

    async fn authenticate(
        &self,
        session: &mut Session,
        user: &str,
        password: &str,
    ) -> Result<(), Reply> {
        let key = parse_api_key(password.trim()).filter(|_| user.eq_ignore_ascii_case(USER));
        let Some(key) = key else {
            return Err(self.failed_login(session));
        };
        session.key = Some(key);
        let checked = self.check_key(&self.caller(session)).await;
        checked.map_err(|reply| {
            session.key = None;
            if reply == replies::authentication_failed() {
                self.failed_login(session)
            } else {
                reply
            }
        })
    }

    async fn mail(
        &self,
        session: &mut Session,
        reverse_path: &ReversePath,
        _: &MailParameters,
    ) -> Result<(), Reply> {
        self.0.check_disk()?;
        let caller = self.caller(session);
        let checked = check_sender(&self.0.app, &caller, reverse_path.address()).await;
        checked.map_err(|error| refusal(&error))
    }

    async fn recipient(&self, session: &mut Session, _: &ForwardPath) -> Result<(), Reply> {
        self.check_key(&self.caller(session)).await
    }

    async fn message(&self, session: &mut Session, object: MailObject) -> Reply {
        if let Err(reply) = self.0.check_disk() {
            return reply;
        }
        let recipients: Vec<Address> = object
            .envelope
            .recipients
            .iter()
            .map(|path| path.0.clone())
            .collect();
        let submission = emails::Submission {
            received: self.trace(&object, &recipients),
            envelope_sender: object.envelope.reverse_path.address().cloned(),
            recipients,
            message: object.body,
        };
        match submit(&self.0.app, &self.caller(session), submission).await {
            Ok(email) => {
                metrics::counter!("postscale_messages_submitted_total").increment(1);
                tracing::info!(email.id = %email.id, "took over a submitted message");
                replies::message_accepted()
            }
            Err(error) => refusal(&error),
        }
    }
}

/// What a client is told. A sender domain is refused with one reply whatever the reason.
fn refusal(error: &Error) -> Reply {
    match error {
        Error::Denied(Denied::Refused(Refusal::Unauthenticated)) => {
            replies::authentication_failed()
        }
        Error::Rule(Rule::QuotaReached { .. }) => replies::plan_limit(),
        Error::Rule(Rule::WarmingLimit(limit)) => {
            replies::sending_limit(&limit.to_string(), limit.retry_after_seconds)
        }
        Error::Denied(Denied::Refused(_)) | Error::Rule(_) => {
            replies::sender_domain_not_permitted()
        }
        Error::Invalid(invalid) => {
            tracing::debug!(%invalid, "refused a submitted message");
            Reply::permanent(50, Subject::Content, 0, one_line(&invalid.to_string()))
        }
        Error::Denied(Denied::Undeclared(_)) | Error::Broken(_) => {
            tracing::error!(%error, "a submission failed");
            replies::internal_error()
        }
        Error::Denied(Denied::Storage(why)) | Error::Store(why) => {
            tracing::warn!(error = %why, "a submission failed");
            replies::storage_unavailable()
        }
    }
}

/// Fit for a reply: printable ASCII, not long.
fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii() && !c.is_ascii_control())
        .take(200)
        .collect()
}
