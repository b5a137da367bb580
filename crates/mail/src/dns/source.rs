//! Asking the servers of a zone themselves.
//!
//! They are found through the usual servers, whose cache may be used for that: where a zone is served
//! changes rarely. An answer counts only when it is authoritative; a referral, a refusal or silence
//! leaves the question to the usual servers, so that a network with nothing but its own resolver, or
//! a sub-zone served elsewhere, costs time and no answer. Strangers say where their zones are served:
//! addresses that [`Source::may_ask`] refuses are never asked.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::future::join_all;
use hickory_resolver::{
    TokioResolver,
    config::ResolverConfig,
    lookup::Lookup,
    net::{DnsError as Answer, NetError},
    proto::rr::{Name, RData, RecordType},
};

use super::{Resolver, Source, answer::presentation, built, name_servers, options};

/// Names above the domain, itself included, at which its zone may begin.
const CUTS_MAX: usize = 5;
/// Servers of a zone whose addresses are looked up.
const SERVERS_MAX: usize = 4;
/// Addresses that are asked.
const ADDRESSES_MAX: usize = 6;

impl Resolver {
    /// The same resolver without a cache, which asks the servers of the domain's zone first. Without
    /// [`Source`], or when they cannot be found, only the usual servers are asked.
    pub async fn at_source(&self, domain: &str) -> Self {
        let mut found = self.uncached();
        if let Some(source) = &self.source {
            let servers = self.cached().servers_of(domain, source).await;
            found.zone = zone_resolver(&servers, self.timeout / 2);
        }
        found
    }

    /// Where the zone of a domain is served.
    async fn servers_of(&self, domain: &str, source: &Source) -> Vec<SocketAddr> {
        let cuts = std::iter::successors(Some(domain), |name| Some(name.split_once('.')?.1));
        let cuts = cuts.filter(|name| name.contains('.')).take(CUTS_MAX);
        // The one closest to the domain is its zone.
        let asked = join_all(cuts.map(|cut| self.name_servers_at(cut))).await;
        let Some(mut hosts) = asked.into_iter().find(|hosts| !hosts.is_empty()) else {
            return Vec::new();
        };
        hosts.truncate(SERVERS_MAX);
        let addresses = join_all(hosts.iter().map(|host| self.addresses(host))).await;
        let mut addresses: Vec<IpAddr> = addresses
            .into_iter()
            .flat_map(Result::unwrap_or_default)
            .filter(|address| (source.may_ask)(*address))
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        let at = |address| SocketAddr::new(address, source.port);
        addresses.into_iter().take(ADDRESSES_MAX).map(at).collect()
    }

    async fn name_servers_at(&self, name: &str) -> Vec<String> {
        let host = |data: &RData| match data {
            RData::NS(host) => Some(presentation(&host.0)),
            _ => None,
        };
        let found = self.ask(name, RecordType::NS, host).await;
        found.unwrap_or_default()
    }
}

fn zone_resolver(servers: &[SocketAddr], timeout: Duration) -> Option<TokioResolver> {
    if servers.is_empty() {
        return None;
    }
    let config = ResolverConfig::from_name_servers(name_servers(servers));
    let mut options = options(timeout);
    options.cache_size = 0;
    options.recursion_desired = false;
    built(config, options).ok()
}

/// What the servers of a zone say for themselves; nothing when others have to be asked.
pub(super) async fn ask(
    zone: &TokioResolver,
    name: &Name,
    record_type: RecordType,
    timeout: Duration,
) -> Option<Result<Lookup, NetError>> {
    let asked = zone.lookup(name.clone(), record_type);
    match tokio::time::timeout(timeout, asked).await.ok()? {
        Ok(answer) if answer.message().authoritative => Some(Ok(answer)),
        // What a zone does not have it says with its SOA record (RFC 2308 §2); a referral has none.
        Err(NetError::Dns(Answer::NoRecordsFound(none))) if none.soa.is_some() => {
            Some(Err(NetError::Dns(Answer::NoRecordsFound(none))))
        }
        _ => None,
    }
}
