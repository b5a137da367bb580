//! Whose connection a request came over.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderName, request::Parts},
};

use crate::Settings;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The socket's other end; put into each request by [`serve`](crate::serve).
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub SocketAddr);

/// The client's address: the socket's, or what a trusted proxy says of it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl<S> FromRequestParts<S> for Peer
where
    S: Send + Sync,
    Settings: FromRef<S>,
{
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let settings = Settings::from_ref(state);
        let socket = parts
            .extensions
            .get::<PeerAddress>()
            .map(|peer| peer.0.ip().to_canonical());
        let mut client = socket.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let trusted = |ip: IpAddr| settings.trusted_proxies.iter().any(|net| net.contains(&ip));
        let hops = parts.headers.get_all(X_FORWARDED_FOR).iter().rev();
        let mut hops = hops
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.rsplit(','));
        // The right-most hop that no trusted proxy vouches for is the client.
        while trusted(client) {
            match hops
                .next()
                .and_then(|hop| hop.trim().parse::<IpAddr>().ok())
            {
                Some(hop) => client = hop.to_canonical(),
                None => break,
            }
        }
        Ok(Self(client))
    }
}
