//! Reports: kept once, for one domain; what they add up to; who is news; when they go.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use postscale_access::action;
use postscale_model::{
    DmarcDetails, DmarcDisposition, DmarcRecord, DmarcReport, DmarcTotals, Plan, Plans,
    PublishedPolicy, Timestamp, TlsReport, WebhookId,
};
use postscale_store::{
    Page, Tx,
    dmarc_report::{self, Kept, NewReport, ReportOwner, Window},
    dmarc_source, domain, params, report_retention, tls_report,
};
use postscale_testkit::on_both_engines;

use crate::world::{ALL, NOW, Who, World, later, system};

const DAY: Duration = Duration::from_secs(24 * 3600);
const WINDOW: Window = Window {
    from: Timestamp::from_seconds(1_799_798_400),
    until: Timestamp::from_seconds(1_800_057_600),
};

fn record(ip: &str, count: i64, (dkim, spf): (bool, bool)) -> DmarcRecord {
    DmarcRecord {
        source_ip: ip.parse().unwrap(),
        count,
        disposition: if dkim || spf {
            DmarcDisposition::None
        } else {
            DmarcDisposition::Reject
        },
        dkim,
        spf,
        details: Arc::new(DmarcDetails {
            header_from: "one.example".to_owned(),
            ..DmarcDetails::default()
        }),
    }
}

fn report(world: &World, name: &str, records: &[DmarcRecord]) -> DmarcReport {
    let mut totals = DmarcTotals::default();
    for record in records {
        totals.count(record);
    }
    DmarcReport {
        id: world.sources.ordered_id(),
        organization_id: world.teams[0].id,
        domain_id: world.teams[0].domains[0],
        org_name: "reporter".to_owned(),
        email: "r@reporter.example".to_owned(),
        extra_contact_info: "call".to_owned(),
        report_id: name.to_owned(),
        begin_at: Timestamp::from_seconds(1_799_971_200),
        end_at: Timestamp::from_seconds(1_800_057_599),
        policy: PublishedPolicy {
            p: "none".to_owned(),
            ..PublishedPolicy::default()
        },
        records: i64::try_from(records.len()).unwrap(),
        skipped: 1,
        totals,
        received_at: NOW,
    }
}

async fn keep(
    world: &World,
    tx: &mut Tx,
    (team, domain): (usize, usize),
    (report, records): (&DmarcReport, &[DmarcRecord]),
) -> Kept {
    let proof = world.writable(tx, team, domain).await;
    let owner = ReportOwner::of_upload(&proof);
    let new = NewReport { report, records };
    dmarc_report::keep(tx, &owner, new, &world.sources)
        .await
        .unwrap()
}

async fn hook(world: &World, tx: &mut Tx, recipient_match: Option<&str>) {
    tx.execute(
        "INSERT INTO webhooks (id, organization_id, created_by, scope, url, events, recipient_match, description, secret, \
         created_at, updated_at) VALUES ($1, $2, $3, 'organization', $4, '[\"dmarc.new_source\"]', $5, '', $6, $7, $7)",
        &params![
            world.sources.id::<WebhookId>(),
            world.teams[0].id,
            world.user(0, Who::Owner),
            "https://hooks.example/1",
            recipient_match,
            vec![0_u8],
            NOW
        ],
    )
    .await
    .unwrap();
}

async fn told(tx: &mut Tx) -> Vec<serde_json::Value> {
    let sql = "SELECT body FROM webhook_deliveries WHERE event = 'dmarc.new_source' ORDER BY id";
    let rows = tx.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.json("body").unwrap()).collect()
}

on_both_engines! {
    async fn a_report_is_kept_once_per_domain_and_comes_back_as_it_was(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let records: Vec<_> = (0..150).map(|n| record(&format!("192.0.2.{n}"), n + 1, (n % 2 == 0, n % 3 == 0))).collect();
        let new = report(&world, "1", &records);
        assert_eq!(keep(&world, &mut tx, (0, 0), (&new, &records)).await, Kept::New);
        let again = report(&world, "1", &records);
        assert_eq!(keep(&world, &mut tx, (0, 0), (&again, &records)).await, Kept::Duplicate);
        // The same words about another domain, or to another organization, are another report.
        for of in [(0, 1), (1, 0)] {
            let other = report(&world, "1", &[]);
            assert_eq!(keep(&world, &mut tx, of, (&other, &[])).await, Kept::New);
        }
        let proof = world.domain(&mut tx, (0, Who::Reader), action::DMARC_REPORT_READ, world.teams[0].domains[0]).await.unwrap();
        let listed = dmarc_report::list(&mut tx, &proof, ALL).await.unwrap();
        assert_eq!((listed.total, listed.rows[0].id), (1, new.id));
        let found = dmarc_report::find(&mut tx, &proof, new.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{new:?}"));
        let same = dmarc_report::find_same(&mut tx, &proof, ("reporter", "1")).await.unwrap();
        assert_eq!(same.unwrap().id, new.id);
        let page = Page { limit: 100, offset: 100 };
        let kept = dmarc_report::records(&mut tx, &proof, new.id, page).await.unwrap();
        assert_eq!(kept, records[100..]);
        let hidden = dmarc_report::find(&mut tx, &proof, again.id).await.unwrap();
        assert!(hidden.is_none());
    }

    async fn reports_add_up_by_day_and_by_source(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let first = [record("192.0.2.1", 10, (true, true)), record("192.0.2.2", 4, (false, false))];
        keep(&world, &mut tx, (0, 0), (&report(&world, "1", &first), &first)).await;
        let second = [record("192.0.2.2", 1, (false, true)), record("2001:db8::1", 3, (true, false))];
        let day_before = DmarcReport { begin_at: NOW.minus(DAY), ..report(&world, "2", &second) };
        keep(&world, &mut tx, (0, 0), (&day_before, &second)).await;
        let foreign = [record("203.0.113.1", 1000, (false, false))];
        for of in [(0, 1), (1, 0)] {
            keep(&world, &mut tx, of, (&report(&world, "3", &foreign), &foreign)).await;
        }
        let long_ago = DmarcReport { begin_at: NOW.minus(40 * DAY), ..report(&world, "4", &foreign) };
        keep(&world, &mut tx, (0, 0), (&long_ago, &foreign)).await;
        let proof = world.domain(&mut tx, (0, Who::Reader), action::DMARC_REPORT_LIST, world.teams[0].domains[0]).await.unwrap();
        let summary = dmarc_report::summary(&mut tx, &proof, WINDOW).await.unwrap();
        let want = DmarcTotals { total: 18, pass_dkim: 13, pass_spf: 11, aligned: 10, dmarc_pass: 14, quarantine: 0, reject: 4 };
        assert_eq!(summary.totals, want);
        assert_eq!((summary.reports, summary.sources, summary.failing_sources), (2, 3, 1));
        let days = dmarc_report::days(&mut tx, &proof, WINDOW).await.unwrap();
        let days: Vec<_> = days.iter().map(|day| (day.day.to_rfc3339(), day.totals.total)).collect();
        assert_eq!(days, [("2027-01-14T00:00:00Z".to_owned(), 4), ("2027-01-15T00:00:00Z".to_owned(), 14)]);
        let page = Page { limit: 2, offset: 0 };
        let sources = dmarc_report::sources(&mut tx, &proof, WINDOW, page).await.unwrap();
        let seen: Vec<_> = sources.rows.iter().map(|it| (it.source_ip.to_string(), it.totals.total, it.totals.dmarc_pass)).collect();
        assert_eq!(seen, [("192.0.2.1".to_owned(), 10, 10), ("192.0.2.2".to_owned(), 5, 1)]);
        assert_eq!(sources.total, 3);
        assert_eq!(sources.rows[1].first_seen_at, Some(NOW.minus(DAY)));
        let addresses: Vec<IpAddr> = vec!["192.0.2.2".parse().unwrap()];
        let by_day = dmarc_report::of_sources(&mut tx, &proof, WINDOW, &addresses).await.unwrap();
        assert_eq!(by_day.iter().map(|it| it.total).collect::<Vec<_>>(), [1, 4]);
        let failing = dmarc_report::failing(&mut tx, &proof, WINDOW, 10).await.unwrap();
        assert_eq!(failing, [first[1].clone()]);
        let empty = Window { from: WINDOW.until, until: WINDOW.until };
        let nothing = dmarc_report::summary(&mut tx, &proof, empty).await.unwrap();
        assert_eq!(nothing, dmarc_report::Figures::default());
    }

    async fn an_export_goes_on_where_it_was(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let records: Vec<_> = (0..5).map(|n| record(&format!("192.0.2.{n}"), 1, (true, true))).collect();
        for name in ["1", "2"] {
            keep(&world, &mut tx, (0, 0), (&report(&world, name, &records), &records)).await;
        }
        keep(&world, &mut tx, (0, 1), (&report(&world, "3", &records), &records)).await;
        let proof = world.domain(&mut tx, (0, Who::Reader), action::DMARC_REPORT_EXPORT, world.teams[0].domains[0]).await.unwrap();
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let part = dmarc_report::export(&mut tx, &proof, WINDOW, (after, 3)).await.unwrap();
            let Some(last) = part.last() else { break };
            after = Some(last.place);
            seen.extend(part.iter().map(|one| format!("{} {}", one.report_id, one.record.source_ip)));
        }
        assert_eq!(seen.len(), 10);
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 10, "{seen:?}");
    }

    async fn a_source_is_news_once_and_never_with_the_first_report(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        hook(&world, &mut tx, None).await;
        hook(&world, &mut tx, Some("a@*")).await;
        let first = [record("192.0.2.1", 1, (true, true))];
        keep(&world, &mut tx, (0, 0), (&report(&world, "1", &first), &first)).await;
        assert_eq!(told(&mut tx).await, Vec::<serde_json::Value>::new());
        let second = [
            record("192.0.2.1", 1, (true, true)),
            record("192.0.2.7", 2, (false, false)),
            record("192.0.2.8", 9, (true, false)),
            record("192.0.2.9", 0, (true, false)),
        ];
        let new = report(&world, "2", &second);
        keep(&world, &mut tx, (0, 0), (&new, &second)).await;
        let events = told(&mut tx).await;
        let ips: Vec<_> = events.iter().map(|event| event["source_ip"].as_str().unwrap()).collect();
        assert_eq!(ips, ["192.0.2.8", "192.0.2.7"]);
        let event = &events[0];
        assert_eq!((event["event"].as_str(), &event["total"], &event["pass_dkim"]), (Some("dmarc.new_source"), &9.into(), &9.into()));
        assert_eq!(event["report"]["id"], new.id.to_string());
        // A report that was deleted leaves its sources known, and a duplicate says nothing.
        keep(&world, &mut tx, (0, 0), (&report(&world, "2", &second), &second)).await;
        let admin = world.domain(&mut tx, (0, Who::Owner), action::DMARC_REPORT_DELETE, world.teams[0].domains[0]).await.unwrap();
        dmarc_report::delete(&mut tx, &admin, new.id).await.unwrap();
        keep(&world, &mut tx, (0, 0), (&report(&world, "3", &second), &second)).await;
        assert_eq!(told(&mut tx).await.len(), 2);
        let many: Vec<_> = (0..50).map(|n| record(&format!("198.51.100.{n}"), n + 1, (false, false))).collect();
        keep(&world, &mut tx, (0, 0), (&report(&world, "4", &many), &many)).await;
        let events = told(&mut tx).await;
        assert_eq!(events.len(), 2 + dmarc_report::NEW_SOURCES_TOLD_MAX);
        assert_eq!(events[5]["other_new_sources"], 30);
    }

    async fn names_of_sources_are_asked_for_and_kept(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let records: Vec<_> = (0..120).map(|n| record(&format!("192.0.2.{n}"), n + 1, (true, true))).collect();
        keep(&world, &mut tx, (0, 0), (&report(&world, "1", &records), &records)).await;
        let scope = system();
        assert_eq!(dmarc_source::next_due_at(&mut tx, &scope).await, Ok(Some(NOW)));
        let claimed = dmarc_source::claim_due(&mut tx, &scope, 200, DAY, NOW).await.unwrap();
        assert_eq!(claimed.len(), 100, "only the biggest are asked for");
        assert!(dmarc_source::claim_due(&mut tx, &scope, 200, DAY, NOW).await.unwrap().is_empty());
        let biggest = claimed.iter().find(|it| it.source_ip.to_string() == "192.0.2.119").unwrap();
        let known = (Some("mail.example"), later(60));
        dmarc_source::set_host_name(&mut tx, &scope, *biggest, known).await.unwrap();
        assert_eq!(dmarc_source::next_due_at(&mut tx, &scope).await, Ok(Some(later(60))));
        let proof = world.domain(&mut tx, (0, Who::Reader), action::DMARC_REPORT_LIST, world.teams[0].domains[0]).await.unwrap();
        let sources = dmarc_report::sources(&mut tx, &proof, WINDOW, ALL).await.unwrap();
        assert_eq!(sources.rows[0].host_name.as_deref(), Some("mail.example"));
        assert_eq!(sources.rows[1].host_name, None);
    }

    async fn reports_end_with_their_domain_and_with_their_time(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let records = [record("192.0.2.1", 1, (true, true))];
        let old = report(&world, "old", &records);
        keep(&world, &mut tx, (0, 0), (&old, &records)).await;
        let young = DmarcReport { received_at: later(5 * 24 * 3600), ..report(&world, "young", &records) };
        keep(&world, &mut tx, (0, 0), (&young, &records)).await;
        keep(&world, &mut tx, (0, 1), (&report(&world, "other", &records), &records)).await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let owner = ReportOwner::of_upload(&proof);
        let tls = tls(&world, "old");
        assert_eq!(tls_report::keep(&mut tx, &owner, &tls).await, Ok(Kept::New));
        assert_eq!(tls_report::keep(&mut tx, &owner, &tls).await, Ok(Kept::Duplicate));
        let short = Plan { retention_days: 3, ..Plan::UNLIMITED };
        let plans = Plans::new(BTreeMap::from([("short".to_owned(), short)]), "short").unwrap();
        let scope = system();
        let sql = "UPDATE organizations SET plan = 'short'";
        tx.execute(sql, &[]).await.unwrap();
        let at = later(4 * 24 * 3600);
        assert_eq!(report_retention::delete_expired(&mut tx, &scope, &plans, (10, at)).await, Ok(3));
        assert_eq!(report_retention::delete_expired(&mut tx, &scope, &plans, (10, at)).await, Ok(0));
        let left = "SELECT report_id FROM dmarc_reports";
        let left = tx.query(left, &[]).await.unwrap();
        assert_eq!(left.iter().map(|row| row.text("report_id").unwrap()).collect::<Vec<_>>(), ["young"]);
        let admin = world.domain(&mut tx, (0, Who::Owner), action::DOMAIN_DELETE, world.teams[0].domains[0]).await.unwrap();
        domain::delete(&mut tx, &admin, NOW).await.unwrap();
        for table in ["SELECT COUNT(*) AS c FROM dmarc_reports", "SELECT COUNT(*) AS c FROM dmarc_records", "SELECT COUNT(*) AS c FROM tls_reports"] {
            assert_eq!(tx.query_one(table, &[]).await.unwrap().int("c"), Ok(0), "{table}");
        }
        let sql = "SELECT COUNT(*) AS c FROM dmarc_sources";
        assert_eq!(tx.query_one(sql, &[]).await.unwrap().int("c"), Ok(1), "those of the other domain");
        let at = later(500 * 24 * 3600);
        assert_eq!(report_retention::delete_expired(&mut tx, &scope, &plans, (10, at)).await, Ok(1));
    }
}

fn tls(world: &World, name: &str) -> TlsReport {
    TlsReport {
        id: world.sources.ordered_id(),
        organization_id: world.teams[0].id,
        domain_id: world.teams[0].domains[0],
        org_name: "reporter".to_owned(),
        contact: String::new(),
        report_id: name.to_owned(),
        begin_at: NOW.minus(DAY),
        end_at: NOW,
        policies: vec![],
        received_at: NOW,
    }
}
