//! TLS to PostgreSQL: the test server behind a relay that speaks TLS as PostgreSQL does.

use std::{net::SocketAddr, path::Path, sync::Arc};

use postscale_store::{Database, Error, Store, StoreSettings};
use postscale_testkit::database::TestDatabase;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs},
};

/// PostgreSQL's `SSLRequest`: its length and a code that is no version of the protocol.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A relay to `server`. With a certificate it insists on TLS, without one it offers none.
struct Relay {
    port: u16,
    task: AbortHandle,
}

impl Relay {
    async fn start(server: SocketAddr, certificate: Option<&CertifiedKey<rcgen::KeyPair>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = certificate.map(acceptor);
        let serve = async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                // A client that turns away ends only its own connection.
                tokio::spawn(relay(client, server, acceptor.clone()));
            }
        };
        let task = tokio::spawn(serve).abort_handle();
        Self { port, task }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor(certified: &CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let key = certified.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn relay(
    mut client: TcpStream,
    server: SocketAddr,
    acceptor: Option<TlsAcceptor>,
) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(server).await?;
    let mut first = [0; 8];
    client.read_exact(&mut first).await?;
    match acceptor {
        Some(acceptor) if first == SSL_REQUEST => {
            client.write_all(b"S").await?;
            let mut client = acceptor.accept(client).await?;
            copy_bidirectional(&mut client, &mut upstream).await?;
        }
        // Plain speech where TLS is there for the asking is cut.
        Some(_) => return Ok(()),
        None => {
            if first == SSL_REQUEST {
                client.write_all(b"N").await?;
            } else {
                upstream.write_all(&first).await?;
            }
            copy_bidirectional(&mut client, &mut upstream).await?;
        }
    }
    Ok(())
}

/// The URL of the test database, and where its server is.
fn server(database: &TestDatabase) -> (String, SocketAddr) {
    let Database::Postgres(url) = &database.settings().database else {
        panic!("this database is no server");
    };
    let url = url.split('?').next().unwrap().to_owned();
    let rest = url.rsplit_once('@').unwrap().1;
    let address = rest.split_once('/').unwrap().0.parse().unwrap();
    (url, address)
}

async fn connects(url: &str) -> Result<(), Error> {
    let store = Store::open(StoreSettings::new(Database::Postgres(url.to_owned())))?;
    let mut tx = store.read().await?;
    tx.query("SELECT 1 AS one", &[]).await.map(drop)
}

/// A certificate for a name, and the file that holds it.
fn certificate(directory: &Path, name: &str) -> (CertifiedKey<rcgen::KeyPair>, String) {
    let made = generate_simple_self_signed([name.to_owned()]).unwrap();
    let file = directory.join(format!("{name}.pem"));
    std::fs::write(&file, made.cert.pem()).unwrap();
    (made, file.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_to_postgres_is_what_sslmode_asks_for() {
    let test = async |database: &TestDatabase| {
        let directory = tempfile::tempdir().unwrap();
        let (url, server) = server(database);
        let (ours, our_file) = certificate(directory.path(), "127.0.0.1");
        let (other, other_file) = certificate(directory.path(), "db.example");
        let plain = Relay::start(server, None).await;
        let named = Relay::start(server, Some(&ours)).await;
        let misnamed = Relay::start(server, Some(&other)).await;
        for (relay, query, works) in [
            (&plain, String::new(), true),
            (&plain, "sslmode=disable".to_owned(), true),
            (&plain, "sslmode=prefer".to_owned(), true),
            (&plain, "sslmode=require".to_owned(), false),
            (
                &plain,
                format!("sslmode=verify-full&sslrootcert={our_file}"),
                false,
            ),
            (&named, String::new(), true),
            (&named, "sslmode=disable".to_owned(), false),
            (&named, "sslmode=prefer".to_owned(), true),
            (&named, "sslmode=require".to_owned(), true),
            (&named, "sslmode=verify-full".to_owned(), false),
            (
                &named,
                format!("sslmode=verify-full&sslrootcert={our_file}"),
                true,
            ),
            (
                &named,
                format!("sslmode=verify-full&sslrootcert={other_file}"),
                false,
            ),
            (
                &named,
                format!("sslmode=require&sslrootcert={other_file}"),
                false,
            ),
            (&misnamed, "sslmode=require".to_owned(), true),
            (
                &misnamed,
                format!("sslmode=verify-ca&sslrootcert={other_file}"),
                true,
            ),
            (
                &misnamed,
                format!("sslmode=verify-ca&sslrootcert={our_file}"),
                false,
            ),
            (
                &misnamed,
                format!("sslmode=verify-full&sslrootcert={other_file}"),
                false,
            ),
        ] {
            let at = url.replace(&server.to_string(), &format!("127.0.0.1:{}", relay.port));
            let outcome = connects(&format!("{at}?{query}")).await;
            match &outcome {
                Ok(()) => assert!(works, "{query}"),
                Err(Error::Unavailable(_)) => assert!(!works, "{query}: {outcome:?}"),
                Err(_) => panic!("{query}: {outcome:?}"),
            }
        }
    };
    TestDatabase::postgres().await.run(test).await;
}
