//! Posting to endpoints strangers chose (security.md W1).
//!
//! The filter is asked about every address before it is dialled: names are resolved here, once, and
//! only what passes is handed to the HTTP client; addresses written in the URL are looked at too,
//! because no resolver sees them. No redirects, no proxies; the answer's body is not read.

use std::{
    error::Error as _,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use postscale_mail::dns::Resolver;
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect,
};
use url::{Host, Url};

use crate::{net_filter::NetFilter, settings::EngineSettings};

/// Time one try may take (api.md §20.8).
const TIMEOUT: Duration = Duration::from_secs(15);
/// Ports of public endpoints.
const PORTS: [u16; 2] = [443, 8443];

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Roots or versions are unusable.
    #[error("TLS for webhooks: {0}")]
    Tls(#[from] rustls::Error),
    /// A root is no certificate.
    #[error("a root certificate cannot be read: {0}")]
    Root(#[from] rustls::pki_types::pem::Error),
    /// The HTTP client refuses.
    #[error("the HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

/// Posts.
pub(crate) struct Poster {
    filter: Arc<NetFilter>,
    /// For https on the usual ports.
    public: Client,
    /// For anything else: only inside the operator's networks.
    inside: Client,
}

/// Which addresses a client may dial.
#[derive(Debug, Clone, Copy)]
enum Reach {
    Public,
    Inside,
}

impl Reach {
    fn permits(self, filter: &NetFilter, address: IpAddr) -> bool {
        match self {
            Self::Public => filter.may_dial(address),
            Self::Inside => filter.is_allowed_inside(address),
        }
    }
}

struct Filtered {
    resolver: Resolver,
    filter: Arc<NetFilter>,
    reach: Reach,
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.resolver.clone();
        let (filter, reach) = (Arc::clone(&self.filter), self.reach);
        Box::pin(async move {
            let found = resolver.addresses(name.as_str()).await?;
            let permitted: Vec<_> = found
                .into_iter()
                .filter(|address| reach.permits(&filter, *address))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if permitted.is_empty() {
                return Err(Forbidden(reach).into());
            }
            let addresses: Addrs = Box::new(permitted.into_iter());
            Ok(addresses)
        })
    }
}

/// The address is not one that may be dialled.
#[derive(Debug, thiserror::Error)]
struct Forbidden(Reach);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Reach::Public => "the address is not a public one",
            Reach::Inside => {
                "plain http and unusual ports are posted to only inside the allowed networks"
            }
        })
    }
}

impl Poster {
    pub(crate) fn new(resolver: &Resolver, settings: &EngineSettings) -> Result<Self, HttpError> {
        let filter = Arc::new(NetFilter::new(settings.webhook_allow.clone()));
        let tls = tls(settings.tls_roots_pem.as_deref())?;
        let client = |reach| {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Arc::new(Filtered {
                    resolver: resolver.clone(),
                    filter: Arc::clone(&filter),
                    reach,
                }))
                .redirect(redirect::Policy::none())
                .no_proxy()
                .timeout(TIMEOUT)
                .user_agent("Postscale")
                .build()
        };
        Ok(Self {
            public: client(Reach::Public)?,
            inside: client(Reach::Inside)?,
            filter,
        })
    }

    /// Posts once; the status, or why there was none in words for the endpoint's owner.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<u16, String> {
        let url = Url::parse(url).map_err(|_| "the URL cannot be read".to_owned())?;
        let reach = reach(&url)?;
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err("the URL has no host".to_owned()),
        };
        if literal.is_some_and(|address| !reach.permits(&self.filter, address)) {
            return Err(Forbidden(reach).to_string());
        }
        let client = match reach {
            Reach::Public => &self.public,
            Reach::Inside => &self.inside,
        };
        let sent = client.post(url).headers(headers).body(body).send().await;
        sent.map(|response| response.status().as_u16())
            .map_err(|error| words(&error))
    }
}

fn reach(url: &Url) -> Result<Reach, String> {
    let port = url.port_or_known_default().unwrap_or(0);
    match url.scheme() {
        "https" if PORTS.contains(&port) => Ok(Reach::Public),
        "https" | "http" => Ok(Reach::Inside),
        _ => Err("only https is posted to".to_owned()),
    }
}

/// What happened, without addresses or other inside knowledge.
fn words(error: &reqwest::Error) -> String {
    let mut source = error.source();
    while let Some(why) = source {
        if let Some(forbidden) = why.downcast_ref::<Forbidden>() {
            return forbidden.to_string();
        }
        source = why.source();
    }
    let words = if error.is_timeout() {
        "no answer within 15 seconds"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection was lost"
    };
    words.to_owned()
}

fn tls(roots_pem: Option<&str>) -> Result<rustls::ClientConfig, HttpError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut roots = rustls::RootCertStore::empty();
    match roots_pem {
        Some(pem) => {
            for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots.add(root?)?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
