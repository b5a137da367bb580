//! What a listener is and how much it bears. Limits come from RFC 5321 §4.5.3 and §4.5.3.2 or from
//! the defaults of Postfix where the RFC is silent.

use std::{sync::Arc, time::Duration};

use postscale_model::HostName;

use super::Spool;
use crate::tls::ReloadingAcceptor;

/// Which of the two kinds of server a listener is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Mail from strangers for our recipients (MX, port 25). Never offers AUTH.
    Reception,
    /// Mail from our users for anyone (RFC 6409, RFC 8314). TLS, then AUTH, then MAIL.
    Submission,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsStart {
    /// On the STARTTLS command (RFC 3207).
    Command,
    /// At once (RFC 8314 §3.3, port 465).
    Immediate,
}

/// One listener's settings.
pub struct Settings {
    /// Our name in the greeting, and the domain of `<postmaster>`.
    pub hostname: HostName,
    /// Reception or submission.
    pub service: Service,
    /// Certificates; without them STARTTLS is not offered and nobody can log in.
    pub tls: Option<Arc<ReloadingAcceptor>>,
    /// When TLS begins, if there is any.
    pub tls_start: TlsStart,
    /// Counts and sizes.
    pub limits: Limits,
    /// Durations.
    pub timeouts: Timeouts,
    /// Where large messages wait while they come in; in memory without one.
    pub spool: Option<Arc<Spool>>,
}

/// Counts and sizes a client cannot exceed.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Octets of a message (SIZE); 50 MiB.
    pub size_max: usize,
    /// Recipients of one transaction; RFC 5321 §4.5.3.1.8 asks for at least 100.
    pub recipients_max: usize,
    /// Connections in all. From three quarters of it on the listener is under stress.
    pub connections_max: usize,
    /// Connections of one IPv4 address or IPv6 /64.
    pub connections_per_client_max: usize,
    /// Errors since the last accepted message from which on replies are slow.
    pub errors_before_delay: u32,
    /// Errors since the last accepted message that end the session.
    pub errors_max: u32,
    /// The same under stress.
    pub errors_under_stress_max: u32,
    /// Commands that lead nowhere (NOOP, RSET, VRFY…) since the last accepted message.
    pub idle_commands_max: u32,
    /// Failed logins that end the session.
    pub failed_logins_max: u32,
}

/// How long things may take.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// From being ready for a command to having read it (RFC 5321 §4.5.3.2.7).
    pub command: Duration,
    /// The same under stress.
    pub command_under_stress: Duration,
    /// Between two pieces of a message (RFC 5321 §4.5.3.2.5 asks clients for 3 minutes).
    pub data: Duration,
    /// A whole message may take this long plus its size at [`Timeouts::data_rate_min`].
    pub data_grace: Duration,
    /// Octets per second below which a message is too slow.
    pub data_rate_min: u32,
    /// A client taking our replies.
    pub write: Duration,
    /// A TLS handshake.
    pub handshake: Duration,
    /// How much later a reply comes to a client with many errors.
    pub error_delay: Duration,
    /// After shutdown began, what open transactions get to finish.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size_max: 50 * 1024 * 1024,
            recipients_max: 100,
            connections_max: 2_000,
            connections_per_client_max: 50,
            errors_before_delay: 10,
            errors_max: 20,
            errors_under_stress_max: 2,
            idle_commands_max: 100,
            failed_logins_max: 3,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            command: Duration::from_secs(300),
            command_under_stress: Duration::from_secs(10),
            data: Duration::from_secs(180),
            data_grace: Duration::from_secs(300),
            data_rate_min: 500,
            write: Duration::from_secs(60),
            handshake: Duration::from_secs(30),
            error_delay: Duration::from_secs(1),
            drain: Duration::from_secs(30),
        }
    }
}

impl Settings {
    /// Default limits, no TLS.
    #[must_use]
    pub fn new(hostname: HostName, service: Service) -> Self {
        Self {
            hostname,
            service,
            tls: None,
            tls_start: TlsStart::Command,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            spool: None,
        }
    }
    /// Adds TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<ReloadingAcceptor>, start: TlsStart) -> Self {
        self.tls = Some(tls);
        self.tls_start = start;
        self
    }
}
