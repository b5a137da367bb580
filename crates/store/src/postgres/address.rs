//! The URL of a PostgreSQL server: the driver's, with the TLS settings that libpq knows.
//!
//! `sslmode` is `disable`, `prefer` (the default: TLS when the server offers it), `require`,
//! `verify-ca` or `verify-full`; only the last two look at the certificate. `sslrootcert` is a PEM
//! file of authorities to trust instead of the machine's; with it, as libpq does, `require` means
//! `verify-ca`. Client certificates are not supported.

use std::{error::Error as _, path::PathBuf, time::Duration};

use percent_encoding::percent_decode_str;
use tokio_postgres::{Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    Error, Result,
    tls::{self, Trust},
};

/// How long a new connection may take.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// Where a server is, and how to speak to it.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

/// What a URL says about TLS.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    mode: SslMode,
    trust: Trust,
    roots: Option<PathBuf>,
}

impl Address {
    /// Reads the URL and sets what makes a dead server noticed.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (rest, wanted) = split(url)?;
        let mut config: Config = rest.parse().map_err(|e| unreadable(&e))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(Error::Unavailable("the URL names no host".to_owned()));
        }
        config.ssl_mode(wanted.mode);
        config.connect_timeout(CONNECT);
        config.tcp_user_timeout(Duration::from_secs(10));
        config.keepalives_idle(Duration::from_secs(30));
        config.application_name("postscale");
        let client = tls::client(wanted.trust, wanted.roots.as_deref())?;
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(client),
        })
    }
}

/// What the driver says against a URL.
fn unreadable(error: &tokio_postgres::Error) -> Error {
    let why = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    Error::Unavailable(why)
}

/// Takes out of a URL what the driver does not know.
fn split(url: &str) -> Result<(String, Wanted)> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut wanted = Wanted {
        mode: SslMode::Prefer,
        trust: Trust::Anybody,
        roots: None,
    };
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = || percent_decode_str(value).decode_utf8_lossy();
        match name {
            "sslmode" => (wanted.mode, wanted.trust) = mode(&value())?,
            "sslrootcert" => wanted.roots = Some(value().as_ref().into()),
            _ => rest.push(pair),
        }
    }
    if wanted.roots.is_some() && wanted.mode == SslMode::Require && wanted.trust == Trust::Anybody {
        wanted.trust = Trust::Authority;
    }
    let rest = match rest.as_slice() {
        [] => base.to_owned(),
        rest => format!("{base}?{}", rest.join("&")),
    };
    Ok((rest, wanted))
}

fn mode(word: &str) -> Result<(SslMode, Trust)> {
    Ok(match word {
        "disable" => (SslMode::Disable, Trust::Anybody),
        "prefer" => (SslMode::Prefer, Trust::Anybody),
        "require" => (SslMode::Require, Trust::Anybody),
        "verify-ca" => (SslMode::Require, Trust::Authority),
        "verify-full" => (SslMode::Require, Trust::Host),
        _ => {
            let why = format!(
                "sslmode={word} is none of disable, prefer, require, verify-ca, verify-full"
            );
            return Err(Error::Unavailable(why));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_asked_for_as_libpq_does() {
        use SslMode::{Disable, Prefer, Require};
        use Trust::{Anybody, Authority, Host};
        for (query, mode, trust, roots) in [
            ("", Prefer, Anybody, None),
            ("?sslmode=disable", Disable, Anybody, None),
            ("?sslmode=prefer", Prefer, Anybody, None),
            ("?sslmode=prefer&sslrootcert=a", Prefer, Anybody, Some("a")),
            ("?sslmode=require", Require, Anybody, None),
            (
                "?sslrootcert=a%20b&sslmode=require",
                Require,
                Authority,
                Some("a b"),
            ),
            ("?sslmode=verify-ca", Require, Authority, None),
            (
                "?sslmode=verify-full&sslrootcert=/a",
                Require,
                Host,
                Some("/a"),
            ),
        ] {
            let roots = roots.map(PathBuf::from);
            let wanted = Wanted { mode, trust, roots };
            let url = "postgres://u:p@h/d".to_owned();
            assert_eq!(
                split(&format!("{url}{query}")),
                Ok((url, wanted)),
                "{query}"
            );
        }
        let kept = split("postgres://h/d?connect_timeout=3&sslmode=require&options=-cx").unwrap();
        assert_eq!(kept.0, "postgres://h/d?connect_timeout=3&options=-cx");
    }

    #[test]
    fn an_unknown_way_of_tls_is_refused() {
        for query in ["sslmode=allow", "sslmode=", "sslmode=verify_full"] {
            let read = Address::parse(&format!("postgres://h/d?{query}"));
            assert!(matches!(read.err(), Some(Error::Unavailable(_))), "{query}");
        }
        for url in ["postgres://", "postgres://h:notaport/d", "postgres:///d"] {
            let read = Address::parse(url).err();
            assert!(
                matches!(read, Some(Error::Unavailable(_))),
                "{url} {read:?}"
            );
        }
        let missing = "postgres://h/d?sslmode=verify-ca&sslrootcert=/nonexistent/ca.pem";
        let read = Address::parse(missing).err();
        assert!(matches!(read, Some(Error::Unavailable(_))), "{read:?}");
    }
}
