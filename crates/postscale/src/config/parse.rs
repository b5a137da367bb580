//! What the texts of single settings mean. Errors never repeat the text: it may be a secret.

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ipnet::IpNet;

/// Background work that a node can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Delivering mail.
    Deliver,
    /// Delivering webhooks.
    Webhooks,
    /// Checking domains' DNS records.
    Verify,
    /// Reading reports.
    Reports,
    /// Aggregating, expiring, cleaning up.
    Maintenance,
}

impl Work {
    /// All of it.
    pub const ALL: [Self; 5] = [
        Self::Deliver,
        Self::Webhooks,
        Self::Verify,
        Self::Reports,
        Self::Maintenance,
    ];
}

pub fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be an address and a port such as 127.0.0.1:8080 or [::1]:25")
}

pub fn network(text: &str) -> Result<IpNet, &'static str> {
    text.parse()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "must be networks such as 10.0.0.0/8 or fd00::/8")
}

/// How many; `None` is no limit.
pub fn most(text: &str) -> Result<Option<NonZeroU32>, &'static str> {
    let most: u32 = text
        .parse()
        .map_err(|_| "must be a whole number, 0 for no limit")?;
    Ok(NonZeroU32::new(most))
}

pub fn port(text: &str) -> Result<u16, &'static str> {
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or("must be a port from 1 to 65535")
}

/// One word out of a few.
pub fn word<T: Copy>(words: &[(&str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            format!("must be one of: {}", words.join(", "))
        })
    }
}

/// `90s`, `5m`, `2h`, `5d`, with or without a space before the unit.
pub fn duration(text: &str) -> Result<Duration, &'static str> {
    let why = "must be a number and a unit such as 90s, 5m, 2h or 5d";
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(why)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| why)?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(why),
    };
    let duration = number
        .checked_mul(seconds)
        .filter(|seconds| *seconds > 0)
        .ok_or(why)?;
    Ok(Duration::from_secs(duration))
}

/// `all`, `none`, or a list.
pub fn workers(text: &str) -> Result<Vec<Work>, String> {
    const WORDS: [(&str, Work); 5] = [
        ("deliver", Work::Deliver),
        ("webhooks", Work::Webhooks),
        ("verify", Work::Verify),
        ("reports", Work::Reports),
        ("maintenance", Work::Maintenance),
    ];
    match text {
        "all" => Ok(Work::ALL.to_vec()),
        "none" => Ok(Vec::new()),
        list => {
            let mut works = list
                .split(',')
                .map(|entry| word(&WORDS)(entry.trim()))
                .collect::<Result<Vec<_>, _>>()?;
            works.sort_unstable();
            works.dedup();
            Ok(works)
        }
    }
}

/// 32 bytes in base64.
pub fn secret_key(text: &str) -> Result<[u8; 32], &'static str> {
    let octets = STANDARD.decode(text).ok();
    octets
        .and_then(|octets| octets.try_into().ok())
        .ok_or("must be 32 bytes in base64")
}

/// `http://…` or `https://…` without a path; a final slash is dropped.
pub fn public_url(text: &str) -> Result<String, &'static str> {
    let why = "must be http:// or https:// and a host, without a path";
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .ok_or(why)?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let bad = |c: char| c.is_whitespace() || c.is_control() || "/?#@\"'<>\\".contains(c);
    if host.is_empty() || host.contains(bad) {
        return Err(why);
    }
    Ok(text.strip_suffix('/').unwrap_or(text).to_owned())
}

/// The name of an SPF policy: a host name whose labels may begin with an underscore.
pub fn policy_name(text: &str) -> Result<String, String> {
    let plain: Vec<&str> = text
        .split('.')
        .map(|label| label.strip_prefix('_').unwrap_or(label))
        .collect();
    let checked = plain.join(".").parse::<postscale_model::HostName>();
    checked
        .map(|_| text.to_ascii_lowercase())
        .map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        let seconds = |text| duration(text).map(|duration| duration.as_secs()).ok();
        for (text, want) in [
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("5 d", Some(432_000)),
            ("2h", Some(7200)),
            ("", None),
            ("5", None),
            ("m", None),
            ("0s", None),
            ("-5m", None),
            ("99999999999999999999d", None),
            ("213503982334602d", None),
        ] {
            assert_eq!(seconds(text), want, "{text}");
        }
    }

    #[test]
    fn public_urls_are_origins() {
        assert_eq!(
            public_url("https://mail.example.com/").as_deref(),
            Ok("https://mail.example.com")
        );
        for text in [
            "mail.example.com",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://a?b",
            "http://a@b",
        ] {
            assert!(public_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_secret_key_has_32_bytes() {
        assert!(secret_key(&STANDARD.encode([7; 32])).is_ok());
        assert!(secret_key(&STANDARD.encode([7; 31])).is_err());
        assert!(secret_key("!").is_err());
    }

    #[test]
    fn workers_are_all_none_or_listed_once() {
        assert_eq!(workers("all").unwrap(), Work::ALL);
        assert_eq!(workers("none").unwrap(), []);
        assert_eq!(
            workers("verify, deliver,verify").unwrap(),
            [Work::Deliver, Work::Verify]
        );
        assert!(workers("deliver,sleep").is_err());
    }
}
