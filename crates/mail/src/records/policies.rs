//! Whether the records of MTA-STS, TLS reports and BIMI do what the expected ones would do.

use super::judge::{Judged, judged_alone, only, tag};

/// Exactly one record (RFC 8461 §3.1), with the identifier of the policy that is served.
pub(super) fn mta_sts(found: Vec<String>, value: &str) -> Judged {
    let records = of_version(found, "STSv1");
    judged_alone(records, |text| tag(text, "id") == tag(value, "id"))
}

/// Exactly one record (RFC 8460 §3), wherever its reports go.
pub(super) fn tls_rpt(found: Vec<String>) -> Judged {
    let records = of_version(found, "TLSRPTv1");
    judged_alone(records, |text| {
        tag(text, "rua").is_some_and(|rua| rua.starts_with("mailto:") || rua.starts_with("https:"))
    })
}

/// Exactly one record, which names a logo, or none on purpose.
pub(super) fn bimi(found: Vec<String>) -> Judged {
    let records = of_version(found, "BIMI1");
    judged_alone(records, |text| {
        tag(text, "l").is_some_and(|logo| logo.is_empty() || logo.starts_with("https:"))
    })
}

fn of_version(found: Vec<String>, version: &str) -> Vec<String> {
    only(found, |text| {
        let first = text.split(';').next().unwrap_or_default();
        tag(first, "v").as_deref() == Some(version)
    })
}

#[cfg(test)]
mod tests {
    use postscale_model::CheckStatus::{Mismatch, Missing, Verified};

    use super::*;

    fn texts(found: &[&str]) -> Vec<String> {
        found.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_identifier_must_be_that_of_the_policy() {
        for (found, status) in [
            (&["v=STSv1; id=a1"][..], Verified),
            (&["v=STSv1;id=a1;", "unrelated"], Verified),
            (&["v=STSv1; id=b2"], Mismatch),
            (&["v=STSv1; id=a1", "v=STSv1; id=a1"], Mismatch),
            (&["id=a1"], Missing),
        ] {
            let judged = mta_sts(texts(found), "v=STSv1; id=a1");
            assert_eq!(judged.0, status, "{found:?}");
        }
    }

    #[test]
    fn reports_may_go_anywhere_and_a_logo_may_be_declined() {
        for (found, status) in [
            (&["v=TLSRPTv1; rua=mailto:a@b.example"][..], Verified),
            (&["v=TLSRPTv1;rua=https://b.example/tls"], Verified),
            (&["v=TLSRPTv1"], Mismatch),
            (&["v=TLSRPTv1; rua=ftp://b.example"], Mismatch),
        ] {
            assert_eq!(tls_rpt(texts(found)).0, status, "{found:?}");
        }
        for (found, status) in [
            (&["v=BIMI1; l=https://a.example/l.svg; a="][..], Verified),
            (&["v=BIMI1; l="], Verified),
            (&["v=BIMI1; l=http://a.example/l.svg"], Mismatch),
            (&["v=BIMI1"], Mismatch),
            (&["v=spf1 -all"], Missing),
        ] {
            assert_eq!(bimi(texts(found)).0, status, "{found:?}");
        }
    }
}
