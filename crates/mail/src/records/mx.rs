//! Who takes a domain's mail now, and what that means for taking it here.

use postscale_model::{Advice, AdviceCode, CheckStatus};

use super::{
    ExpectedRecord,
    advice::{entered, hint, publish},
    look::Seen,
};
use crate::dns::MxHost;

/// Mailbox providers by the domains of their exchangers.
const PROVIDERS: [(&str, &str); 34] = [
    ("google.com", "Google Workspace or Gmail"),
    ("googlemail.com", "Google Workspace or Gmail"),
    ("outlook.com", "Microsoft 365"),
    ("mx.microsoft", "Microsoft 365"),
    ("office365.us", "Microsoft 365"),
    ("hotmail.com", "Microsoft Outlook.com"),
    ("zoho.com", "Zoho Mail"),
    ("zoho.eu", "Zoho Mail"),
    ("zoho.in", "Zoho Mail"),
    ("protonmail.ch", "Proton Mail"),
    ("icloud.com", "iCloud Mail"),
    ("messagingengine.com", "Fastmail"),
    ("yandex.net", "Yandex Mail"),
    ("yandex.ru", "Yandex Mail"),
    ("yahoodns.net", "Yahoo Mail"),
    ("mail.ru", "Mail.ru"),
    ("secureserver.net", "GoDaddy"),
    ("ionos.com", "IONOS"),
    ("kundenserver.de", "IONOS"),
    ("ovh.net", "OVHcloud"),
    ("gandi.net", "Gandi"),
    ("mailbox.org", "mailbox.org"),
    ("posteo.de", "Posteo"),
    ("tutanota.de", "Tuta"),
    ("migadu.com", "Migadu"),
    ("privateemail.com", "Namecheap Private Email"),
    ("registrar-servers.com", "Namecheap"),
    ("hostinger.com", "Hostinger"),
    ("titan.email", "Titan"),
    ("emailsrvr.com", "Rackspace Email"),
    ("cloudflare.net", "Cloudflare Email Routing"),
    ("amazonaws.com", "Amazon WorkMail or SES"),
    ("mimecast.com", "Mimecast"),
    ("pphosted.com", "Proofpoint"),
];

/// Who an exchanger belongs to, when that is known.
fn provider(exchange: &str) -> Option<&'static str> {
    let is_below = |suffix: &str| {
        let rest = exchange.strip_suffix(suffix);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let mut known = PROVIDERS.iter();
    known.find_map(|(suffix, name)| is_below(suffix).then_some(*name))
}

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
    let known = others.iter().find_map(|host| provider(&host.exchange));
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
    let named = match provider(&first.exchange) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_providers_are_named_by_their_exchangers_and_nobody_else_is() {
        for (exchange, want) in [
            ("aspmx.l.google.com", Some("Google Workspace or Gmail")),
            ("smtp.google.com", Some("Google Workspace or Gmail")),
            (
                "example-com.mail.protection.outlook.com",
                Some("Microsoft 365"),
            ),
            ("mx2.zoho.eu", Some("Zoho Mail")),
            ("mailsec.protonmail.ch", Some("Proton Mail")),
            ("mx01.mail.icloud.com", Some("iCloud Mail")),
            ("in1-smtp.messagingengine.com", Some("Fastmail")),
            ("mx.yandex.net", Some("Yandex Mail")),
            ("notgoogle.com", None),
            ("google.com.evil.example", None),
            ("mx.example.com", None),
            ("", None),
        ] {
            assert_eq!(provider(exchange), want, "{exchange}");
        }
    }
}
