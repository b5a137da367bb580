//! One connection to one host, from dialling to QUIT.

use std::net::SocketAddr;

use tokio::{net::TcpStream, time::timeout};

use super::{
    ClientError, ClientSettings, ErrorKind, Stage, Timeouts, TlsPolicy,
    hello::{self, Extensions},
    wire::Wire,
};
use crate::{Severity, TlsSession, stream::Stream};

/// A host that is ready for mail.
pub struct Connection {
    pub(super) wire: Wire,
    pub(super) extensions: Extensions,
    pub(super) timeouts: Timeouts,
    /// A transaction was left open or refused: RSET goes before the next MAIL.
    pub(super) needs_reset: bool,
}

impl Connection {
    /// Dials `address`, waits for the greeting, says EHLO, starts TLS as the policy wants and logs
    /// in if there are credentials.
    ///
    /// # Errors
    /// [`ClientError`] with the stage it failed at.
    pub async fn connect(
        address: SocketAddr,
        settings: &ClientSettings,
    ) -> Result<Self, ClientError> {
        match Self::attempt(address, settings, &settings.tls).await {
            // RFC 7435: a handshake that fails is no reason not to deliver, but the TCP connection
            // is lost with it. Not for a login, which would have nowhere to go in clear.
            Err(ClientError {
                stage: Stage::Tls,
                kind,
            }) if matches!(settings.tls, TlsPolicy::Opportunistic(_))
                && settings.credentials.is_none() =>
            {
                tracing::debug!(%address, error = %kind, "opportunistic TLS failed, going on in clear");
                Self::attempt(address, settings, &TlsPolicy::None).await
            }
            result => result,
        }
    }

    async fn attempt(
        address: SocketAddr,
        settings: &ClientSettings,
        tls: &TlsPolicy,
    ) -> Result<Self, ClientError> {
        let mut wire = Wire::new(Stream::Plain(dial(address, settings).await?));
        hello::greeting(&mut wire, settings).await?;
        let mut extensions = hello::hello(&mut wire, settings).await?;
        let connector = match tls {
            TlsPolicy::None => None,
            TlsPolicy::Opportunistic(connector) => extensions.start_tls.then_some(connector),
            TlsPolicy::Required(connector) if extensions.start_tls => Some(connector),
            TlsPolicy::Required(_) => {
                let kind = ErrorKind::Tls("STARTTLS is not offered".to_owned());
                return Err(ClientError::new(Stage::Tls, kind));
            }
        };
        if let Some(connector) = connector {
            hello::start_tls(&mut wire, settings, connector).await?;
            extensions = hello::hello(&mut wire, settings).await?;
        }
        if let Some(credentials) = &settings.credentials {
            hello::log_in(&mut wire, settings, &extensions, credentials).await?;
        }
        let timeouts = settings.timeouts.clone();
        Ok(Self {
            wire,
            extensions,
            timeouts,
            needs_reset: false,
        })
    }

    /// TLS, if it is in use.
    #[must_use]
    pub fn tls(&self) -> Option<TlsSession> {
        self.wire.stream.tls_session()
    }

    /// Whether another message may be tried here: nothing failed and the host did not say 421.
    #[must_use]
    pub fn is_reusable(&self) -> bool {
        !self.wire.is_broken()
    }

    /// RSET: drops whatever transaction the host still has.
    ///
    /// # Errors
    /// [`ClientError`] when the host refuses or is gone.
    pub async fn reset(&mut self) -> Result<(), ClientError> {
        self.simple("RSET\r\n").await?;
        self.needs_reset = false;
        Ok(())
    }

    /// NOOP: whether a connection kept for a while still lives.
    ///
    /// # Errors
    /// [`ClientError`] when the host refuses or is gone.
    pub async fn noop(&mut self) -> Result<(), ClientError> {
        self.simple("NOOP\r\n").await
    }

    async fn simple(&mut self, command: &str) -> Result<(), ClientError> {
        if !self.is_reusable() {
            return Err(ClientError::new(Stage::Reset, ErrorKind::Spent));
        }
        let reply = self
            .wire
            .command(command, Stage::Reset, self.timeouts.command)
            .await?;
        hello::expect(reply, Severity::Positive, Stage::Reset).map(|_| ())
    }

    /// Says goodbye. Whatever the host makes of it, nothing depends on it any more.
    pub async fn quit(mut self) {
        if self.is_reusable()
            && let Err(error) = self
                .wire
                .command("QUIT\r\n", Stage::Reset, self.timeouts.quit)
                .await
        {
            tracing::debug!(%error, "a host did not answer QUIT");
        }
    }
}

async fn dial(address: SocketAddr, settings: &ClientSettings) -> Result<TcpStream, ClientError> {
    let failed = |error| ClientError::new(Stage::Connect, ErrorKind::Io(error));
    let stream = timeout(settings.timeouts.connect, TcpStream::connect(address))
        .await
        .map_err(|_| ClientError::new(Stage::Connect, ErrorKind::TimedOut))?
        .map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}
