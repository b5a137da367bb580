//! How a connection is made.

use std::{fmt, time::Duration};

use postscale_model::HostName;

use crate::tls::Connector;

/// What is asked of TLS.
#[derive(Clone)]
pub enum TlsPolicy {
    /// Never.
    None,
    /// When offered, whoever the other side is, and in clear when the handshake fails (RFC 3207).
    /// Needs a [`Connector::opportunistic`].
    Opportunistic(Connector),
    /// Or no mail: STARTTLS, with whatever verification the connector does.
    Required(Connector),
}

/// For a host that wants a login (a smarthost). Only ever sent over TLS.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// One destination's settings.
#[derive(Clone)]
pub struct ClientSettings {
    /// Our name in EHLO.
    pub ehlo_name: HostName,
    /// The host's name: sent in the TLS handshake and, if the connector verifies, compared.
    pub server_name: HostName,
    /// What is asked of TLS.
    pub tls: TlsPolicy,
    /// Login, for a smarthost.
    pub credentials: Option<Credentials>,
    /// Durations.
    pub timeouts: Timeouts,
}

/// How long to wait for each step: the minima of RFC 5321 §4.5.3.2.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// The TCP connection.
    pub connect: Duration,
    /// The 220 greeting.
    pub greeting: Duration,
    /// Any command not named below.
    pub command: Duration,
    /// The TLS handshake.
    pub handshake: Duration,
    /// The 354 after DATA.
    pub data_start: Duration,
    /// The host taking a piece of the message.
    pub data_block: Duration,
    /// The reply to the final dot.
    pub data_end: Duration,
    /// The reply to QUIT, which changes nothing any more.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            greeting: Duration::from_secs(300),
            command: Duration::from_secs(300),
            handshake: Duration::from_secs(60),
            data_start: Duration::from_secs(120),
            data_block: Duration::from_secs(180),
            data_end: Duration::from_secs(600),
            quit: Duration::from_secs(5),
        }
    }
}

impl ClientSettings {
    /// Default time-outs, no login.
    #[must_use]
    pub fn new(ehlo_name: HostName, server_name: HostName, tls: TlsPolicy) -> Self {
        Self {
            ehlo_name,
            server_name,
            tls,
            credentials: None,
            timeouts: Timeouts::default(),
        }
    }
}
