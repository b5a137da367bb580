//! What the server asks: every decision that is not grammar, order or a limit.

use std::net::SocketAddr;

use super::Service;
use crate::{ForwardPath, MailParameters, Reply, ReversePath, TlsSession, replies};

/// How the client introduced itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelloVerb {
    /// HELO: plain SMTP.
    Helo,
    /// EHLO: extended SMTP.
    Ehlo,
}

/// The client's name for itself: a claim, restricted to characters safe in a trace field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// HELO or EHLO.
    pub verb: HelloVerb,
    /// Host name or address literal.
    pub name: String,
}

/// MAIL and the accepted RCPTs of one transaction (RFC 5321 §2.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where notifications go.
    pub reverse_path: ReversePath,
    /// What MAIL said beside it.
    pub parameters: MailParameters,
    /// Accepted recipients, in order, as often as they were given.
    pub recipients: Vec<ForwardPath>,
}

/// A message with its envelope, completely received.
#[derive(Debug)]
pub struct MailObject {
    /// The envelope.
    pub envelope: Envelope,
    /// The message as received, without the dots of transparency: lines that end with CRLF, no
    /// other CR or LF, no NUL.
    pub body: Vec<u8>,
    /// The client's address.
    pub peer: SocketAddr,
    /// The client's name for itself.
    pub hello: Hello,
    /// TLS, when the message came over it.
    pub tls: Option<TlsSession>,
    /// The user who logged in.
    pub user: Option<String>,
    /// Where it came in.
    pub service: Service,
}

impl MailObject {
    /// The `with` word of the `Received` field (RFC 3848, RFC 6531 §4.3).
    #[must_use]
    pub fn protocol(&self) -> &'static str {
        let is_utf8 = self.envelope.parameters.smtputf8;
        match (
            self.hello.verb,
            is_utf8,
            self.tls.is_some(),
            self.user.is_some(),
        ) {
            (HelloVerb::Helo, ..) => "SMTP",
            (_, false, false, false) => "ESMTP",
            (_, false, true, false) => "ESMTPS",
            (_, false, false, true) => "ESMTPA",
            (_, false, true, true) => "ESMTPSA",
            (_, true, false, false) => "UTF8SMTP",
            (_, true, true, false) => "UTF8SMTPS",
            (_, true, false, true) => "UTF8SMTPA",
            (_, true, true, true) => "UTF8SMTPSA",
        }
    }
}

/// Decides. One handler serves all connections of a listener; [`Handler::Session`] is what it
/// remembers of one connection.
///
/// Callbacks come in the order of a valid session. A callback that panics costs its client the
/// connection (451), never the process.
pub trait Handler: Send + Sync + 'static {
    /// What is remembered of one connection.
    type Session: Send;

    /// A client connected. A refusal is sent instead of the greeting (421 or 554).
    fn connect(
        &self,
        peer: SocketAddr,
    ) -> impl Future<Output = Result<Self::Session, Reply>> + Send;

    /// HELO or EHLO, possibly again.
    fn hello(
        &self,
        _session: &mut Self::Session,
        _hello: &Hello,
    ) -> impl Future<Output = Result<(), Reply>> + Send {
        async { Ok(()) }
    }

    /// AUTH over TLS on a submission listener. After `Ok` the user stays for the connection.
    fn authenticate(
        &self,
        _session: &mut Self::Session,
        _user: &str,
        _password: &str,
    ) -> impl Future<Output = Result<(), Reply>> + Send {
        async { Err(replies::authentication_failed()) }
    }

    /// MAIL: a transaction begins, unless refused.
    fn mail(
        &self,
        session: &mut Self::Session,
        reverse_path: &ReversePath,
        parameters: &MailParameters,
    ) -> impl Future<Output = Result<(), Reply>> + Send;

    /// RCPT: one more recipient, unless refused.
    fn recipient(
        &self,
        session: &mut Self::Session,
        forward_path: &ForwardPath,
    ) -> impl Future<Output = Result<(), Reply>> + Send;

    /// The message is complete: a positive reply takes responsibility for it (RFC 5321 §6.1), so it
    /// must be durable before. The transaction ends either way.
    fn message(
        &self,
        session: &mut Self::Session,
        mail_object: MailObject,
    ) -> impl Future<Output = Reply> + Send;

    /// The transaction ended without [`Handler::message`]: RSET, EHLO, STARTTLS, or a message the
    /// server refused. A lost connection drops the session instead.
    fn reset(&self, _session: &mut Self::Session) -> impl Future<Output = ()> + Send {
        async {}
    }
}
