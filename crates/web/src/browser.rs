//! The browser somebody signs in with.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};
use postscale_actions::auth::Browser;

use crate::{Peer, Settings, cookie::device_cookie_value};

/// Where a request came from, what it calls itself, and whether it was here before.
#[derive(Debug, Clone)]
pub struct FromBrowser {
    /// The client's address.
    pub ip: IpAddr,
    user_agent: String,
    device: Option<String>,
}

impl FromBrowser {
    /// As use cases take it.
    #[must_use]
    pub fn get(&self) -> Browser<'_> {
        Browser {
            ip: self.ip,
            user_agent: &self.user_agent,
            device: self.device.as_deref(),
        }
    }
}

impl<S> FromRequestParts<S> for FromBrowser
where
    S: Send + Sync,
    Settings: FromRef<S>,
{
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Peer(ip) = Peer::from_request_parts(parts, state).await?;
        let agent = parts.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok());
        let device = device_cookie_value(&parts.headers, &Settings::from_ref(state));
        Ok(Self {
            ip,
            user_agent: agent.unwrap_or_default().to_owned(),
            device: device.map(str::to_owned),
        })
    }
}
