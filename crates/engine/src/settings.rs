//! What the engine works with and how it is told to behave.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use postscale_mail::{
    dns::Resolver, masked::ThreadKey, records::MailHosts, return_path::ReturnPathKey,
};
use postscale_model::{HostName, Mailbox, Plans, Sources, WarmingLimits};
use postscale_smtp::client::{Credentials, Timeouts};
use postscale_store::{Blobs, Seal, Store};

use crate::{inbound::intakes::Intakes, schedule::RetrySchedule};

/// What the engine works with.
#[derive(Clone)]
pub struct EngineParts {
    /// The database.
    pub store: Store,
    /// Large bodies.
    pub blobs: Blobs,
    /// Time and randomness.
    pub sources: Sources,
    /// Opens private keys and webhook secrets.
    pub seal: Arc<Seal>,
    /// Asks DNS.
    pub resolver: Resolver,
    /// The instance's mail host names.
    pub hosts: Arc<MailHosts>,
    /// Signs return paths, and hides message ids.
    pub link_key: Arc<[u8; 32]>,
    /// What organizations may use.
    pub plans: Plans,
    /// Received messages that wait to be written down.
    pub intakes: Intakes,
    /// How to behave.
    pub settings: Arc<EngineSettings>,
}

impl EngineParts {
    /// The key of return paths.
    pub(crate) fn return_path_key(&self) -> ReturnPathKey {
        ReturnPathKey::new(&self.link_key)
    }

    /// The key of message ids in masked conversations.
    pub(crate) fn thread_key(&self) -> ThreadKey {
        ThreadKey::new(&self.link_key)
    }
}

/// Which kinds of background work a node does (`POSTSCALE_WORKERS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Outbound mail, forwarding, system mail.
    pub deliver: bool,
    /// Webhooks.
    pub webhooks: bool,
    /// Looking up domains' records.
    pub verify: bool,
    /// Reading reports of other hosts.
    pub reports: bool,
    /// Writing down what was collected in memory, jobs of no other kind.
    pub maintenance: bool,
}

impl Workers {
    /// Everything.
    pub const ALL: Self = Self {
        deliver: true,
        webhooks: true,
        verify: true,
        reports: true,
        maintenance: true,
    };
    /// Nothing.
    pub const NONE: Self = Self {
        deliver: false,
        webhooks: false,
        verify: false,
        reports: false,
        maintenance: false,
    };
}

/// How to behave.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Which work this node does.
    pub workers: Workers,
    /// Our name in EHLO.
    pub ehlo_name: HostName,
    /// Delays between delivery tries.
    pub retry_schedule: RetrySchedule,
    /// How long a message is tried.
    pub message_lifetime: Duration,
    /// Port of other servers.
    pub outbound_port: u16,
    /// Networks outbound mail may reach although they are not public.
    pub outbound_allow: Vec<IpNet>,
    /// Networks webhooks may reach although they are not public.
    pub webhook_allow: Vec<IpNet>,
    /// Delays between webhook tries.
    pub webhook_schedule: RetrySchedule,
    /// Whether new senders are held to limits.
    pub warming: WarmingLimits,
    /// Takes everything outbound, if any.
    pub smarthost: Option<Smarthost>,
    /// Takes mail of the system itself, if any.
    pub system_smarthost: Option<Smarthost>,
    /// Author of mail of the system itself.
    pub system_from: Mailbox,
    /// Start of links in mail of the system itself, without a final slash.
    pub public_url: String,
    /// Roots that are trusted instead of Mozilla's, as PEM: for smarthosts and webhooks.
    pub tls_roots_pem: Option<String>,
    /// How long to wait for other servers.
    pub smtp_timeouts: Timeouts,
}

impl EngineSettings {
    /// The usual settings of an installation.
    #[must_use]
    pub fn new(ehlo_name: HostName, system_from: Mailbox, public_url: String) -> Self {
        Self {
            workers: Workers::ALL,
            ehlo_name,
            retry_schedule: RetrySchedule::default(),
            message_lifetime: Duration::from_secs(5 * 24 * 3600),
            outbound_port: 25,
            outbound_allow: Vec::new(),
            webhook_allow: Vec::new(),
            webhook_schedule: webhook_schedule(),
            warming: WarmingLimits::default(),
            smarthost: None,
            system_smarthost: None,
            system_from,
            public_url,
            tls_roots_pem: None,
            smtp_timeouts: Timeouts::default(),
        }
    }
}

/// 1 min, 10 min, 1 h, 3 h, 9 h, 24 h (api.md §20.8).
fn webhook_schedule() -> RetrySchedule {
    let minutes = [1, 10, 60, 180, 540, 1440];
    RetrySchedule::new(minutes.map(|m| Duration::from_secs(m * 60)).to_vec())
}

/// A server that takes mail for everybody.
#[derive(Clone, PartialEq, Eq)]
pub struct Smarthost {
    /// Its name; for one that is given by its address, the name that address has in DNS's
    /// reverse trees, under which no certificate is issued.
    pub host: HostName,
    /// Its address, when it is not to be looked up.
    pub address: Option<IpAddr>,
    /// Its port.
    pub port: u16,
    /// User and password; they are sent over verified TLS only.
    pub login: Option<(String, String)>,
}

impl fmt::Debug for Smarthost {
    /// Leaves the login out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "smtp://{}", SocketAddr::new(address, self.port)),
            None => write!(f, "smtp://{}:{}", self.host, self.port),
        }
    }
}

impl Smarthost {
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        let (user, password) = self.login.clone()?;
        Some(Credentials { user, password })
    }
}

/// The text is no smarthost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmarthostError {
    /// It is none at all.
    #[error("is no address such as smtp://user:password@host:587")]
    Malformed,
    /// A password for a server without a name.
    #[error(
        "gives a password to a server by its IP address: it is sent only to a host name that the \
         server's certificate proves, such as smtp://user:password@relay.example:587"
    )]
    Unprovable,
}

impl FromStr for Smarthost {
    type Err = SmarthostError;

    fn from_str(text: &str) -> Result<Self, SmarthostError> {
        let rest = text
            .strip_prefix("smtp://")
            .ok_or(SmarthostError::Malformed)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, server) = match rest.rsplit_once('@') {
            Some((login, server)) => (Some(login), server),
            None => (None, rest),
        };
        let (host, port) = server.rsplit_once(':').ok_or(SmarthostError::Malformed)?;
        let login = login
            .map(|login| {
                let (user, password) = login.split_once(':').ok_or(SmarthostError::Malformed)?;
                Ok((percent_decoded(user)?, percent_decoded(password)?))
            })
            .transpose()?;
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let address: Option<IpAddr> = bare.unwrap_or(host).parse().ok();
        let host = match address {
            // Who is sent a password must be able to prove a name.
            Some(_) if login.is_some() => return Err(SmarthostError::Unprovable),
            Some(address) => reverse_name(address).parse(),
            None => host.parse(),
        };
        Ok(Self {
            host: host.map_err(|_| SmarthostError::Malformed)?,
            address,
            port: port.parse().map_err(|_| SmarthostError::Malformed)?,
            login,
        })
    }
}

/// The name of an address in the reverse trees (RFC 1035 §3.5, RFC 3596 §2.5).
fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let digits = hex::encode(v6.octets());
            let labels: Vec<String> = digits.chars().rev().map(String::from).collect();
            labels.join(".") + ".ip6.arpa"
        }
    }
}

fn percent_decoded(text: &str) -> Result<String, SmarthostError> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            octets.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2).ok_or(SmarthostError::Malformed)?;
        let mut octet = [0];
        hex::decode_to_slice(digits, &mut octet).map_err(|_| SmarthostError::Malformed)?;
        octets.extend(octet);
        rest = tail;
    }
    String::from_utf8(octets).map_err(|_| SmarthostError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smarthost_is_read_and_its_password_not_shown() {
        let smarthost: Smarthost = "smtp://me:a%40b%3a@relay.example:587".parse().unwrap();
        assert_eq!(smarthost.login, Some(("me".into(), "a@b:".into())));
        assert_eq!(format!("{smarthost:?}"), "smtp://relay.example:587");
        let plain: Smarthost = "smtp://localhost:2525/".parse().unwrap();
        assert_eq!(
            (plain.host.as_str(), plain.port, plain.login),
            ("localhost", 2525, None)
        );
        for text in ["smtp://192.0.2.1:25", "smtp://[2001:db8::1]:25"] {
            let smarthost: Smarthost = text.parse().unwrap();
            assert!(smarthost.address.is_some());
            assert_eq!(format!("{smarthost:?}"), text);
        }
        for text in [
            "",
            "relay:25",
            "smtp://relay",
            "smtp://u@h:25",
            "smtp://h:x",
            "smtp://u:%z@h:1",
        ] {
            let refused = Err(SmarthostError::Malformed);
            assert_eq!(text.parse::<Smarthost>(), refused, "{text}");
        }
        for text in ["smtp://u:p@192.0.2.1:25", "smtp://u:p@[2001:db8::1]:25"] {
            let refused = Err(SmarthostError::Unprovable);
            assert_eq!(text.parse::<Smarthost>(), refused, "{text}");
        }
    }
}
