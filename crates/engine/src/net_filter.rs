//! Which addresses strangers may make us dial: public ones, and those the operator allows.
//!
//! The same filter serves outbound mail and webhooks. It is asked about the address that is dialled,
//! after every resolution, never about a name. An IPv4 address written as IPv6 is judged as IPv4; what
//! carries one inside (6to4, NAT64, Teredo) is refused as a whole.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The filter with the operator's exceptions.
#[derive(Debug, Clone, Default)]
pub struct NetFilter {
    allowed: Vec<IpNet>,
}

impl NetFilter {
    /// A filter that also lets these networks pass.
    #[must_use]
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether the operator named the address.
    #[must_use]
    pub fn is_allowed_inside(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|net| net.contains(&address))
    }

    /// Whether the address may be dialled.
    #[must_use]
    pub fn may_dial(&self, address: IpAddr) -> bool {
        is_public(address) || self.is_allowed_inside(address)
    }
}

/// Whether an address belongs to the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// RFC 6890 and the IANA registry of special-purpose addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // "This network", private, loopback, link-local, multicast, class E and broadcast.
        (0 | 10 | 127 | 224..=255, ..) | (169, 254, _) | (192, 168, _) => true,
        (172, 16..=31, _) => true,
        // Carrier-grade NAT (RFC 6598), benchmarks (RFC 2544).
        (100, 64..=127, _) | (198, 18..=19, _) => true,
        // Protocol assignments, documentation, AS112, 6to4 relays, AMT.
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) => true,
        (192, 31, 196) | (192, 88, 99) | (192, 52, 193) | (192, 175, 48) => true,
        _ => false,
    };
    !is_special
}

/// Only global unicast `2000::/3` is public, and of that not what is reserved or carries IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    if first & 0xe000 != 0x2000 {
        // Among others ::/96, 64:ff9b::/32 (NAT64), 100::/64, 5f00::/16 (SRv6), fc00::/7 (ULA),
        // fe80::/10, fec0::/10, ff00::/8.
        return false;
    }
    let is_special = match (first, second, third) {
        // IETF assignments: Teredo, benchmarks, ORCHID (RFC 2928).
        (0x2001, 0x0000..=0x01ff, _) => true,
        // Documentation (RFC 3849, RFC 9637), 6to4 (RFC 3056).
        (0x2001, 0x0db8, _) | (0x3fff, 0x0000..=0x0fff, _) | (0x2002, ..) => true,
        // AS112 (RFC 7534).
        (0x2620, 0x004f, 0x8000) => true,
        _ => false,
    };
    !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for (address, want) in [
            ("8.8.8.8", true),
            ("100.63.255.255", true),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.15.0.1", true),
            ("172.16.0.1", false),
            ("192.0.0.1", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.0.1", false),
            ("198.18.0.1", false),
            ("198.51.100.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("::ffff:8.8.8.8", true),
            ("::ffff:127.0.0.1", false),
            ("::ffff:a9fe:a9fe", false),
            ("::127.0.0.1", false),
            ("::", false),
            ("::1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b:1::1", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:2::1", false),
            ("2001:20::1", false),
            ("2001:db8::1", false),
            ("2001:4860:4860::8888", true),
            ("2002:7f00:1::", false),
            ("2606:4700::1", true),
            ("2620:4f:8000::1", false),
            ("3fff:1::1", false),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), want, "{address}");
        }
    }

    #[test]
    fn the_operator_may_allow_networks() {
        let filter = NetFilter::new(vec!["127.0.0.0/8".parse().unwrap()]);
        for (address, want) in [
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("::1", false),
            ("10.0.0.1", false),
            ("8.8.8.8", true),
        ] {
            assert_eq!(filter.may_dial(address.parse().unwrap()), want, "{address}");
        }
        assert!(!filter.is_allowed_inside("8.8.8.8".parse().unwrap()));
    }
}
