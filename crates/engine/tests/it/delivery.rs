//! Goal: each recipient ends as its server says, whatever happens to the others.
//! Method: one message to three recipients of one sink; the rows are read afterwards.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use hickory_proto::rr::{RData, rdata::A};
use postscale_access::SystemScope;
use postscale_engine::{Engine, EngineParts, EngineSettings, Workers};
use postscale_mail::{dkim, records::MailHosts};
use postscale_model::{
    Address, Clock, DkimAlgorithm, DkimKeyId, DomainId, Email, EmailId, EmailStatus, Environment,
    HostName, OrganizationId, Random, RecipientKind, Sources, Timestamp,
};
use postscale_smtp::{
    ForwardPath, MailParameters, Reply, ReversePath, Subject,
    server::{self, Handler, MailObject, Service, Settings},
};
use postscale_store::{
    Blobs, Body, Seal, Value, domain,
    email::{self, NewEmail, Submitter},
    recipient::NewRecipient,
};
use postscale_testkit::on_both_engines;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::zone::{Zone, mx};

const NOW: Timestamp = Timestamp::from_seconds(1_772_366_400);

struct Fixed(Mutex<u64>);
impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        NOW
    }
}
impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for byte in bytes {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = (*state >> 33) as u8;
        }
    }
}

/// Takes mail, or not, by local part.
#[derive(Default)]
struct Sink {
    taken: Mutex<Vec<MailObject>>,
}

impl Handler for Sink {
    type Session = ();
    async fn connect(&self, _: SocketAddr) -> Result<(), Reply> {
        Ok(())
    }
    async fn mail(&self, (): &mut (), _: &ReversePath, _: &MailParameters) -> Result<(), Reply> {
        Ok(())
    }
    async fn recipient(&self, (): &mut (), to: &ForwardPath) -> Result<(), Reply> {
        match to.0.local_part() {
            "later" => Err(Reply::transient(51, Subject::Mailbox, 1, "not now")),
            "nobody" => Err(Reply::permanent(50, Subject::Addressing, 1, "no such user")),
            _ => Ok(()),
        }
    }
    async fn message(&self, (): &mut (), mail_object: MailObject) -> Reply {
        self.taken.lock().unwrap().push(mail_object);
        Reply::ok(50, Subject::Undefined, 0, "taken")
    }
}

#[expect(clippy::disallowed_methods, reason = "the test is the system here")]
fn system() -> SystemScope {
    SystemScope::for_job("test")
}

fn host(name: &str) -> HostName {
    name.parse().unwrap()
}

on_both_engines! {
    async fn each_recipient_ends_as_its_server_says(database) {
        let store = database.store();
        store.migrate(NOW).await.unwrap();
        let random = Arc::new(Fixed(Mutex::new(7)));
        let sources = Sources::new(random.clone(), random);
        let seal = Seal::new([1; 32]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sink = Arc::new(Sink::default());
        let shutdown = CancellationToken::new();
        let smtp = Arc::new(Settings::new(host("mx.far.test"), Service::Reception));
        let served = server::serve(listener, smtp, sink.clone(), shutdown.clone());
        let served = tokio::task::JoinSet::from_iter([served]);
        let zone = Zone::serve(&[
            ("far.test", mx(10, "mx.far.test")),
            ("mx.far.test", RData::A(A([127, 0, 0, 1].into()))),
        ])
        .await;

        // A domain with a key, and a message in the queue.
        let (organization, domain_id): (OrganizationId, DomainId) = (sources.id(), sources.id());
        let key_id: DkimKeyId = sources.id();
        let pair = dkim::generate(DkimAlgorithm::Rsa2048).unwrap();
        let sealed = seal.seal(&sources, &format!("dkim_keys.private_key.{key_id}"), &pair.private_der);
        let mut tx = store.write().await.unwrap();
        let run = [
            format!("INSERT INTO organizations (id, name, plan, created_at, updated_at) VALUES ('{organization}', 'o', 'unlimited', 0, 0)"),
            format!("INSERT INTO domains (id, organization_id, name, domain_type, active, catch_all_enabled, open_tracking, click_tracking, \
                ownership_token, dmarc_token, verified, ownership_verified, mx_verified, spf_verified, dkim_verified, dmarc_verified, \
                return_path_verified, created_at, updated_at) VALUES ('{domain_id}', '{organization}', 'our.test', 'both', TRUE, FALSE, FALSE, FALSE, \
                't', 'd', TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, 0, 0)"),
        ];
        for sql in run {
            tx.execute(&sql, &[]).await.unwrap();
        }
        tx.execute(
            "INSERT INTO dkim_keys (id, domain_id, selector, algorithm, status, public_key, private_key, verified_at, created_at, updated_at) \
             VALUES ($1, $2, 's1', 'rsa2048', 'active', 'p', $3, 0, 0, 0)",
            &[Value::from(key_id), Value::from(domain_id), Value::from(sealed)],
        )
        .await
        .unwrap();
        let message = b"From: a@our.test\r\nSubject: hi\r\n\r\nbody\r\n".to_vec();
        let email = Email {
            id: sources.id::<EmailId>(),
            organization_id: organization,
            domain_id,
            message_id: "1@our.test".into(),
            header_from: "a@our.test".parse().unwrap(),
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: "hi".into(),
            status: EmailStatus::Queued,
            environment: Environment::Live,
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            size_bytes: 40,
            created_at: NOW,
            scheduled_at: None,
            sent_at: None,
            delivered_at: None,
        };
        let to = |text: &str| NewRecipient {
            id: sources.ordered_id(),
            address: text.parse::<Address>().unwrap(),
            kind: RecipientKind::To,
            return_path: None,
        };
        let new = NewEmail {
            email,
            body: Body::Row(message),
            smtputf8: false,
            submitter: Submitter::User { user: sources.id(), key: None },
            recipients: vec![to("ann@far.test"), to("later@far.test"), to("nobody@far.test"), to("x@none.test")],
        };
        let domain = domain::find_for_job(&mut tx, &system(), domain_id).await.unwrap().unwrap();
        email::insert_forwarded(&mut tx, &system(), &domain, &new, &sources).await.unwrap();
        tx.commit().await.unwrap();

        let directory = tempfile::tempdir().unwrap();
        let mut settings = EngineSettings::new(
            host("mail.our.test"),
            "postscale@our.test".parse().unwrap(),
            "http://localhost".into(),
        );
        settings.outbound_port = port;
        settings.outbound_allow = vec!["127.0.0.0/8".parse().unwrap()];
        settings.workers = Workers { deliver: true, ..Workers::NONE };
        let parts = EngineParts {
            store: store.clone(),
            blobs: Blobs::directory(directory.path()).unwrap(),
            sources: sources.clone(),
            seal: Arc::new(seal),
            resolver: zone.resolver(),
            hosts: Arc::new(MailHosts::derived_from(&host("our.test"))),
            link_key: Arc::new([2; 32]),
            settings: Arc::new(settings),
        };
        let engine = Engine::start(parts, shutdown.clone()).unwrap();
        tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                let mut tx = store.read().await.unwrap();
                let open = tx.query("SELECT 1 FROM email_recipients WHERE status IN ('queued', 'sending')", &[]).await.unwrap();
                if open.is_empty() {
                    return;
                }
                drop(tx);
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("everything is settled");
        shutdown.cancel();
        engine.finished().await;
        served.join_all().await;

        let mut tx = store.read().await.unwrap();
        let rows = tx.query("SELECT address, status, reply_enhanced FROM email_recipients ORDER BY address", &[]).await.unwrap();
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.text("address").unwrap(), row.text("status").unwrap(), row.opt_text("reply_enhanced").unwrap().unwrap_or_default()))
            .collect();
        let want = [
            ("ann@far.test", "delivered", "2.0.0"),
            ("later@far.test", "deferred", "4.2.1"),
            ("nobody@far.test", "bounced", "5.1.1"),
            ("x@none.test", "bounced", "5.1.2"),
        ];
        assert_eq!(rows, want.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
        let taken = sink.taken.lock().unwrap();
        assert_eq!(taken.len(), 1);
        let text = String::from_utf8_lossy(&taken[0].body);
        assert!(text.starts_with("DKIM-Signature:"), "{text}");
        let return_path = taken[0].envelope.reverse_path.to_string();
        assert!(return_path.starts_with("<bounces-") && return_path.ends_with("@ps-bounces.our.test>"), "{return_path}");
    }
}
