//! Goal: the reports of the reporters there are can be read, with the figures they mean.
//! Method: one file per shape, written after what each reporter really sends; mail with the same
//! report in every container and under every type that was seen.

use std::path::PathBuf;

use postscale_mail::reports::{AggregateReport, Report, TlsReportRead, files, read};

fn vectors(kind: &str) -> Vec<(String, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut found: Vec<_> = std::fs::read_dir(root.join(kind))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

fn aggregate(file: &[u8]) -> AggregateReport {
    match read(file) {
        Ok(Report::Aggregate(report)) => *report,
        other => panic!("no aggregate report: {other:?}"),
    }
}

fn figures(report: &AggregateReport) -> String {
    let (head, totals) = (&report.head, report.totals);
    format!(
        "{} | {} | {} {} | {} records, {} skipped | {} = {}+{}-{} | {}q {}r",
        head.org_name,
        head.report_id,
        head.begin,
        head.end - head.begin,
        report.records.len(),
        report.skipped,
        totals.dmarc_pass,
        totals.pass_dkim,
        totals.pass_spf,
        totals.aligned,
        totals.quarantine,
        totals.reject,
    )
}

#[test]
fn every_shape_of_an_aggregate_report_is_read() {
    let mut seen = String::new();
    for (name, file) in vectors("dmarc") {
        if !name.ends_with(".xml") {
            continue;
        }
        let report = aggregate(&file);
        assert_eq!(report.domain, "example.com", "{name}");
        seen.push_str(&format!(
            "{name}: {} of {}\n",
            figures(&report),
            report.totals.total
        ));
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn what_a_reporter_says_of_itself_and_of_the_policy_is_kept() {
    let all = vectors("dmarc");
    let named = |name: &str| aggregate(&all.iter().find(|(known, _)| known == name).unwrap().1);
    let report = named("rfc9990.xml");
    assert_eq!(report.head.email, "reports@walker.example");
    let policy = report.policy;
    assert_eq!(
        [
            policy.p,
            policy.sp,
            policy.np,
            policy.adkim,
            policy.testing,
            policy.discovery_method
        ],
        ["quarantine", "none", "reject", "s", "y", "treewalk"]
    );
    let details = &report.records[1].details;
    assert_eq!(details.reasons[0].kind, "policy_test_mode");
    assert_eq!(details.reasons[0].comment, "t=y");
    let report = named("google.xml");
    let details = &report.records[1].details;
    assert_eq!(details.dkim[0].domain, "mailer.example.net");
    assert_eq!(details.dkim[0].selector, "s1");
    assert_eq!(details.spf[0].result, "pass");
    let contact = "https://support.google.com/a/answer/2466580";
    assert_eq!(report.head.extra_contact_info, contact);
    assert_eq!(named("bad_utf8.xml").head.org_name, "Caf? Mail");
    assert_eq!(named("entities.xml").head.email, "a&b@smith.example");
    let addresses: Vec<_> = named("mapped_address.xml").records.into_iter().collect();
    assert_eq!(addresses[0].source_ip.to_string(), "192.0.2.10");
}

#[test]
fn a_report_is_found_in_mail_of_every_kind() {
    let all = vectors("dmarc");
    let plain = &all.iter().find(|(name, _)| name == "google.xml").unwrap().1;
    let want = aggregate(plain);
    let mail = all.iter().filter(|(name, _)| name.ends_with(".eml"));
    let mut count = 0;
    for (name, message) in mail {
        let found = files(message);
        let reports: Vec<_> = found.iter().filter_map(|file| read(file).ok()).collect();
        assert_eq!(
            reports,
            [Report::Aggregate(Box::new(want.clone()))],
            "{name}"
        );
        count += 1;
    }
    assert!(count >= 14, "{count}");
}

fn tls(file: &[u8]) -> TlsReportRead {
    match read(file) {
        Ok(Report::Tls(report)) => report,
        other => panic!("no report about TLS: {other:?}"),
    }
}

#[test]
fn every_shape_of_a_report_about_tls_is_read() {
    let mut seen = String::new();
    for (name, file) in vectors("tls") {
        let report = tls(&file);
        assert_eq!(report.domains, ["example.com"], "{name}");
        assert_eq!(report.head.begin, 1_772_323_200, "{name}");
        let policy = &report.policies[0];
        let failures = policy.failures.iter();
        let failures: Vec<_> = failures
            .map(|one| {
                format!(
                    "{} {} {} {}",
                    one.count, one.result_type, one.receiving_host, one.reason
                )
            })
            .collect();
        seen.push_str(&format!(
            "{name}: {} | {} {:?} | {} good, {} bad {failures:?}\n",
            report.head.org_name,
            policy.policy_type,
            policy.mx_hosts,
            policy.successful,
            policy.failed
        ));
    }
    insta::assert_snapshot!(seen);
}
