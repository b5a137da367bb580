//! What the web layer needs to know of the instance.

use std::sync::Arc;

use ipnet::IpNet;

/// What the web layer needs to know of the instance. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base of links, without a trailing slash.
    pub public_url: Arc<str>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[IpNet]>,
}

impl Settings {
    /// Whether cookies carry `Secure`: always, except under `http://` on loopback.
    #[must_use]
    pub fn secure_cookies(&self) -> bool {
        !self.public_url.starts_with("http://")
    }
}
