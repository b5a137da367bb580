//! `stats DIRECTORY`: what counting costs a send, and what figures cost to read.
//!
//! A send is accepted through the gate, signed, claimed and settled, with a commit where the product
//! has one; HTTP and SMTP are left out, which only makes the share of counting larger. Mail that an
//! alias forwards goes the same way and is not counted: it is the peer, in turns. What was counted is
//! added up within the time. Then 90 days of 100 domains are read, as a page of an owner and of a member
//! who sees them all. Prints one JSON object with nanoseconds of processor time and of time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use postscale_access::{Caller, Credential, DomainRef, Gate, Sendable, SystemScope, action};
use postscale_mail::dkim::{Signer, generate};
use postscale_model::{
    Clock, Day, DkimAlgorithm, Domain, DomainId, DomainType, Email, EmailStatus, Environment,
    Grant, Level, Mailbox, Organization, OrganizationId, Person, Random, RecipientKind, Role,
    Session, Sources, Timestamp, TokenHash, User, UserId, UserStatus,
};
use postscale_store::{
    Body, Database, Store, StoreSettings, Tx, domain,
    email::{self, NewEmail, Submitter},
    grant,
    organization::{self, Onboarding},
    params, person,
    recipient::{self, Abandoned, Claim, NewRecipient, Outcome, Settled},
    session, stats, user,
};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const RUNS: usize = 7;
/// Sends of one run.
const SENDS: u32 = 1500;
/// Sends that are claimed and settled together: what a busy server has.
const TOGETHER: u32 = 16;
const DOMAINS: u32 = 100;
/// How many days there are figures of, of which 90 are read.
const DAYS: i64 = 400;
const DAYS_READ: u16 = 90;
const READS: u32 = 50;

struct Still;
impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// The same bytes in every run (splitmix64).
struct Seeded(AtomicU64);
impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the benchmark stands for the worker"
)]
const SYSTEM: SystemScope = SystemScope::for_job("bench");

struct World {
    store: Store,
    sources: Sources,
    owner: (UserId, Caller),
    member: (UserId, Caller),
    domains: Vec<DomainId>,
    signer: Signer,
}

/// Whether it counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mail {
    Sent,
    Forwarded,
}

impl World {
    async fn build(directory: &Path) -> Self {
        let file = Database::Sqlite(directory.join("stats.db"));
        let store = Store::open(StoreSettings::new(file)).expect("open the store");
        store.migrate(NOW).await.expect("migrate");
        let sources = Sources::new(Arc::new(Still), Arc::new(Seeded(7.into())));
        let mut tx = store.write().await.expect("the write turn");
        let organization = Organization {
            id: sources.id(),
            name: "Load".to_owned(),
            plan: "unlimited".to_owned(),
            created_at: NOW,
        };
        let inserted = organization::insert(&mut tx, &organization, Onboarding::Done).await;
        inserted.expect("an organization");
        let owner = somebody(&mut tx, &sources, organization.id, Role::Owner, 1).await;
        let member = somebody(&mut tx, &sources, organization.id, Role::Member, 2).await;
        let mut domains = Vec::new();
        for number in 0..DOMAINS {
            domains.push(new_domain(&mut tx, &sources, &owner.1, number).await);
        }
        grant_all(&mut tx, &owner.1, member.0, &domains).await;
        tx.commit().await.expect("commit");
        let key = generate(DkimAlgorithm::Rsa2048).expect("a key");
        let (name, selector) = ("domain0.example".parse(), "s1".parse());
        let signer = Signer::from_pkcs8(
            DkimAlgorithm::Rsa2048,
            &key.private_der,
            name.expect("a name"),
            selector.expect("a selector"),
        );
        Self {
            store,
            sources,
            owner,
            member,
            domains,
            signer: signer.expect("a signer"),
        }
    }

    async fn sender(&self, tx: &mut Tx) -> Sendable<Domain> {
        let mut gate = Gate::open(tx, &self.owner.1).await.expect("the gate");
        let domain = DomainRef::Id(self.domains[0]);
        gate.domain(action::MESSAGE_SEND, &domain)
            .await
            .expect("the owner may")
    }

    fn message(&self, mail: Mail, octets: &[u8]) -> NewEmail {
        let to = "bob@far.example";
        let mailbox: Mailbox = to.parse().expect("an address");
        NewEmail {
            email: Email {
                id: self.sources.ordered_id(),
                organization_id: self.sources.id(),
                domain_id: self.domains[0],
                message_id: "1@domain0.example".to_owned(),
                header_from: "ann@domain0.example".parse().expect("an address"),
                to: vec![mailbox],
                cc: vec![],
                bcc: vec![],
                subject: "Minutes of the meeting".to_owned(),
                status: EmailStatus::Queued,
                environment: Environment::Live,
                tags: vec!["minutes".to_owned()],
                metadata: BTreeMap::new(),
                size_bytes: i64::try_from(octets.len()).expect("a small message"),
                created_at: NOW,
                scheduled_at: None,
                sent_at: None,
                delivered_at: None,
            },
            body: Body::Row(octets.to_vec()),
            smtputf8: false,
            submitter: match mail {
                Mail::Sent => Submitter::User {
                    user: self.owner.0,
                    key: None,
                },
                Mail::Forwarded => Submitter::Alias(self.sources.id()),
            },
            recipients: vec![NewRecipient {
                id: self.sources.ordered_id(),
                address: to.parse().expect("an address"),
                kind: RecipientKind::To,
                return_path: None,
            }],
        }
    }

    /// Nanoseconds of processor time of one send.
    async fn send(&self, mail: Mail) -> f64 {
        let octets = octets();
        let before = cpu_nanoseconds();
        for number in 1..=SENDS {
            let mut tx = self.store.write().await.expect("the write turn");
            let from = self.sender(&mut tx).await;
            let new = self.message(mail, &octets);
            let accepted = match mail {
                Mail::Sent => email::insert(&mut tx, &from, &new, &self.sources).await,
                Mail::Forwarded => {
                    email::insert_forwarded(&mut tx, &SYSTEM, &from, &new, &self.sources).await
                }
            };
            accepted.expect("accepted");
            tx.commit().await.expect("commit");
            self.signer.sign(&octets, NOW).expect("signed");
            if number % TOGETHER == 0 || number == SENDS {
                self.deliver().await;
            }
        }
        self.add_up().await;
        (cpu_nanoseconds() - before) / f64::from(SENDS)
    }

    async fn deliver(&self) {
        let claim = Claim {
            lease: Duration::from_secs(60),
            limit: 256,
            limit_per_destination: 256,
            excluded: &[],
            abandoned: Abandoned::TakenOver,
        };
        let mut tx = self.store.write().await.expect("the write turn");
        let claimed = recipient::claim_due(&mut tx, &SYSTEM, &claim, NOW).await;
        tx.commit().await.expect("commit");
        let settled = claimed
            .expect("claimed")
            .into_iter()
            .map(|claimed| Settled {
                claimed,
                outcome: Outcome::Delivered,
                reply: None,
                mx_host: Some("gmail-smtp-in.l.google.com".to_owned()),
            });
        let settled: Vec<_> = settled.collect();
        let mut tx = self.store.write().await.expect("the write turn");
        let events = recipient::settle(&mut tx, &SYSTEM, &settled, &self.sources, NOW).await;
        events.expect("settled");
        tx.commit().await.expect("commit");
    }

    async fn add_up(&self) {
        loop {
            let mut tx = self.store.write().await.expect("the write turn");
            let taken = stats::drain(&mut tx, &SYSTEM, 1000)
                .await
                .expect("added up");
            if taken == 0 {
                return;
            }
            tx.commit().await.expect("commit");
        }
    }

    /// Figures of every domain: days, hours, providers and tags.
    async fn fill(&self) {
        let mut tx = self.store.write().await.expect("the write turn");
        let today = Day::of(NOW);
        let counts = "12, 11, 1, 1, 2, 0, 0, 0, 3";
        for id in &self.domains {
            for back in 0..DAYS {
                let at = today.after(-back).start();
                let labels = [
                    ("day", ""),
                    ("isp", "google"),
                    ("isp", "microsoft"),
                    ("isp", "other"),
                    ("tag", "a"),
                    ("tag", "b"),
                ];
                for (series, label) in labels {
                    let sql = format!(
                        "INSERT INTO stats_sums (domain_id, series, at, label, sent, delivered, bounced, hard_bounced, \
                         deferred, complained, opened, clicked, received) VALUES ($1, $2, $3, $4, {counts}) ON CONFLICT DO NOTHING"
                    );
                    tx.execute(&sql, &params![*id, series, at, label])
                        .await
                        .expect("filled");
                }
            }
            stats::count_received(&mut tx, &SYSTEM, [*id], NOW)
                .await
                .expect("counted");
        }
        tx.commit().await.expect("commit");
    }

    /// Nanoseconds of one look at the sums of all domains, and of one at the table of them.
    async fn read(&self, caller: &Caller) -> f64 {
        let start = Instant::now();
        for _ in 0..READS {
            let mut tx = self.store.read().await.expect("a transaction");
            let scope = Gate::open(&mut tx, caller)
                .await
                .expect("the gate")
                .scope(action::STATS_OVERVIEW);
            let days = (DAYS_READ, Day::of(NOW));
            let rows = stats::by_day_of_visible(&mut tx, &scope.expect("a scope"), days, NOW)
                .await
                .expect("read");
            assert_eq!(rows.len(), usize::from(DAYS_READ), "a wrong answer");
            assert_eq!(rows[0].1.sent, 12 * u64::from(DOMAINS), "a wrong answer");
        }
        start.elapsed().as_nanos() as f64 / f64::from(READS)
    }
}

async fn somebody(
    tx: &mut Tx,
    sources: &Sources,
    organization_id: OrganizationId,
    role: Role,
    number: u8,
) -> (UserId, Caller) {
    let person = Person {
        id: sources.id(),
        email: format!("u{number}@people.example")
            .parse()
            .expect("an address"),
        name: "Load".to_owned(),
        email_verified_at: Some(NOW),
        created_at: NOW,
    };
    let member = User {
        id: sources.id(),
        organization_id,
        person_id: person.id,
        email: person.email.clone(),
        name: person.name.clone(),
        role,
        status: UserStatus::Active,
        last_active_at: None,
        created_at: NOW,
    };
    let signed_in = Session {
        id: sources.id(),
        person_id: person.id,
        user_id: Some(member.id),
        authenticated_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(session::AGE_MAX),
        created_at: NOW,
        ip: "127.0.0.1".to_owned(),
        user_agent: "load".to_owned(),
    };
    let token = TokenHash::new([number; 32]);
    person::insert(tx, &person, None).await.expect("a person");
    user::insert(tx, &member).await.expect("a user");
    session::insert(tx, &signed_in, &token)
        .await
        .expect("a session");
    (
        member.id,
        Caller::new(Some(Credential::Session(token)), action::ALL, NOW),
    )
}

async fn new_domain(tx: &mut Tx, sources: &Sources, owner: &Caller, number: u32) -> DomainId {
    let mut gate = Gate::open(tx, owner).await.expect("the gate");
    let permission = gate.permit(action::DOMAIN_CREATE).expect("the owner may");
    let new = Domain::registered(
        (sources.id(), permission.organization()),
        format!("domain{number}.example").parse().expect("a name"),
        DomainType::Both,
        [format!("ownership{number}"), format!("dmarc{number}")],
        NOW,
    );
    domain::insert(tx, &permission, &new)
        .await
        .expect("a domain");
    new.id
}

async fn grant_all(tx: &mut Tx, owner: &Caller, user_id: UserId, domains: &[DomainId]) {
    let mut gate = Gate::open(tx, owner).await.expect("the gate");
    let permission = gate.permit(action::USER_LIST).expect("the owner may");
    for domain_id in domains {
        let given = Grant {
            user_id,
            domain_id: *domain_id,
            level: Level::Read,
            expires_at: None,
            created_at: NOW,
        };
        grant::insert(tx, &permission, &given, None)
            .await
            .expect("a grant");
    }
}

fn octets() -> Vec<u8> {
    let mut message =
        b"From: ann@domain0.example\r\nTo: bob@far.example\r\nSubject: Minutes of the meeting\r\n\
        Date: Thu, 1 Jan 2026 08:00:00 +0000\r\nMessage-ID: <1@domain0.example>\r\n\r\n"
            .to_vec();
    while message.len() < 4096 {
        message.extend(b"Nobody objected, and so everybody went home before it rained.\r\n");
    }
    message
}

/// Processor time of all threads there are.
fn cpu_nanoseconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let of = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.flatten().filter_map(of).sum()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let directory = std::env::args().nth(1).expect("usage: stats DIRECTORY");
    let world = World::build(Path::new(&directory)).await;
    // A run of each that does not count fills the caches.
    for mail in [Mail::Sent, Mail::Forwarded] {
        world.send(mail).await;
    }
    let mut sends = Vec::new();
    for _ in 0..RUNS {
        sends.push((
            world.send(Mail::Forwarded).await,
            world.send(Mail::Sent).await,
        ));
    }
    world.fill().await;
    let mut reads = Vec::new();
    for _ in 0..=RUNS {
        reads.push((
            world.read(&world.owner.1).await,
            world.read(&world.member.1).await,
        ));
    }
    println!(
        "{}",
        serde_json::json!({ "send": sends, "read": reads[1..] })
    );
}
