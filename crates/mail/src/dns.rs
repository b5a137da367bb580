//! Questions to DNS, with limits and with *nothing there* kept apart from *could not find out*.
//!
//! A [`Resolver`] asks the servers it was given, or those of the system. It never reads a hosts
//! file and never applies a search list. Each question takes at most the configured time, five
//! seconds by default; an answer is at most one DNS message (64 KiB) and its records are capped.
//! Records of other names than the one asked for, or those it is an alias of, are ignored.
//!
//! [`Resolver::at_source`] asks the servers of a zone themselves, whose answers no cache has aged.

mod answer;
mod settings;
mod source;

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

use self::answer::{absolute, classify, failed, owners, presentation};
pub use self::settings::{DnsSettings, Source};

/// Records of one answer that are looked at.
pub(crate) const RECORDS_MAX: usize = 100;
/// Aliases followed from one name, as the library does for other questions.
const ALIASES_MAX: usize = 8;

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
    fresh: TokioResolver,
    /// The servers of one zone, asked before the others.
    zone: Option<TokioResolver>,
    is_fresh: bool,
    timeout: Duration,
    source: Option<Source>,
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
            let mut options = options(settings.timeout / 2);
            options.cache_size = cache_size;
            built(config.clone(), options)
        };
        Ok(Self {
            caching: build(ResolverOpts::default().cache_size)?,
            fresh: build(0)?,
            zone: None,
            is_fresh: false,
            timeout: settings.timeout,
            source: settings.source.clone(),
        })
    }

    /// The same resolver without a cache: sees what DNS says now, for verifying records.
    #[must_use]
    pub fn uncached(&self) -> Self {
        Self {
            is_fresh: true,
            ..self.clone()
        }
    }

    /// The same resolver with a cache, and without the servers of a zone.
    #[must_use]
    pub fn cached(&self) -> Self {
        Self {
            is_fresh: false,
            zone: None,
            ..self.clone()
        }
    }

    /// The library's resolver, for message verification.
    pub(crate) fn inner(&self) -> &TokioResolver {
        if self.is_fresh {
            &self.fresh
        } else {
            &self.caching
        }
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

    /// The names a name is an alias of, one after the other. A chain that comes back to a name it
    /// has passed ends with that name.
    ///
    /// # Errors
    /// [`DnsError::NotFound`] when the name itself is no alias; [`DnsError::Failed`].
    pub async fn aliases(&self, name: &str) -> Result<Vec<String>, DnsError> {
        let mut chain = vec![self.cname(name).await?];
        while let Some(last) = chain.last()
            && last != name
            && chain.len() < ALIASES_MAX
        {
            let is_known = |next: &str| next == name || chain.iter().any(|one| one == next);
            match self.cname(last).await {
                Ok(next) if is_known(&next) => {
                    chain.push(next);
                    break;
                }
                Ok(next) => chain.push(next),
                Err(_) => break,
            }
        }
        Ok(chain)
    }

    /// Whether a name exists, with whatever records (RFC 8020).
    ///
    /// # Errors
    /// [`DnsError::Failed`].
    pub async fn exists(&self, name: &str) -> Result<bool, DnsError> {
        let Ok(name) = absolute(name) else {
            return Ok(false);
        };
        match self.answer(&name, RecordType::SOA).await {
            Ok(_) => Ok(true),
            Err(NetError::Dns(Answer::NoRecordsFound(none)))
                if none.response_code == ResponseCode::NXDomain =>
            {
                Ok(false)
            }
            Err(error) => match classify(error) {
                DnsError::NotFound => Ok(true),
                failed @ DnsError::Failed(_) => Err(failed),
            },
        }
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
        let name = absolute(name)?;
        self.query(name, record_type, pick).await
    }

    async fn query<T>(
        &self,
        name: Name,
        record_type: RecordType,
        pick: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, DnsError> {
        let answer = self.answer(&name, record_type).await.map_err(classify)?;
        let owners = owners(&name, answer.answers());
        let found: Vec<T> = answer
            .answers()
            .iter()
            .filter(|record| owners.contains(&&record.name))
            .filter_map(|record| pick(&record.data))
            .take(RECORDS_MAX)
            .collect();
        if found.is_empty() {
            return Err(DnsError::NotFound);
        }
        Ok(found)
    }

    /// What the zone's own servers say, if they are known and say it for themselves; what the others
    /// say otherwise. Both together have the time of one question. Boxed, so that the library is
    /// compiled here and not anew in every crate that awaits an answer.
    fn answer<'a>(
        &'a self,
        name: &'a Name,
        record_type: RecordType,
    ) -> BoxFuture<'a, Result<Lookup, NetError>> {
        let asked = async move {
            if let Some(zone) = &self.zone
                && let Some(answer) = source::ask(zone, name, record_type, self.timeout / 2).await
            {
                return answer;
            }
            self.inner().lookup(name.clone(), record_type).await
        };
        let in_time = tokio::time::timeout(self.timeout, asked);
        in_time
            .map(|in_time| in_time.unwrap_or(Err(NetError::Timeout)))
            .boxed()
    }
}

fn options(timeout: Duration) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = timeout;
    options.attempts = 1;
    options
}

fn built(config: ResolverConfig, options: ResolverOpts) -> Result<TokioResolver, DnsError> {
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .with_options(options)
        .build()
        .map_err(failed)
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
