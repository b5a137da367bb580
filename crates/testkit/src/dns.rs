//! A real authoritative name server on loopback whose records a test changes as it goes.

use std::{
    collections::BTreeMap,
    future::Future,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use hickory_proto::{
    op::{MessageType, ResponseCode},
    rr::{
        LowerName, Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME, MX, NS, PTR, SOA, TXT},
    },
};
use hickory_server::{
    Server,
    net::runtime::{Time, TokioRuntimeProvider},
    server::{Request, RequestHandler, ResponseHandler, ResponseInfo},
    store::in_memory::InMemoryZoneHandler,
    zone_handler::{AxfrPolicy, Catalog, MessageResponseBuilder, ZoneType},
};
use postscale_mail::dns::{DnsSettings, Resolver};
use tokio::net::{TcpListener, UdpSocket};

/// Octets of one string of a TXT record (RFC 1035 §3.3.14).
const STRING_MAX: usize = 255;

/// A name server that is authoritative for everything. It stops when dropped.
pub struct TestDns {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    _server: Server<Handler>,
}

#[derive(Default)]
struct Zone {
    records: Vec<(Name, RData)>,
    troubles: BTreeMap<String, Trouble>,
    built: Option<Arc<Catalog>>,
}

/// What happens to questions instead of an answer.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    ServFail,
    Refused,
    Silence,
    /// The answer comes so much later.
    Late(Duration),
    /// The answer is about another name.
    Lie,
}

impl TestDns {
    /// Starts one without any records.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub async fn start() -> Self {
        let (socket, listener) = loop {
            let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a UDP port");
            // Somebody else may hold the same port for TCP.
            let address = socket.local_addr().expect("an address");
            if let Ok(listener) = TcpListener::bind(address).await {
                break (socket, listener);
            }
        };
        let address = socket.local_addr().expect("an address");
        let zone = Arc::new(Mutex::new(Zone::default()));
        let mut server = Server::new(Handler(Arc::clone(&zone)));
        server.register_socket(socket);
        server.register_listener(listener, Duration::from_secs(5), 16);
        Self {
            address,
            zone,
            _server: server,
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A resolver that asks this server and nobody else.
    ///
    /// # Panics
    /// Never with these settings.
    #[must_use]
    pub fn resolver(&self) -> Resolver {
        self.resolver_within(Duration::from_secs(2))
    }

    /// The same with so much patience for one question.
    ///
    /// # Panics
    /// Never with these settings.
    #[must_use]
    pub fn resolver_within(&self, timeout: Duration) -> Resolver {
        let settings = DnsSettings {
            servers: vec![self.address],
            timeout,
            source: None,
        };
        Resolver::new(&settings).expect("a resolver")
    }

    /// Publishes one TXT record at a name, in place of those that were there.
    pub fn set_txt(&self, at: &str, text: &str) {
        self.remove(at, RecordType::TXT);
        self.add_txt(at, text);
    }

    /// Publishes one more TXT record.
    pub fn add_txt(&self, at: &str, text: &str) {
        let strings = text.as_bytes().chunks(STRING_MAX);
        let strings: Vec<_> = strings.map(String::from_utf8_lossy).collect();
        let strings: Vec<&str> = strings.iter().map(AsRef::as_ref).collect();
        self.add_txt_strings(at, &strings);
    }

    /// Publishes one more TXT record, cut into these strings.
    pub fn add_txt_strings(&self, at: &str, strings: &[&str]) {
        let strings = strings.iter().map(ToString::to_string).collect();
        self.add(at, RData::TXT(TXT::new(strings)));
    }

    /// Publishes the one exchanger of a name.
    pub fn set_mx(&self, at: &str, preference: u16, exchange: &str) {
        self.remove(at, RecordType::MX);
        self.add_mx(at, preference, exchange);
    }

    /// Publishes one more exchanger.
    pub fn add_mx(&self, at: &str, preference: u16, exchange: &str) {
        self.add(at, RData::MX(MX::new(preference, name(exchange))));
    }

    /// Publishes an alias of another name.
    pub fn set_cname(&self, at: &str, target: &str) {
        self.remove(at, RecordType::CNAME);
        self.add_cname(at, target);
    }

    /// Publishes an alias of another name where none is.
    pub fn add_cname(&self, at: &str, target: &str) {
        self.add(at, RData::CNAME(CNAME(name(target))));
    }

    /// Publishes one more server of a zone.
    pub fn add_ns(&self, at: &str, host: &str) {
        self.add(at, RData::NS(NS(name(host))));
    }

    /// Publishes the one address of a name.
    pub fn set_a(&self, at: &str, address: Ipv4Addr) {
        self.remove(at, RecordType::A);
        self.add(at, RData::A(A(address)));
    }

    /// Publishes the one IPv6 address of a name.
    pub fn set_aaaa(&self, at: &str, address: Ipv6Addr) {
        self.remove(at, RecordType::AAAA);
        self.add(at, RData::AAAA(AAAA(address)));
    }

    /// Publishes the one name an address claims to have.
    pub fn set_ptr(&self, at: &str, host: &str) {
        self.remove(at, RecordType::PTR);
        self.add(at, RData::PTR(PTR(name(host))));
    }

    /// Takes records back.
    pub fn remove(&self, at: &str, record_type: RecordType) {
        let at = name(at);
        self.change(|zone| {
            zone.records
                .retain(|(owner, data)| *owner != at || data.record_type() != record_type);
        });
    }

    /// Answers every question about a name, or about names below it, with SERVFAIL.
    pub fn servfail(&self, at: &str) {
        self.trouble(at, Trouble::ServFail);
    }

    /// Answers such questions with REFUSED.
    pub fn refuse(&self, at: &str) {
        self.trouble(at, Trouble::Refused);
    }

    /// Does not answer such questions at all.
    pub fn fall_silent(&self, at: &str) {
        self.trouble(at, Trouble::Silence);
    }

    /// Answers such questions so much later.
    pub fn delay(&self, at: &str, by: Duration) {
        self.trouble(at, Trouble::Late(by));
    }

    /// Answers such questions with a TXT record of another name, `v=spf1 +all`.
    pub fn lie(&self, at: &str) {
        self.trouble(at, Trouble::Lie);
    }

    /// Answers again what the records of the name say.
    pub fn mend(&self, at: &str) {
        let at = name(at).to_string();
        self.change(|zone| zone.troubles.retain(|troubled, _| *troubled != at));
    }

    fn trouble(&self, at: &str, trouble: Trouble) {
        let at = name(at).to_string();
        self.change(|zone| zone.troubles.extend([(at, trouble)]));
    }

    fn add(&self, at: &str, data: RData) {
        let at = name(at);
        self.change(|zone| zone.records.push((at, data)));
    }

    fn change(&self, change: impl FnOnce(&mut Zone)) {
        let mut zone = self.zone.lock().expect("no holder panics");
        change(&mut zone);
        zone.built = None;
    }
}

impl Zone {
    fn trouble(&self, asked: &str) -> Option<Trouble> {
        let below = |at: &str| asked == at || asked.ends_with(&format!(".{at}"));
        let mut troubles = self.troubles.iter();
        troubles.find_map(|(at, trouble)| below(at).then_some(*trouble))
    }

    fn catalog(&mut self) -> Arc<Catalog> {
        if let Some(built) = &self.built {
            return Arc::clone(built);
        }
        // A name with servers of its own begins a zone, so that there are no referrals.
        let cuts = self
            .records
            .iter()
            .filter(|(_, data)| data.record_type() == RecordType::NS);
        let mut origins: Vec<Name> = cuts.map(|(owner, _)| owner.clone()).collect();
        origins.push(Name::root());
        origins.sort_by_key(|origin| std::cmp::Reverse(origin.num_labels()));
        origins.dedup();
        let mut catalog = Catalog::new();
        for origin in &origins {
            let is_here =
                |owner: &Name| origins.iter().find(|cut| cut.zone_of(owner)) == Some(origin);
            let records = self.records.iter().filter(|(owner, _)| is_here(owner));
            catalog.upsert(
                LowerName::new(origin),
                vec![Arc::new(zone(origin, records))],
            );
        }
        let built = Arc::new(catalog);
        self.built = Some(Arc::clone(&built));
        built
    }
}

fn zone<'a>(
    origin: &Name,
    records: impl Iterator<Item = &'a (Name, RData)>,
) -> InMemoryZoneHandler<TokioRuntimeProvider> {
    let mut zone = InMemoryZoneHandler::empty(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny);
    let soa = SOA::new(name("ns.test"), name("root.test"), 1, 60, 60, 600, 60);
    zone.upsert_mut(Record::from_rdata(origin.clone(), 60, RData::SOA(soa)), 1);
    for (owner, data) in records {
        zone.upsert_mut(Record::from_rdata(owner.clone(), 60, data.clone()), 1);
    }
    zone
}

struct Handler(Arc<Mutex<Zone>>);

impl Handler {
    fn catalog_for(&self, asked: &str) -> (Arc<Catalog>, Option<Trouble>) {
        let mut zone = self.0.lock().expect("no holder panics");
        (zone.catalog(), zone.trouble(asked))
    }
}

type Answering<'a> = Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'a>>;

impl RequestHandler for Handler {
    fn handle_request<'s, 'r, 'a, R, T>(
        &'s self,
        request: &'r Request,
        mut response: R,
    ) -> Answering<'a>
    where
        R: ResponseHandler + 'a,
        T: Time + 'a,
        's: 'a,
        'r: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            let info = request.request_info().expect("a question");
            let (catalog, trouble) = self.catalog_for(&info.query.name().to_string());
            let code = match trouble {
                None => return catalog.handle_request::<R, T>(request, response).await,
                Some(Trouble::Late(by)) => {
                    tokio::time::sleep(by).await;
                    return catalog.handle_request::<R, T>(request, response).await;
                }
                Some(Trouble::Lie) => {
                    let text = TXT::new(vec!["v=spf1 +all".to_owned()]);
                    let lie = Record::from_rdata(name("lie.test"), 60, RData::TXT(text));
                    let mut metadata = request.metadata;
                    metadata.message_type = MessageType::Response;
                    metadata.authoritative = true;
                    let none = || std::iter::empty::<&Record>();
                    let builder = MessageResponseBuilder::from_message_request(request);
                    let message = builder.build(metadata, [&lie], none(), none(), none());
                    return response.send_response(message).await.expect("an answer");
                }
                Some(Trouble::Silence) => return std::future::pending().await,
                Some(Trouble::ServFail) => ResponseCode::ServFail,
                Some(Trouble::Refused) => ResponseCode::Refused,
            };
            let message = MessageResponseBuilder::from_message_request(request)
                .error_msg(&request.metadata, code);
            response.send_response(message).await.expect("an answer")
        })
    }
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a DNS name").to_lowercase();
    name.set_fqdn(true);
    name
}
