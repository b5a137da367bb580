//! One instance of the product whose engine runs against servers of the test.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use ipnet::IpNet;
use postscale_access::SystemScope;
use postscale_engine::{
    Engine, EngineParts, EngineSettings, Intakes, Workers,
    intake::{self, Elsewhere, Intake, IntakeRecipient, Received},
};
use postscale_mail::authenticate::{Session, authenticate};
use postscale_model::{Address, DomainName, HostName, Plans, Timestamp};
use postscale_smtp::ReversePath;
use postscale_store::{
    Value,
    alias::{self, Resolved},
    dmarc_source,
    domain::{self, Receiving},
    inbound_email, job, recipient, report_mail, stats, system_email, warming, webhook_delivery,
};
use postscale_testkit::{Client, TestApp, database::TestDatabase};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::sink::Sink;

/// Who waits longer than this waits in vain.
const DEADLINE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);
/// Looks between two wake-ups: the engine does not hear the clock of a test.
const LOOKS_PER_WAKE_UP: u32 = 20;

/// An instance with nothing in its queues, and a mail server for `far.example`.
pub struct Instance {
    pub app: TestApp,
    pub sink: Sink,
    pub settings: EngineSettings,
    pub plans: Plans,
    intakes: Intakes,
}

/// An engine at work.
pub struct Running {
    engine: Engine,
    pub shutdown: CancellationToken,
}

impl Running {
    /// Asks it to stop and waits until it has.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.engine.finished().await;
    }
}

/// Authority of the test.
#[expect(clippy::disallowed_methods, reason = "the test is the system here")]
pub fn system() -> SystemScope {
    SystemScope::for_job("test")
}

/// Networks of this machine.
pub fn loopback() -> Vec<IpNet> {
    vec!["127.0.0.0/8".parse().unwrap()]
}

impl Instance {
    pub async fn new(database: &TestDatabase) -> Self {
        Self::of(TestApp::builder().database(database).build().await).await
    }

    /// Another one than [`Instance::new`] makes: its ids are others.
    pub async fn another(database: &TestDatabase) -> Self {
        let app = TestApp::builder().database(database).seed(0x5eed);
        Self::of(app.build().await).await
    }

    async fn of(app: TestApp) -> Self {
        let sink = Sink::start().await;
        app.dns.set_mx("far.example", 10, "mx.far.example");
        app.dns.set_a("mx.far.example", [127, 0, 0, 1].into());
        let mut settings = EngineSettings::new(
            "mail.postscale.example".parse().unwrap(),
            app.app.links.system_from.clone(),
            app.app.links.public_url.clone(),
        );
        settings.outbound_port = sink.port;
        settings.outbound_allow = loopback();
        settings.webhook_allow = loopback();
        let instance = Self {
            plans: app.app.plans.clone(),
            app,
            sink,
            settings,
            intakes: Intakes::default(),
        };
        // What everybody finds in the world waits for nobody here.
        for sql in [
            "DELETE FROM webhooks",
            "UPDATE email_recipients SET next_attempt_at = NULL, status = 'canceled'",
            "UPDATE inbound_emails SET next_attempt_at = NULL",
            "DELETE FROM aliases WHERE shield_host IS NOT NULL",
            "UPDATE aliases SET local_part = 'taken'",
        ] {
            instance.run(sql, &[]).await;
        }
        instance
    }

    pub fn parts(&self) -> EngineParts {
        let app = &self.app.app;
        EngineParts {
            store: app.store.clone(),
            blobs: app.blobs.clone(),
            sources: app.sources.clone(),
            seal: Arc::clone(&app.seal),
            resolver: app.resolver.uncached(),
            hosts: Arc::clone(&app.hosts),
            link_key: Arc::clone(&app.link_key),
            plans: self.plans.clone(),
            intakes: self.intakes.clone(),
            settings: Arc::new(self.settings.clone()),
        }
    }

    /// Starts all work.
    pub fn start(&self) -> Running {
        let shutdown = CancellationToken::new();
        let engine = Engine::start(self.parts(), shutdown.clone()).unwrap();
        Running { engine, shutdown }
    }

    /// Starts some work.
    pub fn start_only(&mut self, workers: Workers) -> Running {
        self.settings.workers = workers;
        self.start()
    }

    pub fn owner(&self) -> Client {
        self.app.as_("owner")
    }

    pub fn now(&self) -> Timestamp {
        self.app.app.sources.now()
    }

    pub async fn run(&self, sql: &str, parameters: &[Value]) -> u64 {
        let mut tx = self.app.app.store.write().await.unwrap();
        let changed = tx.execute(sql, parameters).await.unwrap();
        tx.commit().await.unwrap();
        changed
    }

    /// The first column, `c`, of every row, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let mut tx = self.app.app.store.read().await.unwrap();
        let rows = tx.query(sql, &[]).await.unwrap();
        let text = |row: &postscale_store::Row| row.opt_text("c").unwrap().unwrap_or_default();
        rows.iter().map(text).collect()
    }

    /// The first column, `c`, of the only row, as a number.
    pub async fn number(&self, sql: &str) -> i64 {
        let mut tx = self.app.app.store.read().await.unwrap();
        let row = tx.query_one(sql, &[]).await.unwrap();
        row.int("c").unwrap()
    }

    /// Lets time pass, and everybody notice.
    pub async fn pass(&self, time: Duration) {
        self.app.clock.advance(time);
        self.wake().await;
    }

    async fn wake(&self) {
        let mut tx = self.app.app.store.write().await.unwrap();
        for channel in [
            recipient::CHANNEL,
            inbound_email::CHANNEL,
            webhook_delivery::CHANNEL,
            system_email::CHANNEL,
            job::CHANNEL,
            inbound_email::RETENTION_CHANNEL,
            stats::CHANNEL,
            warming::due::CHANNEL,
            report_mail::CHANNEL,
            dmarc_source::CHANNEL,
        ] {
            tx.wake(channel);
        }
        tx.commit().await.unwrap();
    }

    /// Looks again and again until there is something to see.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let looking = async {
            let mut looks = 0_u32;
            loop {
                if let Some(seen) = look().await {
                    return seen;
                }
                looks += 1;
                if looks.is_multiple_of(LOOKS_PER_WAKE_UP) {
                    self.wake().await;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let seen = tokio::time::timeout(DEADLINE, looking).await;
        seen.unwrap_or_else(|_| panic!("not in time: {what}"))
    }

    /// Waits until a query of one column `c` gives these texts.
    #[track_caller]
    pub fn until_texts(&self, sql: &str, want: &[&str]) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let mut last = Vec::new();
            let looking = self.until("rows", async || {
                last = self.texts(sql).await;
                (last == want).then_some(())
            });
            let seen = tokio::time::timeout(DEADLINE - Duration::from_secs(1), looking).await;
            assert!(seen.is_ok(), "{caller}: {sql}: {last:?}, not {want:?}");
        }
    }

    /// Sends a message of `shared.example` to these; returns its id.
    pub async fn send(&self, to: &[&str]) -> String {
        let body = json!({
            "from": "Ann <ann@shared.example>", "to": to,
            "subject": "Hello", "text_body": "Hello there.",
        });
        let sent = self
            .app
            .as_("key_rw")
            .post("/v1/send", body)
            .await
            .with(202);
        sent["id"].as_str().unwrap().to_owned()
    }

    /// Makes an alias of `shared.example`; returns its id.
    pub async fn alias(&self, mut body: Json) -> String {
        body["domain"] = json!("shared.example");
        let made = self.owner().post("/v1/aliases", body).await.with(201);
        made["alias"]["id"].as_str().unwrap().to_owned()
    }

    /// Takes a message in as the reception does, for recipients somebody takes mail for.
    pub async fn receive(&self, mail_from: &str, to: &[&str], message: &str) {
        let intake = self.try_to_receive(mail_from, to, message).await;
        assert_eq!(intake, Intake::Taken);
    }

    /// What comes of a message that is handed to the intake.
    pub async fn try_to_receive(&self, mail_from: &str, to: &[&str], message: &str) -> Intake {
        let mut recipients = Vec::new();
        for to in to {
            recipients.push(self.recipient(to).await.expect("somebody takes it"));
        }
        let intake = self.try_to_receive_for(mail_from, &recipients, message);
        intake.await.unwrap()
    }

    /// As [`Self::try_to_receive`], for recipients that were found before.
    pub async fn try_to_receive_for(
        &self,
        mail_from: &str,
        recipients: &[IntakeRecipient],
        message: &str,
    ) -> postscale_store::Result<Intake> {
        let parts = self.parts();
        let host: HostName = "mx.postscale.example".parse().unwrap();
        let session = Session {
            peer: [127, 0, 0, 1].into(),
            helo: "mx.far.example",
            mail_from,
            authserv_id: &host,
        };
        let authentication = authenticate(&parts.resolver, session, message.as_bytes()).await;
        let envelope_sender = match mail_from {
            "" => ReversePath::Null,
            address => ReversePath::Address(address.parse().unwrap()),
        };
        let received = Received {
            envelope_sender: &envelope_sender,
            recipients,
            message: &Bytes::copy_from_slice(message.as_bytes()),
            authentication: &authentication,
            elsewhere: Elsewhere::Nobody,
        };
        intake::receive(&parts, &received, None).await
    }

    /// Who takes mail for an address, if anybody.
    pub async fn recipient(&self, to: &str) -> Option<IntakeRecipient> {
        let address: Address = to.parse().unwrap();
        let name: DomainName = address.domain().as_str().parse().unwrap();
        let mut tx = self.app.app.store.read().await.unwrap();
        let found = domain::find_receiving(&mut tx, &system(), &name).await;
        let Receiving {
            domain, has_rules, ..
        } = found.unwrap()?;
        if !domain.active {
            return None;
        }
        let (id, now) = (domain.id, self.now());
        let resolved = alias::resolve(&mut tx, &system(), id, address.local_part(), now).await;
        let (alias, has_blocked) = match resolved.unwrap() {
            Resolved::Alias { alias, has_blocked } => (Some(*alias), has_blocked),
            Resolved::Unknown if domain.catch_all_enabled => (None, false),
            Resolved::Unknown | Resolved::Inactive => return None,
        };
        Some(IntakeRecipient {
            address,
            domain,
            has_rules,
            has_blocked,
            alias,
        })
    }
}
