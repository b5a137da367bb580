//! A local authoritative name server that publishes what the registered domains are asked for.
//!
//! Every answer is made from the database when the question comes, so a domain added a second ago
//! verifies. Every other name has one mail exchanger: the mail catcher. [`UNVERIFIED`] alone lacks
//! what it should have, so that a failing check can be seen. Loopback only; no recursion, no
//! transfers, no DNSSEC.

use std::{
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use hickory_proto::rr::{
    LowerName, Name, RData, Record,
    rdata::{A, CNAME, MX, SOA, TXT},
};
use hickory_server::{
    Server,
    net::runtime::{Time, TokioRuntimeProvider},
    server::{Request, RequestHandler, ResponseHandler, ResponseInfo},
    store::in_memory::InMemoryZoneHandler,
    zone_handler::{AxfrPolicy, Catalog, ZoneType},
};
use postscale_access::SystemScope;
use postscale_mail::records::{self, ExpectedRecord, MailHosts};
use postscale_model::Purpose;
use postscale_store::{Store, dkim_key, domain};
use tokio::net::{TcpListener, UdpSocket};

/// The demo domain whose records are wrong on purpose.
pub const UNVERIFIED: &str = "unverified.test";

/// The mail catcher's host.
const SINK: &str = "sink.dev.test";
/// Octets of one string of a TXT record (RFC 1035 §3.3.14).
const STRING_OCTETS_MAX: usize = 255;
/// Nothing is remembered for longer: domains come and go.
const TTL: u32 = 1;
/// Labels a record asked for stands above its domain: `selector._domainkey`.
const LABELS_ABOVE_MAX: usize = 2;
/// A policy that passes this machine.
const SPF: &str = "v=spf1 ip4:127.0.0.1 ip6:::1 -all";

#[expect(
    clippy::disallowed_methods,
    reason = "a name server answers everybody and knows every domain; it exists in `dev` only"
)]
const SCOPE: SystemScope = SystemScope::for_job("dev_dns");

/// Sockets of a name server that does not answer yet; questions wait.
pub struct Bound {
    udp: UdpSocket,
    tcp: TcpListener,
    address: SocketAddr,
}

/// A name server that answers; it stops when dropped.
pub struct LocalDns(#[expect(dead_code, reason = "answers until it is dropped")] Server<Zone>);

impl Bound {
    /// Takes a port that is free for both protocols.
    pub async fn bind() -> Result<Self> {
        loop {
            let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = udp.local_addr()?;
            // Somebody else may hold the same port for TCP.
            if let Ok(tcp) = TcpListener::bind(address).await {
                return Ok(Self { udp, tcp, address });
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts to answer from the database.
    pub fn serve(self, store: Store, hosts: Arc<MailHosts>, hostname: String) -> LocalDns {
        const IDLE_TIMEOUT: Duration = Duration::from_secs(5);
        const RESPONSES_BUFFERED_MAX: usize = 16;
        let mut server = Server::new(Zone {
            store,
            hosts,
            hostname,
        });
        server.register_socket(self.udp);
        server.register_listener(self.tcp, IDLE_TIMEOUT, RESPONSES_BUFFERED_MAX);
        LocalDns(server)
    }
}

/// Makes answers.
struct Zone {
    store: Store,
    hosts: Arc<MailHosts>,
    hostname: String,
}

impl Zone {
    /// A catalog with everything there is to say about one name.
    async fn catalog(&self, asked: &str) -> Result<Catalog> {
        let root = Name::root();
        let mut zone = InMemoryZoneHandler::<TokioRuntimeProvider>::empty(
            root.clone(),
            ZoneType::Primary,
            AxfrPolicy::Deny,
        );
        let soa = SOA::new(
            name("ns.dev.test")?,
            name("root.dev.test")?,
            1,
            60,
            60,
            60,
            1,
        );
        zone.upsert_mut(Record::from_rdata(root.clone(), TTL, RData::SOA(soa)), 1);
        let mut records = self.own_records()?;
        records.extend(self.records_of(asked).await?);
        let is_known = |at: &Name| records.iter().any(|(owner, _)| owner == at);
        let asked_name = name(asked)?;
        if !asked.contains('_') && asked != UNVERIFIED && !is_known(&asked_name) {
            records.push((asked_name, RData::MX(MX::new(10, name(SINK)?))));
        }
        for (owner, data) in records {
            zone.upsert_mut(Record::from_rdata(owner, TTL, data), 1);
        }
        let mut catalog = Catalog::new();
        catalog.upsert(LowerName::new(&root), vec![Arc::new(zone)]);
        Ok(catalog)
    }

    /// The instance's own hosts and the catcher's.
    fn own_records(&self) -> Result<Vec<(Name, RData)>> {
        let hosts = &self.hosts;
        let mut records = Vec::new();
        let (mx, bounces) = (hosts.mx.as_str(), hosts.bounces.as_str());
        let all = [
            self.hostname.as_str(),
            mx,
            &hosts.smtp,
            bounces,
            &hosts.dmarc,
            &hosts.shield,
            SINK,
        ];
        for host in all {
            records.push((name(host)?, RData::A(A(Ipv4Addr::LOCALHOST))));
        }
        for policy in [self.hostname.as_str(), bounces, &hosts.spf] {
            records.push((name(policy)?, txt(SPF)));
        }
        for receives in [bounces, &hosts.dmarc, &hosts.shield] {
            records.push((name(receives)?, RData::MX(MX::new(10, name(mx)?))));
        }
        Ok(records)
    }

    /// What registered domains ask to have at a name.
    async fn records_of(&self, asked: &str) -> Result<Vec<(Name, RData)>> {
        let mut tx = self.store.read().await?;
        let mut found: Vec<ExpectedRecord> = Vec::new();
        for above in 0..=LABELS_ABOVE_MAX {
            let Some(candidate) = asked.splitn(above + 1, '.').nth(above) else {
                break;
            };
            for domain in domain::list_named_for_job(&mut tx, &SCOPE, candidate).await? {
                let keys = dkim_key::list_for_job(&mut tx, &SCOPE, domain.id).await?;
                let expected = records::expected(&domain, &self.hosts, &keys);
                let here = expected.into_iter().filter(|record| record.name == asked);
                // Two organizations may ask for one name: proofs of ownership stand side by side,
                // of everything else there can be only one.
                found.extend(
                    here.filter(|record| !is_published(&found, record))
                        .collect::<Vec<_>>(),
                );
            }
        }
        if asked.ends_with(UNVERIFIED) {
            found.retain(|record| !matches!(record.purpose, Purpose::Mx | Purpose::Spf));
            for record in &mut found {
                if record.purpose == Purpose::Dkim {
                    "v=DKIM1; k=rsa; p=".clone_into(&mut record.value);
                }
            }
        }
        found.iter().map(published).collect()
    }
}

fn is_published(found: &[ExpectedRecord], record: &ExpectedRecord) -> bool {
    record.purpose != Purpose::Ownership
        && found
            .iter()
            .any(|other| other.record_type == record.record_type)
}

fn published(record: &ExpectedRecord) -> Result<(Name, RData)> {
    let data = match record.record_type {
        "MX" => RData::MX(MX::new(record.priority.unwrap_or(10), name(&record.value)?)),
        "CNAME" => RData::CNAME(CNAME(name(&record.value)?)),
        _ => txt(&record.value),
    };
    Ok((name(&record.name)?, data))
}

fn txt(text: &str) -> RData {
    let strings = text.as_bytes().chunks(STRING_OCTETS_MAX);
    let strings = strings.map(|part| String::from_utf8_lossy(part).into_owned());
    RData::TXT(TXT::new(strings.collect()))
}

fn name(text: &str) -> Result<Name> {
    let mut name = Name::from_ascii(text)?.to_lowercase();
    name.set_fqdn(true);
    Ok(name)
}

type Answering<'a> = Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'a>>;

impl RequestHandler for Zone {
    fn handle_request<'s, 'r, 'a, R, T>(
        &'s self,
        request: &'r Request,
        response: R,
    ) -> Answering<'a>
    where
        R: ResponseHandler + 'a,
        T: Time + 'a,
        's: 'a,
        'r: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            let asked = request
                .request_info()
                .map(|info| info.query.name().to_string())
                .unwrap_or_default();
            let asked = asked.trim_end_matches('.').to_ascii_lowercase();
            // A catalog of no zone refuses the question: no answer, but no wrong one either.
            let catalog = self.catalog(&asked).await.unwrap_or_else(|error| {
                tracing::warn!(%error, dns.name = asked, "cannot answer");
                Catalog::new()
            });
            catalog.handle_request::<R, T>(request, response).await
        })
    }
}
