//! Whom to ask and how long to wait.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

/// Time one question may take (security.md M7).
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whom to ask and how long to wait.
#[derive(Debug, Clone)]
pub struct DnsSettings {
    /// Servers to ask; empty for those of the system.
    pub servers: Vec<SocketAddr>,
    /// Time one question may take, tries included.
    pub timeout: Duration,
    /// How the servers of zones themselves are asked; without it they are not.
    pub source: Option<Source>,
}

/// How [`Resolver::at_source`] asks the servers of a zone.
#[derive(Clone)]
pub struct Source {
    /// Their port.
    pub port: u16,
    /// Which addresses strangers' zones may make us ask.
    pub may_ask: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Default for DnsSettings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            timeout: TIMEOUT,
            source: None,
        }
    }
}
