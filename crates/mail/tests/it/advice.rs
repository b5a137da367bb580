//! Goal: whoever owns a domain is told what to do in words and values, whatever is in their zone.
//! Method: one zone per case, of each kind of mistake people make; the advice about one record.

use postscale_mail::{
    mta_sts,
    records::{check, expected},
};
use postscale_model::{
    AdviceCode, CheckStatus, DkimKey, DkimStatus, DomainCheck, DomainType, MtaStsMode,
    MtaStsPolicy, Purpose,
};

use crate::{
    records::{NOW, domain, hosts, key},
    zone::{Data, Zone, a, cname, mx, txt},
};

const NAME: &str = "mail.acme.test";

async fn look_at(zone: &Zone, purpose: Purpose, keys: &[DkimKey]) -> DomainCheck {
    let mut domain = domain(NAME, DomainType::Both);
    domain.mta_sts.mode = MtaStsMode::Testing;
    let records = expected(&domain, &hosts(), keys);
    let mut checks = check(&zone.resolver(), records, &[purpose], NOW).await;
    checks.remove(0).check
}

/// What one record comes to: its status, and each piece of advice as `code value`.
async fn told(zone: &[(&str, Data)], purpose: Purpose) -> (CheckStatus, Vec<String>) {
    let zone = Zone::serve(zone).await;
    let check = look_at(&zone, purpose, &[]).await;
    let line = |advice: &postscale_model::Advice| match &advice.value {
        Some(value) => format!("{} {value}", advice.code),
        None => advice.code.to_string(),
    };
    (check.status, check.advice.iter().map(line).collect())
}

macro_rules! cases {
    ($purpose:expr; $($zone:expr => $status:ident, [$($advice:expr),*];)+) => {$(
        let zone: &[(&str, Data)] = &$zone;
        let (status, advice) = told(zone, $purpose).await;
        let want: &[&str] = &[$($advice),*];
        assert_eq!((status, advice), (CheckStatus::$status, want.iter().map(ToString::to_string).collect()), "{}", stringify!($zone));
    )+};
}

const PROOF: &str = "postscale-verification=0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn a_proof_is_looked_for_where_people_put_it() {
    let publish = format!("publish {PROOF}");
    let replace = format!("replace {PROOF}");
    let dangling = format!("alias_dangling {PROOF}");
    cases! { Purpose::Ownership;
        [] => Missing, [&publish];
        [("_postscale.mail.acme.test", txt(&[PROOF]))] => Verified, [];
        [("_postscale.mail.acme.test", txt(&[&format!("\"{PROOF}\"")]))] => Verified, [];
        [("_postscale.mail.acme.test", txt(&["postscale-verification=00"]))] => Mismatch, [&replace];
        [("_postscale.mail.acme.test.mail.acme.test", txt(&[PROOF]))] => Missing, ["name_doubled"];
        [("_postscale.mail.acme.test.acme.test", txt(&[PROOF]))] => Missing, ["name_doubled"];
        [("_postscale.acme.test", txt(&[PROOF]))] => Missing, ["name_wrong"];
        [("mail.acme.test", txt(&[PROOF]))] => Missing, ["name_wrong"];
        [("postscale.mail.acme.test", txt(&[PROOF]))] => Missing, ["name_wrong"];
        [("_postscale.mail.acme.test", cname("proofs.test")), ("proofs.test", txt(&[PROOF]))] => Verified, [];
        [("_postscale.mail.acme.test", cname("proofs.test"))] => Missing, [&dangling];
    }
    let zone = Zone::serve(&[("_postscale.mail.acme.test.acme.test", txt(&[PROOF]))]).await;
    let check = look_at(&zone, Purpose::Ownership, &[]).await;
    assert_eq!(
        check.advice[0].text,
        "The record is at _postscale.mail.acme.test.acme.test: your DNS provider appends acme.test to \
         the name by itself. Enter _postscale.mail as its name."
    );
}

#[tokio::test]
async fn who_takes_the_mail_now_is_named() {
    let ours = "10 mx.ps.example";
    let provider = format!("mx_provider {ours}");
    let elsewhere = format!("mx_elsewhere {ours}");
    let null = format!("mx_null {ours}");
    let publish = format!("publish {ours}");
    cases! { Purpose::Mx;
        [] => Missing, [publish.as_str()];
        [("mail.acme.test", mx(1, "smtp.google.com"))] => Mismatch, [provider.as_str()];
        [("mail.acme.test", mx(1, "mx.example"))] => Mismatch, [elsewhere.as_str()];
        [("mail.acme.test", mx(0, "."))] => Mismatch, [null.as_str()];
        [("mail.acme.test", mx(10, "mx.ps.example"))] => Verified, [];
        [("mail.acme.test", mx(10, "mx.ps.example")), ("mail.acme.test", mx(20, "mx.zoho.eu"))] => Verified, ["mx_shared"];
        [("mail.acme.test.acme.test", mx(10, "mx.ps.example"))] => Missing, ["name_doubled"];
    }
    let zone = Zone::serve(&[("mail.acme.test", mx(1, "smtp.google.com"))]).await;
    let check = look_at(&zone, Purpose::Mx, &[]).await;
    let text = &check.advice[0].text;
    assert!(
        text.contains("Google Workspace") && text.contains("in.mail.acme.test"),
        "{text}"
    );
}

#[tokio::test]
async fn a_policy_that_is_there_is_kept_and_we_are_added() {
    let ours = "v=spf1 include:_spf.ps.example ~all";
    let publish = format!("publish {ours}");
    let quoted = format!("quoted {ours}");
    let merged = "v=spf1 include:_spf.google.com include:_spf.ps.example -all";
    let merge = format!("spf_merge {merged}");
    let several = format!("spf_several {merged}");
    let open = "spf_pass_all v=spf1 a include:_spf.ps.example ~all";
    let google = || ("_spf.google.com", txt(&["v=spf1 ip4:192.0.2.0/24 -all"]));
    let us = || ("_spf.ps.example", txt(&["v=spf1 ip4:192.0.2.1 -all"]));
    cases! { Purpose::Spf;
        [us()] => Missing, [publish.as_str()];
        [us(), ("mail.acme.test", txt(&[ours]))] => Verified, [];
        [us(), ("mail.acme.test", txt(&["\"v=spf1 include:_spf.ps.example ~all\""]))] => Mismatch, [quoted.as_str()];
        [us(), google(), ("mail.acme.test", txt(&["v=spf1 include:_spf.google.com -all"]))] => Mismatch, [merge.as_str()];
        [us(), google(), ("mail.acme.test", txt(&["v=spf1 include:_spf.google.com -all"])),
            ("mail.acme.test", txt(&["v=spf1 include:_spf.ps.example -all"]))] => Mismatch, [several.as_str()];
        [us(), ("mail.acme.test", a(1)), ("mail.acme.test", txt(&["v=spf1 include:_spf.ps.example a +all"]))] => Verified, [open];
        [us(), ("mail.acme.test", txt(&["v=spf1 include:_spf.ps.example ptr ~all"]))] => Verified, ["spf_ptr"];
        [us(), ("mail.acme.test", txt(&["v=spf1 include:_spf.ps.example include:mail.acme.test ~all"]))] => Verified, ["spf_loop"];
        [us(), ("mail.acme.test", txt(&["v=spf1 include:_spf.ps.example include:gone.test ~all"]))] => Verified, ["spf_include_missing"];
        [us(), ("mail.acme.test", txt(&["v=spf1 a:x.test a:y.test mx:z.test include:_spf.ps.example ~all"]))] => Verified, ["spf_void_lookups"];
        [us(), ("mail.acme.test", txt(&["v=spf1 ipv4:192.0.2.1 include:_spf.ps.example ~all"]))]
            => Mismatch, ["spf_syntax v=spf1 include:_spf.ps.example ~all"];
        // What ends the evaluation before it comes to us.
        [us(), ("mail.acme.test", txt(&["v=spf1 include:gone.test include:_spf.ps.example ~all"]))] => Mismatch, ["spf_include_missing"];
        [us(), ("mail.acme.test", txt(&["v=spf1 include:mail.acme.test include:_spf.ps.example ~all"]))] => Mismatch, ["spf_loop"];
    }
}

#[tokio::test]
async fn the_look_ups_of_a_policy_are_counted_by_making_them() {
    let nested: &[(&str, Data)] = &[
        (
            "_spf.ps.example",
            txt(&["v=spf1 include:a.ps.example include:b.ps.example -all"]),
        ),
        ("a.ps.example", txt(&["v=spf1 ip4:192.0.2.1 -all"])),
        ("b.ps.example", txt(&["v=spf1 mx:mx.ps.example -all"])),
        ("mx.ps.example", mx(1, "x.ps.example")),
        (
            "mail.acme.test",
            txt(&["v=spf1 a exists:%{i}.x.test redirect=_spf.ps.example"]),
        ),
        ("mail.acme.test", a(1)),
    ];
    let check = look_at(&Zone::serve(nested).await, Purpose::Spf, &[]).await;
    // a, exists, redirect, two includes and an mx inside.
    assert_eq!(
        (check.status, check.spf_lookups),
        (CheckStatus::Verified, Some(6))
    );

    let many: String = (0..10).map(|n| format!("include:s{n}.test ")).collect();
    let others: Vec<String> = (0..10).map(|n| format!("s{n}.test")).collect();
    for (policy, status) in [
        // Receivers have come to us before they stop.
        (
            format!("v=spf1 include:_spf.ps.example {many}-all"),
            CheckStatus::Verified,
        ),
        (
            format!("v=spf1 {many}include:_spf.ps.example -all"),
            CheckStatus::Mismatch,
        ),
    ] {
        let mut zone = vec![
            ("_spf.ps.example", txt(&["v=spf1 -all"])),
            (NAME, txt(&[&policy])),
        ];
        zone.extend(
            others
                .iter()
                .map(|name| (name.as_str(), txt(&["v=spf1 -all"]))),
        );
        let check = look_at(&Zone::serve(&zone).await, Purpose::Spf, &[]).await;
        assert_eq!(
            (check.status, check.spf_lookups),
            (status, Some(11)),
            "{policy}"
        );
        assert_eq!(check.advice[0].code, AdviceCode::SpfLookups);
    }
}

#[tokio::test]
async fn a_policy_that_explodes_is_given_up_in_time() {
    // Each of 40 names includes ten others, which include ten others.
    let names: Vec<String> = (0..40).map(|n| format!("x{n}.test")).collect();
    let text = |n: usize| {
        let includes = (0..10).map(|k| format!("include:x{}.test ", (n * 7 + k * 11 + 1) % 40));
        format!("v=spf1 {}-all", includes.collect::<String>())
    };
    let mut zone = vec![(NAME, txt(&["v=spf1 include:x0.test -all"]))];
    zone.extend(names.iter().enumerate().map(|(n, name)| {
        let text = text(n);
        let half = text.len() / 2;
        (name.as_str(), txt(&[&text[..half], &text[half..]]))
    }));
    let check = look_at(&Zone::serve(&zone).await, Purpose::Spf, &[]).await;
    assert_eq!(
        (check.status, check.spf_lookups),
        (CheckStatus::Mismatch, None)
    );
    let codes: Vec<_> = check.advice.iter().map(|advice| advice.code).collect();
    assert!(
        codes.contains(&AdviceCode::SpfMerge) && codes.contains(&AdviceCode::SpfLookups),
        "{codes:?}"
    );
}

#[tokio::test]
async fn a_published_key_is_compared_as_receivers_read_it() {
    let key = key(&domain(NAME, DomainType::Both), "s1", DkimStatus::Pending);
    let value = key.record_value();
    let at = "s1._domainkey.mail.acme.test";
    let public = key.public_key.as_str();
    let (start, end) = public.split_at(200);
    let spaced = format!("v=DKIM1; k=rsa; p={start} \t {end};");
    let cut = format!("v=DKIM1; k=rsa; p={start}");
    let hole = format!("v=DKIM1; k=rsa; p={}{}", &public[..100], &public[200..]);
    let quoted = format!("\"{value}\"");
    let escaped = value.replace(';', "\\;");
    for (texts, status, code) in [
        (vec![value.as_str()], CheckStatus::Verified, None),
        (vec![&spaced], CheckStatus::Verified, None),
        (
            vec![&cut],
            CheckStatus::Mismatch,
            Some(AdviceCode::DkimTruncated),
        ),
        (
            vec![&hole],
            CheckStatus::Mismatch,
            Some(AdviceCode::DkimTruncated),
        ),
        (
            vec![&quoted],
            CheckStatus::Mismatch,
            Some(AdviceCode::Quoted),
        ),
        (
            vec![&escaped],
            CheckStatus::Mismatch,
            Some(AdviceCode::Quoted),
        ),
        (
            vec!["v=DKIM1; k=rsa; p="],
            CheckStatus::Mismatch,
            Some(AdviceCode::DkimRevoked),
        ),
        (
            vec!["v=DKIM1; k=rsa; p=AAAA"],
            CheckStatus::Mismatch,
            Some(AdviceCode::DkimOtherKey),
        ),
        (
            vec![value.as_str(), "v=DKIM1; p=AAAA"],
            CheckStatus::Mismatch,
            Some(AdviceCode::DkimSeveral),
        ),
        (
            vec!["unrelated"],
            CheckStatus::Missing,
            Some(AdviceCode::Publish),
        ),
        (vec![], CheckStatus::Missing, Some(AdviceCode::Publish)),
    ] {
        let zone: Vec<_> = texts.iter().map(|text| (at, split(text))).collect();
        let zone = Zone::serve(&zone).await;
        let check = look_at(&zone, Purpose::Dkim, std::slice::from_ref(&key)).await;
        let got = check.advice.first().map(|advice| advice.code);
        assert_eq!((check.status, got), (status, code), "{texts:?}");
    }
    let wrong_kind = format!("v=DKIM1; k=ed25519; p={public}");
    let testing = format!("v=DKIM1; t=y:s; k=rsa; p={public}");
    for (place, text, status, code) in [
        (
            at,
            &wrong_kind,
            CheckStatus::Mismatch,
            AdviceCode::DkimKeyType,
        ),
        (at, &testing, CheckStatus::Verified, AdviceCode::DkimTesting),
        (
            "s1.mail.acme.test",
            &value,
            CheckStatus::Missing,
            AdviceCode::NameWrong,
        ),
        (
            "s1._domainkey.mail.acme.test.acme.test",
            &value,
            CheckStatus::Missing,
            AdviceCode::NameDoubled,
        ),
        (
            "s1._domainkey.acme.test",
            &value,
            CheckStatus::Missing,
            AdviceCode::NameWrong,
        ),
    ] {
        let zone = Zone::serve(&[(place, split(text))]).await;
        let check = look_at(&zone, Purpose::Dkim, std::slice::from_ref(&key)).await;
        assert_eq!(
            (check.status, check.advice[0].code),
            (status, code),
            "{place} {text}"
        );
    }
}

/// A TXT record of strings as long as they may be.
fn split(text: &str) -> Data {
    let strings: Vec<&str> = (0..text.len())
        .step_by(255)
        .map(|at| &text[at..text.len().min(at + 255)])
        .collect();
    txt(&strings)
}

#[tokio::test]
async fn the_policy_of_the_organizational_domain_is_found() {
    let ours = "v=DMARC1; p=quarantine; rua=mailto:r123@dmarc.ps.example";
    let dangling = format!("alias_dangling {ours}");
    let publish = format!("publish {ours}");
    let inherited = format!("dmarc_inherited {ours}");
    let several = format!("dmarc_several {ours}");
    let policy = format!("dmarc_policy {ours}");
    let quoted = format!("quoted {ours}");
    let reports =
        "dmarc_reports v=DMARC1; p=reject; rua=mailto:a@b.test,mailto:r123@dmarc.ps.example";
    cases! { Purpose::Dmarc;
        [] => Missing, [publish.as_str()];
        [("_dmarc.mail.acme.test", txt(&[ours]))] => Verified, [];
        [("_dmarc.mail.acme.test", txt(&["v=DMARC1; p=reject; rua=mailto:a@b.test"]))] => Verified, [reports];
        [("_dmarc.mail.acme.test", txt(&["v=DMARC1; p=none; rua=mailto:r123@dmarc.ps.example"]))] => Verified, ["dmarc_none"];
        [("_dmarc.mail.acme.test", txt(&["v=DMARC1; p=x"]))] => Mismatch, [policy.as_str()];
        [("_dmarc.mail.acme.test", txt(&["v=DMARC1; p=none"])), ("_dmarc.mail.acme.test", txt(&["v=DMARC1; p=reject"]))]
            => Mismatch, [several.as_str()];
        [("_dmarc.mail.acme.test", txt(&["\"v=DMARC1; p=none\""]))] => Mismatch, [quoted.as_str()];
        [("_dmarc.acme.test", txt(&["v=DMARC1; p=reject; sp=none"]))] => Verified, [inherited.as_str()];
        [("_dmarc.mail.acme.test", cname("gone.test"))] => Missing, [dangling.as_str()];
        [("_dmarc.mail.acme.test.acme.test", txt(&[ours]))] => Missing, ["name_doubled"];
        [("mail.acme.test", txt(&[ours]))] => Missing, ["name_wrong"];
    }
    // Whose policy it is: of a domain that says so, of a public suffix, of the one highest up.
    for (zone, policy) in [
        (vec![("acme.test", "v=DMARC1; p=reject; sp=none")], "none"),
        (
            vec![
                ("acme.test", "v=DMARC1; p=reject"),
                ("test", "v=DMARC1; p=none; psd=y"),
            ],
            "reject",
        ),
        (
            vec![("test", "v=DMARC1; p=quarantine; psd=y")],
            "quarantine",
        ),
        (
            vec![
                ("acme.test", "v=DMARC1; p=reject; psd=n"),
                ("test", "v=DMARC1; p=none"),
            ],
            "reject",
        ),
        (
            vec![("acme.test", "v=DMARC1; p=none; sp=none; np=reject")],
            "reject",
        ),
    ] {
        let names: Vec<_> = zone
            .iter()
            .map(|(at, text)| (format!("_dmarc.{at}"), *text))
            .collect();
        let records: Vec<_> = names
            .iter()
            .map(|(at, text)| (at.as_str(), txt(&[text])))
            .collect();
        let check = look_at(&Zone::serve(&records).await, Purpose::Dmarc, &[]).await;
        assert_eq!(check.status, CheckStatus::Verified);
        let text = &check.advice[0].text;
        assert!(
            text.contains(&format!("asks for \"{policy}\"")),
            "{zone:?}: {text}"
        );
    }
}

#[tokio::test]
async fn an_alias_may_lead_to_us_by_way_of_others() {
    let at = "ps-bounces.mail.acme.test";
    let ours = "bounces.ps.example";
    let publish = format!("publish {ours}");
    let replace = format!("replace {ours}");
    let returns = format!("alias_loop {ours}");
    let flattened = format!("alias_flattened {ours}");
    cases! { Purpose::ReturnPath;
        [] => Missing, [publish.as_str()];
        [(at, cname(ours))] => Verified, [];
        [(at, cname("via.test")), ("via.test", cname("Bounces.ps.example"))] => Verified, [];
        [(at, cname("other.test"))] => Mismatch, [replace.as_str()];
        [(at, cname("via.test")), ("via.test", cname(at))] => Mismatch, [returns.as_str()];
        [(at, a(9))] => Mismatch, [flattened.as_str()];
        [("ps-bounces.mail.acme.test.acme.test", cname(ours))] => Missing, ["name_doubled"];
        [("ps-bounces.acme.test", cname(ours))] => Missing, ["name_wrong"];
    }
}

#[tokio::test]
async fn recommended_records_get_advice_of_their_own() {
    let reports = "v=TLSRPTv1; rua=mailto:r123@dmarc.ps.example";
    let publish = format!("publish {reports}");
    let nowhere = format!("tls_rpt_reports {reports}");
    let several = format!("policy_several {reports}");
    let quoted = format!("quoted {reports}");
    let at = "_smtp._tls.mail.acme.test";
    cases! { Purpose::TlsRpt;
        [] => Missing, [publish.as_str()];
        [(at, txt(&["v=TLSRPTv1; rua=https://b.test/tls"]))] => Verified, [];
        [(at, txt(&["v=TLSRPTv1"]))] => Mismatch, [nowhere.as_str()];
        [(at, txt(&[reports])), (at, txt(&["v=TLSRPTv1; rua=mailto:a@b.test"]))] => Mismatch, [several.as_str()];
        [(at, txt(&["\"v=TLSRPTv1; rua=mailto:a@b.test\""]))] => Mismatch, [quoted.as_str()];
        [("smtp._tls.mail.acme.test", txt(&[reports]))] => Missing, ["name_wrong"];
        // That of the domain above is no mistake.
        [("_smtp._tls.acme.test", txt(&[reports]))] => Missing, [publish.as_str()];
    }
    let logo = "publish v=BIMI1; l=https://mail.acme.test/logo.svg";
    let at = "default._bimi.mail.acme.test";
    cases! { Purpose::Bimi;
        [] => Missing, [logo];
        [(at, txt(&["v=BIMI1; l="]))] => Verified, [];
        [(at, txt(&["v=BIMI1; l=http://a.test/l.svg"]))] => Mismatch, ["bimi_logo"];
        [("default._bimi.acme.test", txt(&["v=BIMI1; l="]))] => Missing, [logo];
    }
}

#[tokio::test]
async fn a_policy_that_changed_needs_another_identifier() {
    let policy = MtaStsPolicy {
        mode: MtaStsMode::Testing,
        ..MtaStsPolicy::default()
    };
    let ours = mta_sts::record_value(policy, "mx.ps.example");
    let publish = format!("publish {ours}");
    let id = format!("mta_sts_id {ours}");
    let at = "_mta-sts.mail.acme.test";
    cases! { Purpose::MtaSts;
        [] => Missing, [publish.as_str()];
        [(at, txt(&[&ours]))] => Verified, [];
        [(at, txt(&["v=STSv1; id=20200101"]))] => Mismatch, [id.as_str()];
        [("_mta-sts.acme.test", txt(&[&ours]))] => Missing, [publish.as_str()];
    }
    let (at, host) = ("mta-sts.mail.acme.test", "mta-sts.ps.example");
    let (publish, replace) = (format!("publish {host}"), format!("replace {host}"));
    cases! { Purpose::MtaStsHost;
        [] => Missing, [publish.as_str()];
        [(at, cname(host))] => Verified, [];
        [(at, cname("other.test"))] => Mismatch, [replace.as_str()];
        [("mta-sts.acme.test", cname(host))] => Missing, [publish.as_str()];
    }
}

#[tokio::test]
async fn trouble_is_said_to_be_trouble() {
    let zone = Zone::serve(&[]).await;
    for name in ["x.servfail.test", "x.silent.test", "x.outside.example"] {
        let domain = domain(name, DomainType::Both);
        let records = expected(&domain, &hosts(), &[]);
        for check in check(&zone.resolver(), records, &[], NOW).await {
            let codes: Vec<_> = check.check.advice.iter().map(|a| a.code).collect();
            assert_eq!(
                (check.check.status, codes),
                (CheckStatus::Unknown, vec![AdviceCode::Unknown]),
                "{name}"
            );
        }
    }
}
