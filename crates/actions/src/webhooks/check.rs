//! What an endpoint may look like.
//!
//! An early and friendly answer only: what an endpoint's name resolves to is judged at every
//! delivery, when dialling.

use std::net::IpAddr;

use ipnet::IpNet;
use postscale_model::{Invalid, WebhookEvent};
use url::{Host, Url};

/// Octets of a URL.
const URL_OCTETS_MAX: usize = 2048;
/// Octets of a recipient pattern: an address's.
const MATCH_OCTETS_MAX: usize = 254;
/// Ends of names that never are public (RFC 6761, RFC 6762, RFC 8375, and what is in use).
const PRIVATE_ENDS: [&str; 6] = ["localhost", "local", "internal", "home.arpa", "lan", "test"];

/// A URL that could be delivered to.
pub(super) fn url(text: &str, allow: &[IpNet]) -> Result<(), Invalid> {
    let wrong = |problem: &str| Err(Invalid::field("url", problem));
    if text.len() > URL_OCTETS_MAX {
        return wrong("must have at most 2048 characters");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return wrong("must not contain white space or control characters");
    }
    let Ok(url) = Url::parse(text) else {
        return wrong("must be a URL such as https://example.com/hook");
    };
    let Some(host) = url.host() else {
        return wrong("must be a URL such as https://example.com/hook");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("must not contain a user name or password");
    }
    if url.fragment().is_some() {
        return wrong("must not contain a fragment");
    }
    let place = place(&host, allow);
    match (url.scheme(), place) {
        ("https" | "http", Place::Closed) => {
            wrong("must lead to a public host name, not to an address or a private name")
        }
        ("https", _) | ("http", Place::Allowed) => Ok(()),
        _ => wrong("must begin with https://"),
    }
}

/// Where a host seems to be.
enum Place {
    /// In public, by its name.
    Public,
    /// Where the operator allows webhooks to go in plain text.
    Allowed,
    /// Where webhooks may not go.
    Closed,
}

fn place(host: &Host<&str>, allow: &[IpNet]) -> Place {
    let address = |address: IpAddr| {
        if allow.iter().any(|net| net.contains(&address)) {
            Place::Allowed
        } else {
            Place::Closed
        }
    };
    let name = match host {
        Host::Ipv4(v4) => return address((*v4).into()),
        Host::Ipv6(v6) => return address(v6.to_canonical()),
        Host::Domain(name) => name.strip_suffix('.').unwrap_or(name),
    };
    let ends = |end: &str| {
        name.strip_suffix(end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if name.contains('.') && !PRIVATE_ENDS.iter().any(|end| ends(end)) {
        Place::Public
    } else if allow.is_empty() {
        Place::Closed
    } else {
        // A name inside the operator's own network: dialling finds out whether that is allowed.
        Place::Allowed
    }
}

/// Events to be told of, each once.
pub(super) fn events(named: Vec<WebhookEvent>) -> Result<Vec<WebhookEvent>, Invalid> {
    if named.is_empty() {
        return Err(Invalid::field(
            "events",
            "must name at least one event, or be absent",
        ));
    }
    let mut events = Vec::with_capacity(named.len());
    for event in named {
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}

/// A glob over recipients: `*` and `?`, everything else as it stands.
pub(super) fn recipient_match(glob: &str) -> Result<(), Invalid> {
    let bad = |c: char| c.is_control() || c.is_whitespace();
    if glob.is_empty() || glob.len() > MATCH_OCTETS_MAX || glob.chars().any(bad) {
        let problem = "must be a pattern such as *@example.com, of at most 254 characters";
        return Err(Invalid::field("match", problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_https_and_allowed_hosts_are_endpoints() {
        let allow: [IpNet; 2] = ["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (text, by_default, when_allowed) in [
            ("https://example.com/hook", true, true),
            ("https://example.com:8443/hook?a=b", true, true),
            ("http://example.com/hook", false, false),
            ("https://bücher.example/", true, true),
            ("https://93.184.216.34/", false, false),
            ("https://127.0.0.1/", false, true),
            ("http://127.0.0.1:9000/", false, true),
            ("http://2130706433/", false, true),
            ("http://0x7f.1/", false, true),
            ("http://10.0.0.1/", false, false),
            ("http://[::ffff:127.0.0.1]/", false, true),
            ("http://[fd00::1]/", false, true),
            ("https://[::1]/", false, false),
            ("http://localhost:9000/", false, true),
            ("https://a.localhost./", false, true),
            ("https://metadata.google.internal/", false, true),
            ("https://intranet/", false, true),
            ("https://notlocal.example/", true, true),
            ("https://user:pass@example.com/", false, false),
            ("https://example.com/#there", false, false),
            ("https://exa mple.com/", false, false),
            ("https://example.com/\r\nHost: x", false, false),
            ("ftp://example.com/", false, false),
            ("https:", false, false),
            ("example.com/hook", false, false),
            ("", false, false),
        ] {
            assert_eq!(url(text, &[]).is_ok(), by_default, "{text}");
            assert_eq!(
                url(text, &allow).is_ok(),
                when_allowed,
                "{text} with allowed networks"
            );
        }
        let long = format!("https://example.com/{}", "a".repeat(URL_OCTETS_MAX));
        assert!(url(&long, &[]).is_err());
    }

    #[test]
    fn events_are_named_once() {
        use WebhookEvent::{EmailBounced, EmailReceived};
        assert!(events(vec![]).is_err());
        let told = events(vec![EmailReceived, EmailBounced, EmailReceived]);
        assert_eq!(told.unwrap(), [EmailReceived, EmailBounced]);
    }

    #[test]
    fn a_pattern_is_short_and_in_one_piece() {
        for (glob, good) in [
            ("*@example.com", true),
            ("", false),
            ("a b", false),
            ("a\n", false),
        ] {
            assert_eq!(recipient_match(glob).is_ok(), good, "{glob:?}");
        }
    }
}
