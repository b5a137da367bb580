//! Where mail for a domain goes (RFC 5321 §5.1, RFC 7505).

use postscale_model::HostName;

use crate::dns::{DnsError, MxHost, Resolver};

/// Exchangers of one domain that are tried.
const HOSTS_MAX: usize = 20;

/// Why there is no way to a domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The domain says it takes no mail: a permanent failure, 5.1.10.
    #[error("the domain accepts no mail (null MX)")]
    NullMx,
    /// Neither MX nor address: a permanent failure, 5.1.2.
    #[error("the domain does not exist or has no mail server")]
    NoSuchDomain,
    /// DNS gave no definite answer: try later, 4.4.3.
    #[error("the mail servers of the domain could not be looked up: {0}")]
    Temporary(String),
}

/// The exchangers of a domain, best first; the domain itself when it has an address but no MX.
///
/// Hosts of the same preference keep the order of the answer, which name servers rotate.
///
/// # Errors
/// [`RouteError`].
pub async fn route(resolver: &Resolver, domain: &HostName) -> Result<Vec<MxHost>, RouteError> {
    match resolver.mx(domain.as_str()).await {
        Ok(hosts) => usable(hosts),
        Err(DnsError::Failed(why)) => Err(RouteError::Temporary(why)),
        Err(DnsError::NotFound) => match resolver.addresses(domain.as_str()).await {
            Ok(_) => Ok(vec![MxHost {
                exchange: domain.as_str().to_owned(),
                preference: 0,
            }]),
            Err(DnsError::NotFound) => Err(RouteError::NoSuchDomain),
            Err(DnsError::Failed(why)) => Err(RouteError::Temporary(why)),
        },
    }
}

fn usable(mut hosts: Vec<MxHost>) -> Result<Vec<MxHost>, RouteError> {
    // RFC 7505 §3: the null MX stands alone; beside others the root is no host to try.
    hosts.retain(|host| !host.exchange.is_empty());
    if hosts.is_empty() {
        return Err(RouteError::NullMx);
    }
    hosts.sort_by_key(|host| host.preference);
    hosts.dedup_by(|a, b| a.exchange == b.exchange);
    hosts.truncate(HOSTS_MAX);
    Ok(hosts)
}
