//! Questions to DNS, with limits and with *nothing there* kept apart from *could not find out*.
//!
//! A [`Resolver`] asks the servers it was given, or those of the system. It never reads a hosts
//! file and never applies a search list. Each question takes at most the configured time, five
//! seconds by default; an answer is at most one DNS message (64 KiB) and its records are capped.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::future::{BoxFuture, FutureExt as _};
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    lookup::Lookup,
    net::{DnsError as Answer, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
    system_conf::read_system_conf,
};
use tokio::time::error::Elapsed;

/// Records of one answer that are looked at.
const RECORDS_MAX: usize = 100;
/// Time one question may take (security.md M7).
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whom to ask and how long to wait.
#[derive(Debug, Clone)]
pub struct DnsSettings {
    /// Servers to ask; empty for those of the system.
    pub servers: Vec<SocketAddr>,
    /// Time one question may take, tries included.
    pub timeout: Duration,
}

impl Default for DnsSettings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            timeout: TIMEOUT,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// The name does not exist or has no record of that type: a definite answer.
    #[error("no such record")]
    NotFound,
    /// No definite answer: time-out, refusal, server failure. Says nothing about the record.
    #[error("DNS look-up failed: {0}")]
    Failed(String),
}

/// A mail exchanger (RFC 5321 §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MxHost {
    /// Host name in lower case without a final dot; empty in a null MX (RFC 7505).
    pub exchange: String,
    /// Lower is better.
    pub preference: u16,
}

/// Asks DNS. Cheap to clone; clones share one cache.
#[derive(Clone)]
pub struct Resolver {
    caching: TokioResolver,
    direct: TokioResolver,
    timeout: Duration,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Resolver {
    /// A resolver for these settings.
    ///
    /// # Errors
    /// [`DnsError::Failed`] when the system's configuration cannot be read.
    pub fn new(settings: &DnsSettings) -> Result<Self, DnsError> {
        let config = if settings.servers.is_empty() {
            let (system, _) = read_system_conf().map_err(failed)?;
            ResolverConfig::from_name_servers(system.name_servers().to_vec())
        } else {
            ResolverConfig::from_name_servers(name_servers(&settings.servers))
        };
        let build = |cache_size| {
            let mut options = ResolverOpts::default();
            options.cache_size = cache_size;
            options.use_hosts_file = ResolveHosts::Never;
            options.timeout = settings.timeout / 2;
            options.attempts = 1;
            TokioResolver::builder_with_config(config.clone(), TokioRuntimeProvider::default())
                .with_options(options)
                .build()
                .map_err(failed)
        };
        Ok(Self {
            caching: build(ResolverOpts::default().cache_size)?,
            direct: build(0)?,
            timeout: settings.timeout,
        })
    }

    /// The same resolver without a cache: sees what DNS says now, for verifying records.
    #[must_use]
    pub fn uncached(&self) -> Self {
        Self {
            caching: self.direct.clone(),
            ..self.clone()
        }
    }

    /// The library's resolver, for message verification.
    pub(crate) fn inner(&self) -> &TokioResolver {
        &self.caching
    }

    /// TXT records; the strings of one record are joined without a separator (RFC 7208 §3.3).
    ///
    /// # Errors
    /// [`DnsError`].
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, DnsError> {
        self.ask(name, RecordType::TXT, |data| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        })
        .await
    }

    /// Mail exchangers in the order of the answer.
    ///
    /// # Errors
    /// [`DnsError`].
    pub async fn mx(&self, name: &str) -> Result<Vec<MxHost>, DnsError> {
        self.ask(name, RecordType::MX, |data| match data {
            RData::MX(mx) => Some(MxHost {
                exchange: presentation(&mx.exchange),
                preference: mx.preference,
            }),
            _ => None,
        })
        .await
    }

    /// Addresses, IPv4 before IPv6. One family failing does not hide the other.
    ///
    /// # Errors
    /// [`DnsError`]; `NotFound` only when both families gave a definite answer.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DnsError> {
        let (v4, v6) = tokio::join!(
            self.ask(name, RecordType::A, |data| match data {
                RData::A(a) => Some(IpAddr::V4(a.0)),
                _ => None,
            }),
            self.ask(name, RecordType::AAAA, |data| match data {
                RData::AAAA(a) => Some(IpAddr::V6(a.0)),
                _ => None,
            }),
        );
        match (v4, v6) {
            (Ok(mut v4), Ok(v6)) => {
                v4.extend(v6);
                Ok(v4)
            }
            (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
            (Err(DnsError::NotFound), Err(DnsError::NotFound)) => Err(DnsError::NotFound),
            (Err(e @ DnsError::Failed(_)), _) | (_, Err(e)) => Err(e),
        }
    }

    /// The target of a CNAME at this very name.
    ///
    /// # Errors
    /// [`DnsError`].
    pub async fn cname(&self, name: &str) -> Result<String, DnsError> {
        let targets = self
            .ask(name, RecordType::CNAME, |data| match data {
                RData::CNAME(target) => Some(presentation(&target.0)),
                _ => None,
            })
            .await?;
        targets.into_iter().next().ok_or(DnsError::NotFound)
    }

    /// Host names an address claims to have (PTR).
    ///
    /// # Errors
    /// [`DnsError`].
    pub async fn reverse(&self, address: IpAddr) -> Result<Vec<String>, DnsError> {
        self.query(Name::from(address), RecordType::PTR, |data| match data {
            RData::PTR(name) => Some(presentation(&name.0)),
            _ => None,
        })
        .await
    }

    async fn ask<T>(
        &self,
        name: &str,
        record_type: RecordType,
        pick: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, DnsError> {
        let mut name = Name::from_ascii(name).map_err(|_| DnsError::NotFound)?;
        name.set_fqdn(true);
        self.query(name, record_type, pick).await
    }

    /// Boxed, so that the library is compiled here and not anew in every crate that awaits an answer.
    fn look_up(&self, name: Name, kind: RecordType) -> BoxFuture<'_, Result<Lookup, DnsError>> {
        let answer = tokio::time::timeout(self.timeout, self.caching.lookup(name, kind));
        let in_time = |answer: Result<Result<_, _>, Elapsed>| match answer {
            Ok(answer) => answer.map_err(classify),
            Err(_) => Err(DnsError::Failed("no answer in time".to_owned())),
        };
        answer.map(in_time).boxed()
    }

    async fn query<T>(
        &self,
        name: Name,
        record_type: RecordType,
        pick: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, DnsError> {
        let answer = self.look_up(name, record_type).await?;
        let found: Vec<T> = answer
            .answers()
            .iter()
            .filter_map(|record| pick(&record.data))
            .take(RECORDS_MAX)
            .collect();
        if found.is_empty() {
            return Err(DnsError::NotFound);
        }
        Ok(found)
    }
}

fn name_servers(servers: &[SocketAddr]) -> Vec<NameServerConfig> {
    servers
        .iter()
        .map(|server| {
            let at = |mut connection: ConnectionConfig| {
                connection.port = server.port();
                connection
            };
            let connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
            NameServerConfig::new(server.ip(), true, connections)
        })
        .collect()
}

fn presentation(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

fn failed(error: impl std::fmt::Display) -> DnsError {
    DnsError::Failed(error.to_string())
}

fn classify(error: NetError) -> DnsError {
    match &error {
        NetError::Dns(Answer::NoRecordsFound(none))
            if matches!(
                none.response_code,
                ResponseCode::NXDomain | ResponseCode::NoError
            ) =>
        {
            DnsError::NotFound
        }
        _ => failed(error),
    }
}
