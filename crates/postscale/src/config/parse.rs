//! What the texts of single settings mean. Errors never repeat the text: it may be a secret.

use std::{net::SocketAddr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ipnet::IpNet;

/// Delays between delivery attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule {
    /// In order; never empty.
    pub delays: Vec<Duration>,
    /// What follows the last one.
    pub after_last: AfterLast,
}

/// What follows the last delay of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterLast {
    /// The last delay, over and over.
    Repeat,
    /// Nothing: delivery has failed.
    GiveUp,
}

/// A host that relays for us.
#[derive(Clone, PartialEq, Eq)]
pub struct Smarthost {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password.
    pub login: Option<(String, String)>,
}

impl std::fmt::Debug for Smarthost {
    /// Leaves the login out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "smtp://{}:{}", self.host, self.port)
    }
}

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

/// `5m,15m,1h*`.
pub fn retry_schedule(text: &str) -> Result<RetrySchedule, &'static str> {
    let (text, after_last) = match text.strip_suffix('*') {
        Some(text) => (text, AfterLast::Repeat),
        None => (text, AfterLast::GiveUp),
    };
    let why = "must be delays such as 5m,15m,1h,4h*";
    let delays: Result<Vec<Duration>, _> = text
        .split(',')
        .map(|delay| duration(delay.trim()))
        .collect();
    Ok(RetrySchedule {
        delays: delays.map_err(|_| why)?,
        after_last,
    })
}

/// `smtp://[user:password@]host:port`, user and password percent-encoded.
pub fn smarthost(text: &str) -> Result<Smarthost, &'static str> {
    let why = "must look like smtp://host:port or smtp://user:password@host:port";
    let rest = text.strip_prefix("smtp://").ok_or(why)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (login, rest) = match rest.rsplit_once('@') {
        Some((login, rest)) => {
            let (user, password) = login.split_once(':').ok_or(why)?;
            (
                Some((decoded(user).ok_or(why)?, decoded(password).ok_or(why)?)),
                rest,
            )
        }
        None => (None, rest),
    };
    let (host, port_text) = rest.rsplit_once(':').ok_or(why)?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    if host.is_empty() || host.contains(['/', '@']) {
        return Err(why);
    }
    Ok(Smarthost {
        host: host.to_owned(),
        port: port(port_text)?,
        login,
    })
}

/// Percent-decoded text.
fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet == b'%' {
            let pair = [rest.next()?, rest.next()?];
            octets.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            octets.push(octet);
        }
    }
    String::from_utf8(octets).ok()
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
    fn a_schedule_may_repeat_its_last_delay() {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let schedule = retry_schedule("5m,1h*").unwrap();
        assert_eq!(schedule.delays, [minutes(5), minutes(60)]);
        assert_eq!(schedule.after_last, AfterLast::Repeat);
        assert_eq!(retry_schedule("5m").unwrap().after_last, AfterLast::GiveUp);
        for text in ["*", ",", "5m*,1h", "5m,,1h"] {
            assert!(retry_schedule(text).is_err(), "{text}");
        }
    }

    #[test]
    fn smarthosts_are_urls() {
        let host = smarthost("smtp://us%40er:p%3Ass@relay.example:587").unwrap();
        assert_eq!((host.host.as_str(), host.port), ("relay.example", 587));
        assert_eq!(host.login, Some(("us@er".into(), "p:ss".into())));
        assert_eq!(smarthost("smtp://[::1]:25").unwrap().host, "::1");
        for text in [
            "relay:25",
            "smtp://relay",
            "smtp://:25",
            "smtp://user@relay:25",
            "smtp://%zz:a@relay:25",
        ] {
            assert!(smarthost(text).is_err(), "{text}");
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
