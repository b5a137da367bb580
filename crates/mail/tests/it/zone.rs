//! Zones written as tables, served by the name server of the testkit.
//!
//! Names below `servfail.test` get SERVFAIL, names below `outside.example` REFUSED, names below
//! `silent.test` no answer at all.

use std::{net::Ipv4Addr, time::Duration};

use postscale_mail::dns::Resolver;
use postscale_testkit::TestDns;

/// How long a question may take: those nobody answers must not take long.
const TIMEOUT: Duration = Duration::from_millis(500);

/// What a name has.
pub enum Data {
    A(u8),
    Cname(String),
    Mx(u16, String),
    /// The strings of one record.
    Txt(Vec<String>),
}

/// A running server; it stops when dropped.
pub struct Zone(TestDns);

impl Zone {
    /// Serves these records.
    pub async fn serve(records: &[(&str, Data)]) -> Self {
        let dns = TestDns::start().await;
        dns.servfail("servfail.test");
        dns.refuse("outside.example");
        dns.fall_silent("silent.test");
        for (owner, data) in records {
            match data {
                Data::A(last) => dns.set_a(owner, Ipv4Addr::new(192, 0, 2, *last)),
                Data::Cname(target) => dns.set_cname(owner, target),
                Data::Mx(preference, exchange) => dns.add_mx(owner, *preference, exchange),
                Data::Txt(strings) => {
                    let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
                    dns.add_txt_strings(owner, &strings);
                }
            }
        }
        Self(dns)
    }

    /// A resolver that asks this server.
    pub fn resolver(&self) -> Resolver {
        self.0.resolver_within(TIMEOUT)
    }
}

/// A TXT record of several strings.
pub fn txt(strings: &[&str]) -> Data {
    Data::Txt(strings.iter().map(ToString::to_string).collect())
}

pub fn mx(preference: u16, exchange: &str) -> Data {
    Data::Mx(preference, exchange.to_owned())
}

pub fn cname(target: &str) -> Data {
    Data::Cname(target.to_owned())
}

/// An address of the documentation network (RFC 5737).
pub fn a(last: u8) -> Data {
    Data::A(last)
}
