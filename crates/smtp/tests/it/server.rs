//! A server on loopback with a handler that records, and a host that plays a script.

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use postscale_smtp::{
    ForwardPath, MailParameters, Reply, ReversePath, replies,
    server::{Handler, Hello, MailObject, Service, Settings, TlsStart, serve},
    tls::{self, ReloadingAcceptor, SelfSigned},
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

use crate::script::{Player, Side};

pub static CERTIFICATE: LazyLock<SelfSigned> =
    LazyLock::new(|| tls::self_signed("mx.example.net").unwrap());

pub fn reloading_acceptor() -> Arc<ReloadingAcceptor> {
    let SelfSigned {
        certificate_pem,
        key_pem,
    } = &*CERTIFICATE;
    let config = tls::server_config_from_pem(certificate_pem, key_pem).unwrap();
    Arc::new(ReloadingAcceptor::new(config))
}

pub fn test_acceptor() -> TlsAcceptor {
    reloading_acceptor().acceptor()
}

pub fn test_connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let pem = CERTIFICATE.certificate_pem.as_bytes();
    roots
        .add(CertificateDer::from_pem_slice(pem).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Decides by the local part: `unknown`, `later`, `panic`, anything else is fine.
#[derive(Default)]
pub struct Recorder {
    messages: Mutex<Vec<MailObject>>,
    calls: Mutex<Vec<String>>,
}

impl Recorder {
    fn note(&self, call: impl Into<String>) {
        self.calls.lock().unwrap().push(call.into());
    }
    pub fn messages(&self) -> Vec<MailObject> {
        std::mem::take(&mut self.messages.lock().unwrap())
    }
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

fn decide(local_part: &str) -> Result<(), Reply> {
    match local_part {
        "unknown" => Err(replies::no_such_user()),
        "later" => Err(replies::storage_unavailable()),
        "panic" => panic!("the test asked for it"),
        _ => Ok(()),
    }
}

impl Handler for Recorder {
    type Session = ();

    async fn connect(&self, _: SocketAddr) -> Result<(), Reply> {
        Ok(())
    }
    async fn hello(&self, (): &mut (), hello: &Hello) -> Result<(), Reply> {
        self.note(format!("hello {}", hello.name));
        match hello.name.as_str() {
            "refused.example" => Err(replies::rate_limited()),
            "panic.example" => panic!("the test asked for it"),
            _ => Ok(()),
        }
    }
    async fn authenticate(&self, (): &mut (), user: &str, password: &str) -> Result<(), Reply> {
        self.note(format!("authenticate {user}"));
        if user.eq_ignore_ascii_case("postscale") && password == "secret" {
            Ok(())
        } else {
            Err(replies::authentication_failed())
        }
    }
    async fn mail(
        &self,
        (): &mut (),
        reverse_path: &ReversePath,
        _: &MailParameters,
    ) -> Result<(), Reply> {
        self.note(format!("mail {reverse_path}"));
        reverse_path
            .address()
            .map_or(Ok(()), |address| decide(address.local_part()))
    }
    async fn recipient(&self, (): &mut (), forward_path: &ForwardPath) -> Result<(), Reply> {
        self.note(format!("recipient {forward_path}"));
        decide(forward_path.0.local_part())
    }
    async fn message(&self, (): &mut (), mail_object: MailObject) -> Reply {
        self.note("message");
        if mail_object.body.starts_with(b"Panic:") {
            panic!("the test asked for it");
        }
        if mail_object.body.starts_with(b"Later:") {
            return replies::storage_unavailable();
        }
        self.messages.lock().unwrap().push(mail_object);
        replies::message_accepted()
    }
    async fn reset(&self, (): &mut ()) {
        self.note("reset");
    }
}

pub struct TestServer {
    pub address: SocketAddr,
    pub recorder: Arc<Recorder>,
    pub shutdown: CancellationToken,
    task: JoinHandle<()>,
}

/// The defaults, but nobody is slowed down.
pub fn settings(service: Service) -> Settings {
    let mut settings = Settings::new("mx.example.net".parse().unwrap(), service);
    settings.timeouts.error_delay = Duration::ZERO;
    settings
}

impl TestServer {
    pub async fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let recorder = Arc::new(Recorder::default());
        let shutdown = CancellationToken::new();
        let serving = serve(
            listener,
            Arc::new(settings),
            Arc::clone(&recorder),
            shutdown.clone(),
        );
        Self {
            address,
            recorder,
            shutdown,
            task: tokio::spawn(serving),
        }
    }
    pub async fn reception() -> Self {
        Self::start(settings(Service::Reception)).await
    }
    pub async fn reception_with_tls() -> Self {
        let tls = reloading_acceptor();
        Self::start(settings(Service::Reception).with_tls(tls, TlsStart::Command)).await
    }
    pub async fn submission() -> Self {
        let tls = reloading_acceptor();
        Self::start(settings(Service::Submission).with_tls(tls, TlsStart::Command)).await
    }
    pub async fn client(&self) -> Player {
        Player::new(
            TcpStream::connect(self.address).await.unwrap(),
            Side::Client,
        )
    }
    /// A client past the greeting and EHLO.
    pub async fn ready_client(&self) -> Player {
        let mut client = self.client().await;
        client
            .play("S: 220 *\nC: EHLO client.example\nS: 250-*")
            .await;
        client
    }
    pub async fn play(&self, script: &str) {
        self.client().await.play(script).await;
    }
    /// Stops and waits for every session to end.
    pub async fn stop(self) -> Arc<Recorder> {
        self.shutdown.cancel();
        self.task.await.unwrap();
        self.recorder
    }
}

/// A host that plays `scripts`, one per connection, and then is gone.
pub async fn host(scripts: &[&'static str]) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let scripts = scripts.to_vec();
    let task = tokio::spawn(async move {
        for script in scripts {
            let (socket, _) = listener.accept().await.unwrap();
            Player::new(socket, Side::Server).play(script).await;
        }
    });
    (address, task)
}
