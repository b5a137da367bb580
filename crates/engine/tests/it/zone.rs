//! An authoritative name server for `test.` on loopback.
//!
//! Names below `servfail.test.` get SERVFAIL, names below `silent.test.` no answer at all.

use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use hickory_proto::{
    op::ResponseCode,
    rr::{
        LowerName, Name, RData, Record,
        rdata::{MX, SOA},
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

/// A running server; it stops when dropped.
pub struct Zone {
    pub address: SocketAddr,
    _server: Server<Handler>,
}

impl Zone {
    /// Serves these records.
    pub async fn serve(records: &[(&str, RData)]) -> Self {
        let origin = name("test");
        let mut zone = InMemoryZoneHandler::<TokioRuntimeProvider>::empty(
            origin.clone(),
            ZoneType::Primary,
            AxfrPolicy::Deny,
        );
        let soa = SOA::new(name("ns.test"), name("root.test"), 1, 60, 60, 600, 60);
        zone.upsert_mut(Record::from_rdata(origin.clone(), 60, RData::SOA(soa)), 1);
        for (owner, data) in records {
            zone.upsert_mut(Record::from_rdata(name(owner), 60, data.clone()), 1);
        }
        let mut catalog = Catalog::new();
        catalog.upsert(LowerName::new(&origin), vec![Arc::new(zone)]);
        let (socket, listener) = loop {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            // Somebody else may hold the same port for TCP.
            if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()).await {
                break (socket, listener);
            }
        };
        let address = socket.local_addr().unwrap();
        let mut server = Server::new(Handler { catalog });
        server.register_socket(socket);
        server.register_listener(listener, Duration::from_secs(5), 16);
        Self {
            address,
            _server: server,
        }
    }

    /// A resolver that asks this server.
    pub fn resolver(&self) -> Resolver {
        Resolver::new(&DnsSettings {
            servers: vec![self.address],
            timeout: Duration::from_millis(500),
        })
        .unwrap()
    }
}

struct Handler {
    catalog: Catalog,
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
            let asked = request.request_info().unwrap().query.name().to_string();
            if asked.ends_with("silent.test.") {
                return std::future::pending().await;
            }
            if !asked.ends_with("servfail.test.") {
                return self.catalog.handle_request::<R, T>(request, response).await;
            }
            let message = MessageResponseBuilder::from_message_request(request)
                .error_msg(&request.metadata, ResponseCode::ServFail);
            response.send_response(message).await.unwrap()
        })
    }
}

pub fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

pub fn mx(preference: u16, exchange: &str) -> RData {
    RData::MX(MX::new(preference, name(exchange)))
}
