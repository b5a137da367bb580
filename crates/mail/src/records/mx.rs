//! Who takes a domain's mail now, and what that means for taking it here.

use postscale_model::{Advice, AdviceCode, CheckStatus, Isp};

use super::{
    ExpectedRecord,
    advice::{entered, hint, publish},
    look::Seen,
};
use crate::dns::MxHost;

/// What these exchangers are for a domain whose mail is to come here.
pub(super) fn seen(record: &ExpectedRecord, hosts: &[MxHost]) -> Seen {
    let is_ours = |host: &&MxHost| host.exchange.eq_ignore_ascii_case(&record.value);
    let ours = hosts.iter().filter(is_ours).map(|host| host.preference);
    let ours = ours.min();
    let text = |host: &MxHost| format!("{} {}", host.preference, host.exchange);
    let others: Vec<&MxHost> = hosts.iter().filter(|host| !is_ours(host)).collect();
    Seen {
        status: match ours {
            Some(_) => CheckStatus::Verified,
            None => CheckStatus::Mismatch,
        },
        found: hosts.iter().map(text).collect(),
        advice: match ours {
            Some(ours) => shared(&others, ours).into_iter().collect(),
            None => vec![elsewhere(record, &others)],
        },
        spf_lookups: None,
    }
}

/// Mail goes elsewhere.
fn elsewhere(record: &ExpectedRecord, others: &[&MxHost]) -> Advice {
    let value = entered(record);
    if others.iter().all(|host| host.exchange.is_empty()) {
        let text = "The domain says that it takes no mail at all. Replace this record by ours.";
        return publish(AdviceCode::MxNull, text, &value);
    }
    let domain = &record.domain;
    let known = others
        .iter()
        .find_map(|host| Isp::service_at(&host.exchange));
    let (code, who) = match known {
        Some(name) => (AdviceCode::MxProvider, name.to_owned()),
        None => {
            let first = others.iter().min_by_key(|host| host.preference);
            let host = first.map(|host| host.exchange.clone());
            (AdviceCode::MxElsewhere, host.unwrap_or_default())
        }
    };
    let text = format!(
        "Mail for {domain} goes to {who} now, and a domain's mail can go to one place only. To keep \
         the mailboxes there, leave this record alone and register a sub-domain such as \
         in.{domain} here instead. To move all mail of {domain} here, replace every MX record of it \
         by ours.",
    );
    publish(code, text, &value)
}

/// Ours is one of several.
fn shared(others: &[&MxHost], ours: u16) -> Option<Advice> {
    let first = others.iter().min_by_key(|host| host.preference)?;
    let named = match Isp::service_at(&first.exchange) {
        Some(name) => format!("{} ({name})", first.exchange),
        None => first.exchange.clone(),
    };
    let which = match first.preference.cmp(&ours) {
        std::cmp::Ordering::Less => "is asked first, so that mail comes here only when it fails",
        std::cmp::Ordering::Equal => "is asked as often as we are",
        std::cmp::Ordering::Greater => "is asked when we cannot be reached",
    };
    let text = format!(
        "{named} takes mail of the domain as well: it {which}. What arrives there does not arrive \
         here. Remove the other MX records unless you mean that.",
    );
    Some(hint(AdviceCode::MxShared, text))
}
