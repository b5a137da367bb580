//! From the greeting to being ready for MAIL: EHLO or HELO, STARTTLS, AUTH.

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::pki_types::ServerName;
use tokio::time::timeout;

use super::{ClientError, ClientSettings, Credentials, ErrorKind, Stage, wire::Wire};
use crate::{Reply, Severity, stream::Stream, tls::Connector};

/// What the host offered in its last EHLO reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    pub(super) pipelining: bool,
    pub(super) eight_bit_mime: bool,
    pub(super) smtputf8: bool,
    pub(super) size: bool,
    /// Octets; 0 or absent is no limit (RFC 1870 §4).
    pub(super) size_max: Option<u64>,
    pub(super) start_tls: bool,
    auth_plain: bool,
    auth_login: bool,
}

impl Extensions {
    fn read(reply: &Reply) -> Self {
        let mut offered = Self::default();
        for line in reply.text().split('\n').skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => offered.pipelining = true,
                Some("8BITMIME") => offered.eight_bit_mime = true,
                Some("SMTPUTF8") => offered.smtputf8 = true,
                Some("STARTTLS") => offered.start_tls = true,
                Some("SIZE") => {
                    offered.size = true;
                    let limit = words.next().and_then(|word| word.parse().ok());
                    offered.size_max = limit.filter(|limit| *limit > 0);
                }
                Some("AUTH") => {
                    for word in words {
                        offered.auth_plain |= word == "PLAIN";
                        offered.auth_login |= word == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        offered
    }
}

pub(super) async fn greeting(
    wire: &mut Wire,
    settings: &ClientSettings,
) -> Result<(), ClientError> {
    let reply = wire
        .reply(Stage::Greeting, settings.timeouts.greeting)
        .await?;
    expect(reply, Severity::Positive, Stage::Greeting).map(|_| ())
}

/// EHLO, or HELO for a host that does not know it (RFC 5321 §3.2).
pub(super) async fn hello(
    wire: &mut Wire,
    settings: &ClientSettings,
) -> Result<Extensions, ClientError> {
    let patience = settings.timeouts.command;
    let name = &settings.ehlo_name;
    let reply = wire
        .command(&format!("EHLO {name}\r\n"), Stage::Hello, patience)
        .await?;
    if reply.is_positive() {
        return Ok(Extensions::read(&reply));
    }
    if reply.severity() != Severity::Permanent {
        return Err(ClientError::new(Stage::Hello, ErrorKind::Refused(reply)));
    }
    let reply = wire
        .command(&format!("HELO {name}\r\n"), Stage::Hello, patience)
        .await?;
    expect(reply, Severity::Positive, Stage::Hello).map(|_| Extensions::default())
}

/// STARTTLS and the handshake; everything said before is forgotten.
pub(super) async fn start_tls(
    wire: &mut Wire,
    settings: &ClientSettings,
    connector: &Connector,
) -> Result<(), ClientError> {
    let reply = wire
        .command("STARTTLS\r\n", Stage::Tls, settings.timeouts.command)
        .await?;
    expect(reply, Severity::Positive, Stage::Tls)?;
    wire.forget_input();
    let tls = |error: String| ClientError::new(Stage::Tls, ErrorKind::Tls(error));
    let name = ServerName::try_from(settings.server_name.as_str().to_owned())
        .map_err(|error| tls(error.to_string()))?;
    let socket = wire
        .stream
        .take_plain()
        .map_err(|e| ClientError::new(Stage::Tls, e))?;
    let shaken = timeout(
        settings.timeouts.handshake,
        connector.0.connect(name, socket),
    )
    .await;
    let stream = shaken
        .map_err(|_| ClientError::new(Stage::Tls, ErrorKind::TimedOut))?
        .map_err(|error| tls(error.to_string()))?;
    wire.stream = Stream::Tls(Box::new(stream.into()));
    Ok(())
}

/// AUTH PLAIN, or LOGIN where that is all there is. Never in clear.
pub(super) async fn log_in(
    wire: &mut Wire,
    settings: &ClientSettings,
    extensions: &Extensions,
    Credentials { user, password }: &Credentials,
) -> Result<(), ClientError> {
    let patience = settings.timeouts.command;
    if wire.stream.tls_session().is_none() || !(extensions.auth_plain || extensions.auth_login) {
        return Err(ClientError::new(Stage::Auth, ErrorKind::NoLogin));
    }
    let reply = if extensions.auth_plain {
        let response = STANDARD.encode(format!("\0{user}\0{password}"));
        wire.command(&format!("AUTH PLAIN {response}\r\n"), Stage::Auth, patience)
            .await?
    } else {
        let reply = wire
            .command("AUTH LOGIN\r\n", Stage::Auth, patience)
            .await?;
        expect(reply, Severity::Intermediate, Stage::Auth)?;
        let user = STANDARD.encode(user);
        let reply = wire
            .command(&format!("{user}\r\n"), Stage::Auth, patience)
            .await?;
        expect(reply, Severity::Intermediate, Stage::Auth)?;
        let password = STANDARD.encode(password);
        wire.command(&format!("{password}\r\n"), Stage::Auth, patience)
            .await?
    };
    expect(reply, Severity::Positive, Stage::Auth).map(|_| ())
}

pub(super) fn expect(reply: Reply, severity: Severity, stage: Stage) -> Result<Reply, ClientError> {
    if reply.severity() == severity {
        Ok(reply)
    } else {
        Err(ClientError::new(stage, ErrorKind::Refused(reply)))
    }
}
