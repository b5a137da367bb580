//! Where people publish a record by mistake: panels of DNS providers append the domain to the name
//! that was entered, or the zone is that of a domain above.

use futures_util::future::join_all;
use postscale_model::{Advice, AdviceCode, CheckStatus, Purpose};

use super::{ExpectedRecord, advice::hint, judge};
use crate::dns::Resolver;

/// Looks for the record at the names it is usually published at by mistake, all at once.
pub(super) async fn find(resolver: &Resolver, record: &ExpectedRecord) -> Option<Advice> {
    let names = candidates(record);
    let found = names
        .iter()
        .map(|(name, _)| is_there(resolver, record, name));
    let found = join_all(found).await;
    let (name, code) = names
        .into_iter()
        .zip(found)
        .find_map(|(candidate, found)| found.then_some(candidate))?;
    let wanted = &record.name;
    let text = match code {
        AdviceCode::NameDoubled => {
            let zone = name.strip_prefix(wanted.as_str()).unwrap_or(&name);
            let zone = zone.trim_start_matches('.');
            let below = wanted.strip_suffix(zone).unwrap_or(wanted);
            let below = below.trim_end_matches('.');
            let enter = if below.is_empty() { "@" } else { below };
            format!(
                "The record is at {name}: your DNS provider appends {zone} to the name by itself. \
                 Enter {enter} as its name."
            )
        }
        _ => format!("The record is at {name}. Move it to {wanted}."),
    };
    Some(hint(code, text))
}

/// The names, each with the mistake it would be.
fn candidates(record: &ExpectedRecord) -> Vec<(String, AdviceCode)> {
    let (wanted, domain) = (record.name.as_str(), record.domain.as_str());
    let zone = record.domain.registrable();
    let mut names = vec![(format!("{wanted}.{domain}"), AdviceCode::NameDoubled)];
    if zone != domain {
        names.push((format!("{wanted}.{zone}"), AdviceCode::NameDoubled));
    }
    let below = wanted.strip_suffix(domain).unwrap_or_default();
    let below = below.trim_end_matches('.');
    if below.is_empty() {
        return names;
    }
    let mut wrong = |name: String| names.push((name, AdviceCode::NameWrong));
    if record.record_type == "TXT" {
        wrong(domain.to_owned());
    }
    if !is_anybodys(record.purpose)
        && zone != domain
        && let Some((_, above)) = domain.split_once('.')
    {
        wrong(format!("{below}.{above}"));
    }
    match record.purpose {
        Purpose::Dkim => {
            let selector = below.split('.').next().unwrap_or_default();
            wrong(format!("{selector}.{domain}"));
        }
        Purpose::Dmarc | Purpose::Ownership | Purpose::TlsRpt => {
            wrong(format!("{}.{domain}", below.trim_start_matches('_')));
        }
        Purpose::Mx
        | Purpose::Spf
        | Purpose::ReturnPath
        | Purpose::MtaSts
        | Purpose::MtaStsHost
        | Purpose::Bimi => {}
    }
    names
}

/// Whether such a record at the domain above may be that of the domain above.
const fn is_anybodys(purpose: Purpose) -> bool {
    matches!(
        purpose,
        Purpose::Dmarc | Purpose::MtaSts | Purpose::MtaStsHost | Purpose::TlsRpt | Purpose::Bimi
    )
}

async fn is_there(resolver: &Resolver, record: &ExpectedRecord, name: &str) -> bool {
    let ours = |host: &str| host.eq_ignore_ascii_case(&record.value);
    match record.record_type {
        "MX" => {
            let hosts = resolver.mx(name).await;
            hosts.is_ok_and(|hosts| hosts.iter().any(|host| ours(&host.exchange)))
        }
        "CNAME" => resolver.cname(name).await.is_ok_and(|to| ours(&to)),
        _ => {
            let found = resolver.txt(name).await;
            found.is_ok_and(|found| {
                let (status, _) = judge::judged(record.purpose, found, &record.value);
                status == CheckStatus::Verified
            })
        }
    }
}
