//! Where mail goes: the hosts of a destination, and opening a connection to one of them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use postscale_mail::{
    dns::{DnsError, Resolver},
    mx::{self, RouteError},
};
use postscale_model::{BounceType, HostName, Isp};
use postscale_smtp::{
    client::{ClientSettings, Connection, TlsPolicy},
    tls::{Connector, TlsError},
};

use super::outcome::{Tried, Verdict};
use crate::{
    net_filter::NetFilter,
    settings::{EngineSettings, Smarthost},
};

/// Addresses of one host that are tried.
const ADDRESSES_MAX: usize = 4;
/// Connections that are tried before a site counts as away.
const DIALS_MAX: usize = 8;

/// Hosts that take the same mail: what connections are kept by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Site {
    /// Best first.
    hosts: Vec<HostName>,
    port: u16,
    is_smarthost: bool,
}

impl Site {
    /// Whose servers the best of them is of; a smarthost passes mail on to anybody's.
    pub(crate) fn provider(&self) -> Option<Isp> {
        let best = self.hosts.first().filter(|_| !self.is_smarthost)?;
        Some(Isp::of(best.as_str()))
    }
}

/// An open connection and whose it is.
pub(crate) struct Open {
    pub connection: Connection,
    /// Its name; the address of a smarthost that is given by it.
    pub host: String,
    /// Messages it carried.
    pub messages: u32,
    /// Counts it where its site is looked after.
    pub counted: Option<Counted>,
}

/// One of a number of things; the number falls when it is dropped.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(crate) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Finds sites and dials them.
pub(crate) struct Dialler {
    resolver: Resolver,
    filter: NetFilter,
    settings: Arc<EngineSettings>,
    smarthost: Option<Smarthost>,
    opportunistic: Connector,
    verifying: Connector,
}

impl Dialler {
    pub(crate) fn new(
        resolver: Resolver,
        settings: Arc<EngineSettings>,
        smarthost: Option<Smarthost>,
    ) -> Result<Self, TlsError> {
        let verifying = match &settings.tls_roots_pem {
            Some(pem) => Connector::verifying_with(pem)?,
            None => Connector::verifying()?,
        };
        Ok(Self {
            resolver,
            filter: NetFilter::new(settings.outbound_allow.clone()),
            settings,
            smarthost,
            opportunistic: Connector::opportunistic()?,
            verifying,
        })
    }

    /// The site of a domain.
    pub(crate) async fn site(&self, domain: &HostName) -> Result<Site, Tried> {
        if let Some(smarthost) = &self.smarthost {
            return Ok(Site {
                hosts: vec![smarthost.host.clone()],
                port: smarthost.port,
                is_smarthost: true,
            });
        }
        let route = mx::route(&self.resolver, domain).await;
        let exchanges = route.map_err(|error| match &error {
            RouteError::NullMx => Tried::observed(
                Verdict::Permanent(BounceType::Hard),
                "5.1.10",
                error.to_string(),
            ),
            RouteError::NoSuchDomain => Tried::observed(
                Verdict::Permanent(BounceType::Hard),
                "5.1.2",
                error.to_string(),
            ),
            RouteError::Temporary(_) => {
                Tried::observed(Verdict::Transient, "4.4.3", error.to_string())
            }
        })?;
        // A name that is no host name has no address either.
        let hosts = exchanges.iter().filter_map(|mx| mx.exchange.parse().ok());
        Ok(Site {
            hosts: hosts.collect(),
            port: self.settings.outbound_port,
            is_smarthost: false,
        })
    }

    /// Opens a connection to the best host that answers.
    pub(crate) async fn open(&self, site: &Site) -> Result<Box<Open>, Tried> {
        let mut dials = 0;
        let mut trouble = None;
        for host in &site.hosts {
            let addresses = match self.addresses(site, host).await {
                Ok(addresses) => addresses,
                Err(why) => {
                    // What may pass is worth more than what will not.
                    let keep = |kept: &Tried| kept.verdict == Verdict::Transient;
                    trouble = trouble.filter(keep).or(Some(why));
                    continue;
                }
            };
            let settings = self.client_settings(site, host);
            let host = self.shown(site, host);
            for address in addresses {
                if dials == DIALS_MAX {
                    break;
                }
                dials += 1;
                match Connection::connect(address, &settings).await {
                    Ok(connection) => {
                        return Ok(Box::new(Open {
                            connection,
                            host,
                            messages: 0,
                            counted: None,
                        }));
                    }
                    Err(error) => {
                        tracing::debug!(mx.host = %host, %address, %error, "a host cannot be used");
                        trouble = Some(Tried::failed(&error, &host));
                    }
                }
            }
        }
        Err(trouble.unwrap_or_else(|| {
            let hard = Verdict::Permanent(BounceType::Hard);
            Tried::observed(hard, "5.4.4", "none of the mail servers has a valid name")
        }))
    }

    /// What a host is called where people read it.
    fn shown(&self, site: &Site, host: &HostName) -> String {
        let smarthost = self.smarthost.as_ref().filter(|_| site.is_smarthost);
        match smarthost.and_then(|smarthost| smarthost.address) {
            Some(address) => address.to_string(),
            None => host.to_string(),
        }
    }

    async fn addresses(&self, site: &Site, host: &HostName) -> Result<Vec<SocketAddr>, Tried> {
        let named = |mut tried: Tried| {
            tried.mx_host = Some(host.to_string());
            tried
        };
        let known = self.smarthost.as_ref().filter(|_| site.is_smarthost);
        if let Some(address) = known.and_then(|smarthost| smarthost.address) {
            return Ok(vec![SocketAddr::new(address, site.port)]);
        }
        let found = self.resolver.addresses(host.as_str()).await;
        let found = found.map_err(|error| {
            let text = match &error {
                DnsError::NotFound => "the mail server has no address".to_owned(),
                DnsError::Failed(_) => error.to_string(),
            };
            named(Tried::observed(Verdict::Transient, "4.4.3", text))
        })?;
        let may_dial =
            |address: &std::net::IpAddr| site.is_smarthost || self.filter.may_dial(*address);
        let permitted = found.into_iter().filter(may_dial).take(ADDRESSES_MAX);
        let addresses: Vec<_> = permitted
            .map(|address| SocketAddr::new(address, site.port))
            .collect();
        if addresses.is_empty() {
            let hard = Verdict::Permanent(BounceType::Hard);
            let text = "the mail server's address is not a public one";
            return Err(named(Tried::observed(hard, "5.4.4", text)));
        }
        Ok(addresses)
    }

    fn client_settings(&self, site: &Site, host: &HostName) -> ClientSettings {
        let credentials = match &self.smarthost {
            Some(smarthost) if site.is_smarthost => smarthost.credentials(),
            _ => None,
        };
        let tls = if credentials.is_some() {
            TlsPolicy::Required(self.verifying.clone())
        } else {
            TlsPolicy::Opportunistic(self.opportunistic.clone())
        };
        let ehlo_name = self.settings.ehlo_name.clone();
        ClientSettings {
            credentials,
            timeouts: self.settings.smtp_timeouts.clone(),
            ..ClientSettings::new(ehlo_name, host.clone(), tls)
        }
    }
}
