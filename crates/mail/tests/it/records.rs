//! Goal: a domain is told exactly what its DNS lacks, and never that something is missing when
//! DNS did not answer.
//! Method: a complete domain, an empty one, a wrong one, and one whose servers fail.

use postscale_mail::{
    dkim,
    records::{ExpectedRecord, MailHosts, check, expected},
};
use postscale_model::{
    CheckStatus, DkimAlgorithm, DkimKey, DkimStatus, Domain, DomainId, DomainType, Purpose,
    Timestamp,
};

use crate::zone::{Data, Zone, cname, mx, txt};

pub const NOW: Timestamp = Timestamp::from_seconds(1_772_366_400);

pub fn domain(name: &str, domain_type: DomainType) -> Domain {
    let id = "0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b";
    Domain::registered(
        (id.parse::<DomainId>().unwrap(), id.parse().unwrap()),
        name.parse().unwrap(),
        domain_type,
        ["0123456789abcdef0123456789abcdef".into(), "r123".into()],
        NOW,
    )
}

pub fn key(domain: &Domain, selector: &str, status: DkimStatus) -> DkimKey {
    DkimKey {
        id: "0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1c".parse().unwrap(),
        domain_id: domain.id,
        selector: selector.parse().unwrap(),
        algorithm: DkimAlgorithm::Rsa2048,
        status,
        public_key: dkim::generate(DkimAlgorithm::Rsa2048).unwrap().public_key,
        verified_at: None,
        replaces: None,
        retire_at: None,
        created_at: NOW,
    }
}

pub fn hosts() -> MailHosts {
    MailHosts::derived_from(&"ps.example".parse().unwrap())
}

/// `purpose type name value priority required` of each record, keys shortened.
fn table(records: &[ExpectedRecord]) -> Vec<String> {
    let row = |r: &ExpectedRecord| {
        let value: String = r.value.chars().take(70).collect();
        let priority = r.priority.map_or_else(String::new, |p| format!("{p} "));
        format!(
            "{} {} {} {priority}{value} {}",
            r.purpose, r.record_type, r.name, r.required
        )
    };
    records.iter().map(row).collect()
}

async fn statuses(zone: &Zone, domain: &Domain, keys: &[DkimKey]) -> Vec<(Purpose, CheckStatus)> {
    let records = expected(domain, &hosts(), keys);
    let checks = check(&zone.resolver(), records, &[], NOW).await;
    let status = |c: &postscale_mail::records::RecordCheck| (c.check.purpose, c.check.status);
    checks.iter().map(status).collect()
}

#[test]
fn each_type_of_domain_is_asked_for_its_records() {
    let ownership = "ownership TXT _postscale.a.test \
        postscale-verification=0123456789abcdef0123456789abcdef true";
    let reports = "tls_rpt TXT _smtp._tls.a.test \
        v=TLSRPTv1; rua=mailto:r123@dmarc.ps.example false";
    for (domain_type, want) in [
        (
            DomainType::Inbound,
            vec![ownership, "mx MX a.test 10 mx.ps.example true", reports],
        ),
        (
            DomainType::Alias,
            vec![ownership, "mx MX a.test 10 mx.ps.example true", reports],
        ),
        (
            DomainType::Outbound,
            vec![
                ownership,
                "spf TXT a.test v=spf1 include:_spf.ps.example ~all true",
                "dmarc TXT _dmarc.a.test \
                 v=DMARC1; p=quarantine; rua=mailto:r123@dmarc.ps.example false",
                "return_path CNAME ps-bounces.a.test bounces.ps.example false",
                "bimi TXT default._bimi.a.test v=BIMI1; l=https://a.test/logo.svg false",
            ],
        ),
    ] {
        let records = expected(&domain("a.test", domain_type), &hosts(), &[]);
        assert_eq!(table(&records), want, "{domain_type}");
    }
}

#[test]
fn every_key_in_use_has_its_record_and_the_retiring_one_is_not_required() {
    let domain = domain("a.test", DomainType::Both);
    let keys = [
        key(&domain, "new", DkimStatus::Pending),
        key(&domain, "old", DkimStatus::Retiring),
        key(&domain, "dead", DkimStatus::Inactive),
    ];
    let records = expected(&domain, &hosts(), &keys);
    let dkim: Vec<_> = records
        .iter()
        .filter(|r| r.purpose == Purpose::Dkim)
        .collect();
    assert_eq!(dkim.len(), 2);
    assert_eq!(dkim[0].name, "new._domainkey.a.test");
    assert!(
        dkim[0]
            .value
            .starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")
    );
    assert_eq!(
        dkim.iter().map(|r| r.required).collect::<Vec<_>>(),
        [true, false]
    );
}

#[tokio::test]
async fn a_complete_domain_is_verified_however_its_records_are_written() {
    let domain = domain("good.test", DomainType::Both);
    let key = key(&domain, "s1", DkimStatus::Pending);
    let (half, rest) = key.public_key.split_at(200);
    let zone = Zone::serve(&[
        ("_postscale.good.test", txt(&["unrelated"])),
        (
            "_postscale.good.test",
            txt(&["postscale-verification=0123456789ABCDEF0123456789abcdef "]),
        ),
        ("good.test", mx(5, "backup.example")),
        ("good.test", mx(50, "MX.ps.Example")),
        ("good.test", txt(&["google-site-verification=x"])),
        ("good.test", txt(&["v=spf1 a Include:_SPF.ps.example -all"])),
        ("s1._domainkey.good.test", cname("keys.test")),
        ("keys.test", txt(&["k=rsa; p=", half, rest])),
        ("_dmarc.good.test", txt(&["v=DMARC1; p=none"])),
        ("ps-bounces.good.test", cname("Bounces.PS.example")),
        (
            "_smtp._tls.good.test",
            txt(&["v=TLSRPTv1; rua=mailto:tls@elsewhere.example"]),
        ),
        (
            "default._bimi.good.test",
            txt(&["v=BIMI1; l=https://logo.example/l.svg; a="]),
        ),
    ])
    .await;
    let statuses = statuses(&zone, &domain, &[key]).await;
    let purposes: Vec<_> = statuses.iter().map(|(purpose, _)| *purpose).collect();
    use Purpose::{Bimi, Dkim, Dmarc, Mx, Ownership, ReturnPath, Spf, TlsRpt};
    assert_eq!(
        purposes,
        [Ownership, Mx, Spf, Dkim, Dmarc, ReturnPath, TlsRpt, Bimi]
    );
    for (purpose, status) in statuses {
        assert_eq!(status, CheckStatus::Verified, "{purpose}");
    }
}

#[tokio::test]
async fn what_is_missing_wrong_or_unknown_is_said_so() {
    let wrong: [(&str, Data); 8] = [
        (
            "_postscale.wrong.test",
            txt(&["postscale-verification=0000"]),
        ),
        ("wrong.test", mx(10, "other.example")),
        ("wrong.test", txt(&["v=spf1 -all"])),
        ("s1._domainkey.wrong.test", txt(&["v=DKIM1; k=rsa; p=AAAA"])),
        ("_dmarc.wrong.test", txt(&["v=DMARC1; p=perhaps"])),
        ("ps-bounces.wrong.test", cname("elsewhere.example")),
        ("_smtp._tls.wrong.test", txt(&["v=TLSRPTv1; rua=nowhere"])),
        ("default._bimi.wrong.test", txt(&["v=BIMI1; a="])),
    ];
    let zone = Zone::serve(&wrong).await;
    for (name, want) in [
        ("wrong.test", CheckStatus::Mismatch),
        ("empty.test", CheckStatus::Missing),
        ("a.servfail.test", CheckStatus::Unknown),
        ("a.silent.test", CheckStatus::Unknown),
    ] {
        let domain = domain(name, DomainType::Both);
        let keys = [key(&domain, "s1", DkimStatus::Active)];
        for (purpose, status) in statuses(&zone, &domain, &keys).await {
            assert_eq!(status, want, "{name} {purpose}");
        }
    }
}

#[tokio::test]
async fn only_the_purposes_asked_for_are_looked_up_and_what_was_found_is_kept() {
    let zone = Zone::serve(&[("a.test", mx(7, "other.example"))]).await;
    let records = expected(&domain("a.test", DomainType::Both), &hosts(), &[]);
    let checks = check(&zone.resolver(), records, &[Purpose::Mx], NOW).await;
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].check.found, ["7 other.example"]);
    assert_eq!(checks[0].check.checked_at, NOW);
    assert_eq!(checks[0].record.value, "mx.ps.example");
}
