//! `dmarc make DIRECTORY`: a month of aggregate reports of a domain as gzip files, and a large one in a
//! directory of its own. `dmarc read DIRECTORY`:
//! reads them, four at once as a node does, and keeps each durably in a transaction of its own. `dmarc
//! large DIRECTORY`: the memory a report of 100,000 records takes. Each but the first prints one JSON
//! object.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use flate2::{Compression, write::GzEncoder};
use mimalloc::MiMalloc;
use postscale_access::SystemScope;
use postscale_mail::reports::{self, KeptReport};
use postscale_model::{Clock, Domain, DomainType, Organization, Random, Sources, Timestamp};
use postscale_store::{
    Database, Store, StoreSettings,
    dmarc_report::{self, NewReport, ReportOwner},
    organization::{self, Onboarding},
    params,
};
use tokio::task::JoinSet;

// As the product.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const DOMAIN: &str = "example.com";
/// 1 March 2026.
const FIRST_DAY: i64 = 1_772_323_200;
const DAYS: i64 = 30;
/// Reporters, and how many records each reports a day: a few large ones, many small ones.
const REPORTERS: [(&str, u32); 8] = [
    ("google.com", 400),
    ("Outlook.com", 250),
    ("Yahoo", 120),
    ("Enterprise Outlook", 60),
    ("comcast.net", 20),
    ("GMX", 8),
    ("Fastmail Pty Ltd", 3),
    ("mx.example.org", 1),
];
const LARGE: u32 = 100_000;
/// Reports a node reads at once.
const AT_ONCE: usize = 4;

struct At(Timestamp);
impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}
/// Different octets each time, the same in every run (splitmix64).
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

fn xml((org, day): (&str, i64), records: u32) -> String {
    let begin = FIRST_DAY + day * 86_400;
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>\n  <version>1.0</version>\n  <report_metadata>\n    \
         <org_name>{org}</org_name>\n    <email>dmarc@reporter.example</email>\n    <report_id>{org}-{day}</report_id>\n    \
         <date_range>\n      <begin>{begin}</begin>\n      <end>{}</end>\n    </date_range>\n  </report_metadata>\n  \
         <policy_published>\n    <domain>{DOMAIN}</domain>\n    <adkim>r</adkim>\n    <aspf>r</aspf>\n    <p>none</p>\n    \
         <sp>none</sp>\n    <pct>100</pct>\n  </policy_published>\n",
        begin + 86_399
    );
    for n in 0..records {
        let [_, a, b, c] = n.to_be_bytes();
        let (dkim, spf) = match n % 10 {
            0 => ("fail", "fail"),
            1 | 2 => ("fail", "pass"),
            3 => ("pass", "fail"),
            _ => ("pass", "pass"),
        };
        let signer = if dkim == "pass" {
            DOMAIN
        } else {
            "mailer.example.net"
        };
        let _infallible = write!(
            text,
            "  <record>\n    <row>\n      <source_ip>10.{a}.{b}.{c}</source_ip>\n      <count>{}</count>\n      \
             <policy_evaluated>\n        <disposition>none</disposition>\n        <dkim>{dkim}</dkim>\n        <spf>{spf}</spf>\n      \
             </policy_evaluated>\n    </row>\n    <identifiers>\n      <header_from>{DOMAIN}</header_from>\n    </identifiers>\n    \
             <auth_results>\n      <dkim>\n        <domain>{signer}</domain>\n        <result>pass</result>\n        \
             <selector>s{}</selector>\n      </dkim>\n      <spf>\n        <domain>{signer}</domain>\n        <result>{spf}</result>\n      \
             </spf>\n    </auth_results>\n  </record>\n",
            n % 17 + 1,
            n % 5,
        );
    }
    text.push_str("</feedback>\n");
    text
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed
        .write_all(text.as_bytes())
        .expect("memory is written to");
    packed.finish().expect("memory is written to")
}

fn make(directory: &Path) {
    for day in 0..DAYS {
        for (index, (org, records)) in REPORTERS.into_iter().enumerate() {
            let file = directory.join(format!("{day:02}-{index}.xml.gz"));
            fs::write(file, gzip(&xml((org, day), records))).expect("write a report");
        }
    }
    let file = large_file(directory);
    fs::create_dir(file.parent().expect("a directory")).expect("make a directory");
    fs::write(file, gzip(&xml(("large", 0), LARGE))).expect("write the large report");
}

fn large_file(directory: &Path) -> PathBuf {
    directory.join("large").join("report.xml.gz")
}

/// A database with one domain.
async fn domain(directory: &Path, sources: &Sources) -> (Store, Domain) {
    let file = Database::Sqlite(directory.join("reports.db"));
    let store = Store::open(StoreSettings::new(file)).expect("open the store");
    let now = sources.now();
    store.migrate(now).await.expect("migrate");
    let organization = Organization {
        id: sources.id(),
        name: "Load".to_owned(),
        plan: "unlimited".to_owned(),
        created_at: now,
    };
    let new = Domain::registered(
        (sources.id(), organization.id),
        DOMAIN.parse().expect("a name"),
        DomainType::Both,
        ["1".to_owned(), "2".to_owned()],
        now,
    );
    let mut tx = store.write().await.expect("a transaction");
    organization::insert(&mut tx, &organization, Onboarding::Done)
        .await
        .expect("insert the organization");
    let sql = "INSERT INTO domains (id, organization_id, name, domain_type, active, catch_all_enabled, open_tracking, \
        click_tracking, ownership_token, dmarc_token, verified, ownership_verified, mx_verified, spf_verified, \
        dkim_verified, dmarc_verified, return_path_verified, created_at, updated_at, mta_sts_mode, mta_sts_max_age) \
        VALUES ($1, $2, $3, 'both', TRUE, FALSE, FALSE, FALSE, '1', '2', TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, $4, $4, \
        'none', 86400)";
    tx.execute(sql, &params![new.id, organization.id, &new.name, now])
        .await
        .expect("insert the domain");
    tx.commit().await.expect("commit");
    (store, new)
}

fn sources() -> Sources {
    let now = Timestamp::from_seconds(FIRST_DAY + (DAYS + 1) * 86_400);
    Sources::new(Arc::new(At(now)), Arc::new(Seeded(7.into())))
}

/// Reads a file and keeps it; gives its messages and how many pass.
async fn keep(store: &Store, domain: &Domain, sources: &Sources, file: &[u8]) -> (i64, i64) {
    let scope = SystemScope::for_job("bench");
    let read = reports::read(file).expect("a report");
    let kept = reports::kept(read, domain, sources).expect("a report of the domain");
    let KeptReport::Aggregate(report, records) = kept else {
        panic!("an aggregate report");
    };
    let mut tx = store.write().await.expect("a transaction");
    let new = NewReport {
        report: &report,
        records: &records,
    };
    dmarc_report::keep(&mut tx, &ReportOwner::of_mail(&scope, domain), new, sources)
        .await
        .expect("the report is kept");
    tx.commit().await.expect("commit");
    (report.totals.total, report.totals.dmarc_pass)
}

/// Adds the figures of a report that is kept.
async fn count(under_way: &mut JoinSet<(i64, i64)>, (messages, pass): (&mut i64, &mut i64)) {
    let kept = under_way.join_next().await.expect("one is under way");
    let (total, passing) = kept.expect("a report is kept");
    *messages += total;
    *pass += passing;
}

async fn read(directory: &Path) {
    let sources = sources();
    let workshop = directory.join("ours");
    fs::create_dir(&workshop).expect("make a directory");
    let (store, domain) = domain(&workshop, &sources).await;
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .expect("the reports")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|end| end == "gz"))
        .collect();
    files.sort();
    let reports = files.len();
    let begun = Instant::now();
    let (mut messages, mut pass) = (0, 0);
    let mut under_way = JoinSet::new();
    for file in files {
        if under_way.len() == AT_ONCE {
            count(&mut under_way, (&mut messages, &mut pass)).await;
        }
        let (store, domain, sources) = (store.clone(), domain.clone(), sources.clone());
        under_way.spawn(async move {
            let octets = fs::read(file).expect("read a report");
            keep(&store, &domain, &sources, &octets).await
        });
    }
    while !under_way.is_empty() {
        count(&mut under_way, (&mut messages, &mut pass)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{}",
        serde_json::json!({"seconds": seconds, "reports": reports, "messages": messages, "pass": pass})
    );
    drop(store);
    fs::remove_dir_all(workshop).expect("remove the directory");
}

/// Resident memory in KiB: now, or at its highest.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_ascii_whitespace().nth(1));
    number.and_then(|text| text.parse().ok()).expect("a number")
}

async fn large(directory: &Path) {
    let sources = sources();
    let workshop = directory.join("ours");
    fs::create_dir(&workshop).expect("make a directory");
    let (store, domain) = domain(&workshop, &sources).await;
    let small = gzip(&xml(("small", 0), 1));
    keep(&store, &domain, &sources, &small).await;
    fs::write("/proc/self/clear_refs", "5").expect("forget the highest");
    let before = memory("VmRSS");
    let begun = Instant::now();
    let file = fs::read(large_file(directory)).expect("read the report");
    let (messages, _) = keep(&store, &domain, &sources, &file).await;
    let seconds = begun.elapsed().as_secs_f64();
    let extra = memory("VmHWM").saturating_sub(before);
    println!(
        "{}",
        serde_json::json!({"packed": file.len(), "extra_kib": extra, "seconds": seconds, "messages": messages})
    );
    drop(store);
    fs::remove_dir_all(workshop).expect("remove the directory");
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().expect("what to do");
    let directory = PathBuf::from(arguments.next().expect("a directory"));
    match what.as_str() {
        "make" => make(&directory),
        "read" => read(&directory).await,
        "large" => large(&directory).await,
        other => panic!("no such thing as {other}"),
    }
}
