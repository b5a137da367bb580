//! A month of DMARC reports about a domain of the demo: a sender that is set up, one that signs for
//! itself, a forwarder and a forger.

use std::fmt::Write as _;

use anyhow::Result;
use postscale_access::{Caller, DomainRef, Late};
use postscale_actions::{App, Page, dmarc};

const DOMAIN: &str = "acme.test";
const DAYS: i64 = 30;
const DAY_SECONDS: i64 = 24 * 3600;

/// Who reports, with the weight of what they see.
const REPORTERS: [(&str, i64); 3] = [("google.com", 9), ("Outlook.com", 4), ("Yahoo", 2)];

/// Address, messages for each unit of weight, result of DKIM and SPF, who signed.
const SENDERS: [(&str, i64, &str, &str, &str); 4] = [
    ("192.0.2.10", 31, "pass", "pass", DOMAIN),
    ("198.51.100.24", 9, "fail", "fail", "newsletter.example.net"),
    ("203.0.113.80", 2, "pass", "fail", DOMAIN),
    ("203.0.113.199", 1, "fail", "fail", ""),
];

fn report((org, weight): (&str, i64), (day, begin): (i64, i64)) -> String {
    let mut text = format!(
        "<feedback><report_metadata><org_name>{org}</org_name><email>dmarc@{DOMAIN}</email><report_id>demo-{day}</report_id>\
         <date_range><begin>{begin}</begin><end>{}</end></date_range></report_metadata><policy_published>\
         <domain>{DOMAIN}</domain><adkim>r</adkim><aspf>r</aspf><p>none</p></policy_published>",
        begin + DAY_SECONDS - 1
    );
    for (ip, messages, dkim, spf, signer) in SENDERS {
        // The newsletter was set up after three weeks.
        let is_set_up = ip == "198.51.100.24" && day > 21;
        let dkim = if is_set_up { "pass" } else { dkim };
        let count = messages * weight + (day * 7 + messages) % 11;
        let _infallible = write!(
            text,
            "<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>none</disposition>\
             <dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row><identifiers><header_from>{DOMAIN}</header_from>\
             </identifiers><auth_results><dkim><domain>{signer}</domain><selector>s1</selector><result>pass</result></dkim>\
             <spf><domain>{signer}</domain><result>{}</result></spf></auth_results></record>",
            if signer.is_empty() { "fail" } else { "pass" }
        );
    }
    text.push_str("</feedback>");
    text
}

/// Uploads them unless there are some.
pub async fn upload_all(app: &App, owner: &Caller) -> Result<()> {
    let page = Page {
        limit: 1,
        offset: 0,
    };
    let domain = DomainRef::parse(DOMAIN);
    let known = dmarc::list(app, owner, &domain, Late::new(Ok(page))).await?;
    if known.listed.total > 0 {
        return Ok(());
    }
    let today = app.sources.now().seconds() / DAY_SECONDS;
    for day in 0..DAYS {
        let begin = (today - DAYS + day) * DAY_SECONDS;
        for reporter in REPORTERS {
            let file = report(reporter, (day, begin));
            dmarc::upload(app, owner, file.into()).await?;
        }
    }
    Ok(())
}
