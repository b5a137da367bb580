//! `looks DIRECTORY`: what looking at domains' DNS records costs.
//!
//! A name server of its own process (this program again, with `serve`) answers for every domain. First
//! one domain is looked up while the server takes its time with each answer: the time of all records
//! against that of one question. Then the engine looks at some thousand domains that are due, as it does
//! by itself: processor time of one look, transactions included. Prints one JSON object.

use std::{
    io::{BufRead, BufReader, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use postscale_engine::{Engine, EngineParts, EngineSettings, Intakes, Workers};
use postscale_mail::{
    dkim,
    dns::{DnsSettings, Resolver},
    records::{self, MailHosts},
};
use postscale_model::{
    Clock, DkimAlgorithm, DkimKey, DkimStatus, Domain, DomainType, Plans, Random, Sources,
    Timestamp,
};
use postscale_store::{Blobs, Database, Seal, Store, StoreSettings, params};
use postscale_testkit::TestDns;
use tokio_util::sync::CancellationToken;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Domains that are looked at for the processor time.
const DOMAINS: u32 = 4_000;
/// How long the name server takes for an answer of the slow domain.
const SLOW: Duration = Duration::from_millis(200);
const SLOW_RUNS: usize = 9;
const HOST: &str = "mail.bench.test";

struct System;

impl Clock for System {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        Timestamp::from_micros(since.as_micros() as i64)
    }
}

/// Marsaglia's xorshift: ids, no secrets.
struct Sequence(std::sync::Mutex<u64>);

impl Random for Sequence {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().expect("no holder panics");
        for byte in bytes {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            *byte = (*state >> 32) as u8;
        }
    }
}

fn sources() -> Sources {
    let random = Sequence(std::sync::Mutex::new(88_172_645_463_325_252));
    Sources::new(Arc::new(System), Arc::new(random))
}

fn hosts() -> MailHosts {
    MailHosts::derived_from(&HOST.parse().expect("a host name"))
}

fn domain(number: u32) -> Domain {
    let sources = sources();
    let now = sources.now();
    Domain {
        verified: true,
        ownership_verified: true,
        mx_verified: true,
        spf_verified: true,
        dkim_verified: true,
        dmarc_verified: true,
        return_path_verified: true,
        verified_at: Some(now),
        ..Domain::registered(
            (sources.id(), sources.id()),
            format!("d{number}.bench.test").parse().expect("a name"),
            DomainType::Both,
            [format!("{number:032x}"), format!("t{number}")],
            now,
        )
    }
}

fn key(domain: &Domain, public_key: &str) -> DkimKey {
    DkimKey {
        id: sources().id(),
        domain_id: domain.id,
        selector: "postscale1".parse().expect("a selector"),
        algorithm: DkimAlgorithm::Rsa2048,
        status: DkimStatus::Active,
        public_key: public_key.to_owned(),
        verified_at: Some(domain.created_at),
        replaces: None,
        retire_at: None,
        created_at: domain.created_at,
    }
}

/// Publishes everything that all domains are asked for; ends with its standard input.
async fn serve(public_key: &str) {
    let dns = TestDns::start().await;
    dns.set_txt(&hosts().spf, "v=spf1 ip4:192.0.2.1 -all");
    for number in 0..=DOMAINS {
        let domain = domain(number);
        for record in records::expected(&domain, &hosts(), &[key(&domain, public_key)]) {
            match record.record_type {
                "MX" => dns.add_mx(&record.name, 10, &record.value),
                "CNAME" => dns.add_cname(&record.name, &record.value),
                _ => dns.add_txt(&record.name, &record.value),
            }
        }
    }
    // Builds the zone before it is asked.
    let warm = dns
        .resolver_within(Duration::from_secs(60))
        .txt(&hosts().spf)
        .await;
    warm.expect("an answer");
    dns.delay(&format!("d{DOMAINS}.bench.test"), SLOW);
    println!("{}", dns.address());
    std::io::stdout().flush().expect("flush");
    tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        let _ended = std::io::stdin().read_line(&mut line);
    })
    .await
    .expect("no panic");
}

fn resolver(server: SocketAddr) -> Resolver {
    let settings = DnsSettings {
        servers: vec![server],
        ..DnsSettings::default()
    };
    Resolver::new(&settings).expect("a resolver")
}

/// Seconds of one question and of all records of the slow domain, side by side.
async fn slow(resolver: &Resolver, public_key: &str) -> Vec<(f64, f64)> {
    let domain = domain(DOMAINS);
    let mut pairs = Vec::new();
    for _ in 0..SLOW_RUNS {
        let start = Instant::now();
        let found = resolver
            .uncached()
            .txt(&format!("_dmarc.{}", domain.name))
            .await;
        found.expect("an answer");
        let one = start.elapsed().as_secs_f64();
        let expected = records::expected(&domain, &hosts(), &[key(&domain, public_key)]);
        let start = Instant::now();
        let checks = records::check(resolver, expected, &[], domain.created_at).await;
        pairs.push((one, start.elapsed().as_secs_f64()));
        let mut all = checks.iter();
        let verified = postscale_model::CheckStatus::Verified;
        assert!(
            all.all(|check| check.check.status == verified),
            "a wrong answer: {checks:?}"
        );
    }
    pairs
}

async fn fill(store: &Store, sources: &Sources, public_key: &str) {
    let now = sources.now();
    let mut tx = store.write().await.expect("a transaction");
    let organization: postscale_model::OrganizationId = sources.id();
    tx.execute(
        "INSERT INTO organizations (id, name, plan, created_at, updated_at) VALUES ($1, 'Load', 'unlimited', $2, $2)",
        &params![organization, now],
    )
    .await
    .expect("an organization");
    for number in 0..DOMAINS {
        let domain = domain(number);
        let id: postscale_model::DomainId = sources.id();
        tx.execute(
            "INSERT INTO domains (id, organization_id, name, domain_type, active, catch_all_enabled, open_tracking, click_tracking, \
             ownership_token, dmarc_token, verified, ownership_verified, mx_verified, spf_verified, dkim_verified, dmarc_verified, \
             return_path_verified, verified_at, created_at, updated_at) \
             VALUES ($1, $2, $3, 'both', TRUE, FALSE, FALSE, FALSE, $4, $5, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, $6, $6, $6)",
            &params![id, organization, &domain.name, &domain.ownership_token, &domain.dmarc_token, now],
        )
        .await
        .expect("a domain");
        tx.execute(
            "INSERT INTO dkim_keys (id, domain_id, selector, algorithm, status, public_key, private_key, verified_at, created_at, updated_at) \
             VALUES ($1, $2, 'postscale1', 'rsa2048', 'active', $3, $4, $5, $5, $5)",
            &params![sources.id::<postscale_model::DkimKeyId>(), id, public_key, vec![0_u8; 8], now],
        )
        .await
        .expect("a key");
        tx.execute(
            "INSERT INTO jobs (id, kind, job_key, payload, due_at, attempts, created_at) VALUES ($1, 'verify_domain', $2, '{}', $3, 0, $3)",
            &params![sources.id::<postscale_model::JobId>(), id.to_string(), now],
        )
        .await
        .expect("a job");
    }
    tx.commit().await.expect("commit");
}

/// Processor seconds of this process so far.
fn processor_seconds() -> f64 {
    // Threads of the runtime live as long as it does.
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads of this process");
    let spent = tasks.filter_map(|task| {
        let file = task.ok()?.path().join("schedstat");
        let text = std::fs::read_to_string(file).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    spent.sum::<f64>() / 1e9
}

/// Processor seconds of one look of the engine.
async fn looks(directory: &Path, resolver: Resolver, public_key: &str) -> f64 {
    let sources = sources();
    let file = Database::Sqlite(directory.join("looks.db"));
    let store = Store::open(StoreSettings::new(file)).expect("open the store");
    store.migrate(sources.now()).await.expect("migrate");
    fill(&store, &sources, public_key).await;
    let mut settings = EngineSettings::new(
        HOST.parse().expect("a host name"),
        format!("postscale@{HOST}").parse().expect("a mailbox"),
        "https://bench.test".to_owned(),
    );
    settings.workers = Workers {
        verify: true,
        ..Workers::NONE
    };
    let parts = EngineParts {
        store: store.clone(),
        blobs: Blobs::directory(&directory.join("blobs")).expect("a directory"),
        sources: sources.clone(),
        seal: Arc::new(Seal::new([1; 32])),
        resolver,
        hosts: Arc::new(hosts()),
        link_key: Arc::new([2; 32]),
        plans: Plans::default(),
        intakes: Intakes::default(),
        settings: Arc::new(settings),
    };
    let start = sources.now();
    let before = processor_seconds();
    let shutdown = CancellationToken::new();
    let engine = Engine::start(parts, shutdown.clone()).expect("start");
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut tx = store.read().await.expect("a transaction");
        let sql = "SELECT COUNT(*) AS c FROM domains WHERE verified AND last_dns_check >= $1";
        let row = tx.query_one(sql, &params![start]).await.expect("a count");
        if row.int("c").expect("a count") == i64::from(DOMAINS) {
            break;
        }
        assert!(Instant::now() < deadline, "not in time");
    }
    let spent = processor_seconds() - before;
    shutdown.cancel();
    engine.finished().await;
    spent / f64::from(DOMAINS)
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments
        .next()
        .expect("a directory, or `serve` and a public key");
    if first == "serve" {
        return serve(&arguments.next().expect("a public key")).await;
    }
    let key = dkim::generate(DkimAlgorithm::Rsa2048)
        .expect("a key")
        .public_key;
    let mut server = Command::new(std::env::current_exe().expect("this program"))
        .args(["serve", &key])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a name server");
    let mut line = String::new();
    let output = server.stdout.take().expect("its output");
    BufReader::new(output)
        .read_line(&mut line)
        .expect("its address");
    let resolver = resolver(line.trim().parse().expect("an address"));
    let slow = slow(&resolver, &key).await;
    let look = looks(Path::new(&first), resolver, &key).await;
    drop(server.stdin.take());
    server.wait().expect("it ends");
    let pairs: Vec<String> = slow
        .iter()
        .map(|(one, all)| format!("[{one},{all}]"))
        .collect();
    println!("{{\"slow\":[{}],\"look_seconds\":{look}}}", pairs.join(","));
}
