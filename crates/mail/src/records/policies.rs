//! Whether the records of MTA-STS, TLS reports and BIMI do what the expected ones would do, and what
//! to do when they do not.

use postscale_model::{Advice, AdviceCode, Purpose};

use super::{
    ExpectedRecord,
    advice::{hint, publish},
    judge::{Judged, judged_alone, of_version},
    tags::tag,
};

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

/// What to do about records found in place of the expected one.
pub(super) fn advice(found: &[String], record: &ExpectedRecord) -> Advice {
    if found.len() > 1 {
        let text = format!(
            "There are {} such records at this name, and senders use none of several. Keep this one \
             and remove the others.",
            found.len()
        );
        return publish(AdviceCode::PolicySeveral, text, &record.value);
    }
    match record.purpose {
        Purpose::MtaSts => {
            let text = "The id is not that of the policy that is served, so that senders go on with \
                        the one they have. Publish this value.";
            publish(AdviceCode::MtaStsId, text, &record.value)
        }
        Purpose::TlsRpt => {
            let text = "The record does not say where reports go: its rua tag has to begin with \
                        mailto: or https:.";
            publish(AdviceCode::TlsRptReports, text, &record.value)
        }
        _ => {
            let text = "The record names no logo: its l tag has to be the address of one that begins \
                        with https:, or empty to decline.";
            hint(AdviceCode::BimiLogo, text)
        }
    }
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
