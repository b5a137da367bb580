//! Mailbox providers, known by the hosts that take their mail.

use crate::word::words;

words! {
    /// Whose servers take mail for a recipient.
    pub enum Isp {
        /// Gmail and Google Workspace.
        Google = "google",
        /// Outlook.com, Hotmail and Microsoft 365.
        Microsoft = "microsoft",
        /// Yahoo and AOL.
        Yahoo = "yahoo",
        /// iCloud.
        Apple = "apple",
        /// GMX, WEB.DE and mail.com.
        Gmx = "gmx",
        /// Proton Mail.
        Proton = "proton",
        /// Fastmail.
        Fastmail = "fastmail",
        /// Zoho Mail.
        Zoho = "zoho",
        /// Yandex.
        Yandex = "yandex",
        /// Mail.ru.
        MailRu = "mail_ru",
        /// QQ Mail and Tencent.
        Qq = "qq",
        /// 163, 126 and NetEase.
        Netease = "netease",
        /// Comcast.
        Comcast = "comcast",
        /// Orange and Wanadoo.
        Orange = "orange",
        /// Telekom Deutschland.
        Telekom = "telekom",
        /// IONOS.
        Ionos = "ionos",
        /// OVHcloud.
        Ovh = "ovh",
        /// Amazon WorkMail and SES.
        Amazon = "amazon",
        /// Cloudflare Email Routing.
        Cloudflare = "cloudflare",
        /// Mimecast.
        Mimecast = "mimecast",
        /// Proofpoint.
        Proofpoint = "proofpoint",
        /// Everybody else.
        Other = "other",
    }
}

/// The hosts below a name: whose they are, and what they are of. Those of smaller providers are
/// counted with everybody else.
const HOSTS: [(&str, Isp, &str); 55] = [
    ("google.com", Isp::Google, "Google Workspace or Gmail"),
    ("googlemail.com", Isp::Google, "Google Workspace or Gmail"),
    ("outlook.com", Isp::Microsoft, "Microsoft 365"),
    ("mx.microsoft", Isp::Microsoft, "Microsoft 365"),
    ("office365.us", Isp::Microsoft, "Microsoft 365"),
    ("hotmail.com", Isp::Microsoft, "Microsoft Outlook.com"),
    ("yahoodns.net", Isp::Yahoo, "Yahoo Mail"),
    ("yahoo.com", Isp::Yahoo, "Yahoo Mail"),
    ("aol.com", Isp::Yahoo, "AOL Mail"),
    ("icloud.com", Isp::Apple, "iCloud Mail"),
    ("me.com", Isp::Apple, "iCloud Mail"),
    ("apple.com", Isp::Apple, "Apple"),
    ("gmx.net", Isp::Gmx, "GMX"),
    ("gmx.com", Isp::Gmx, "GMX"),
    ("web.de", Isp::Gmx, "WEB.DE"),
    ("mail.com", Isp::Gmx, "mail.com"),
    ("protonmail.ch", Isp::Proton, "Proton Mail"),
    ("messagingengine.com", Isp::Fastmail, "Fastmail"),
    ("zoho.com", Isp::Zoho, "Zoho Mail"),
    ("zoho.eu", Isp::Zoho, "Zoho Mail"),
    ("zoho.in", Isp::Zoho, "Zoho Mail"),
    ("yandex.net", Isp::Yandex, "Yandex Mail"),
    ("yandex.ru", Isp::Yandex, "Yandex Mail"),
    ("mail.ru", Isp::MailRu, "Mail.ru"),
    ("qq.com", Isp::Qq, "QQ Mail"),
    ("163.com", Isp::Netease, "NetEase Mail"),
    ("126.com", Isp::Netease, "NetEase Mail"),
    ("netease.com", Isp::Netease, "NetEase Mail"),
    ("comcast.net", Isp::Comcast, "Comcast"),
    ("orange.fr", Isp::Orange, "Orange"),
    ("wanadoo.fr", Isp::Orange, "Orange"),
    ("t-online.de", Isp::Telekom, "Telekom Mail"),
    ("ionos.com", Isp::Ionos, "IONOS"),
    ("ionos.de", Isp::Ionos, "IONOS"),
    ("kundenserver.de", Isp::Ionos, "IONOS"),
    ("perfora.net", Isp::Ionos, "IONOS"),
    ("ovh.net", Isp::Ovh, "OVHcloud"),
    ("ovh.ca", Isp::Ovh, "OVHcloud"),
    ("amazonaws.com", Isp::Amazon, "Amazon WorkMail or SES"),
    ("awsapps.com", Isp::Amazon, "Amazon WorkMail"),
    (
        "cloudflare.net",
        Isp::Cloudflare,
        "Cloudflare Email Routing",
    ),
    ("mimecast.com", Isp::Mimecast, "Mimecast"),
    ("pphosted.com", Isp::Proofpoint, "Proofpoint"),
    ("ppe-hosted.com", Isp::Proofpoint, "Proofpoint"),
    ("secureserver.net", Isp::Other, "GoDaddy"),
    ("gandi.net", Isp::Other, "Gandi"),
    ("mailbox.org", Isp::Other, "mailbox.org"),
    ("posteo.de", Isp::Other, "Posteo"),
    ("tutanota.de", Isp::Other, "Tuta"),
    ("migadu.com", Isp::Other, "Migadu"),
    ("privateemail.com", Isp::Other, "Namecheap Private Email"),
    ("registrar-servers.com", Isp::Other, "Namecheap"),
    ("hostinger.com", Isp::Other, "Hostinger"),
    ("titan.email", Isp::Other, "Titan"),
    ("emailsrvr.com", Isp::Other, "Rackspace Email"),
];

/// What is known of a host, by the name it is below. Upper and lower case and a final dot are one.
fn known(host: &str) -> Option<(Isp, &'static str)> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_below = |name: &str| {
        let Some(start) = host.len().checked_sub(name.len()) else {
            return false;
        };
        let end = host.as_bytes().get(start..).unwrap_or_default();
        let is_whole = start == 0 || host.as_bytes().get(start - 1) == Some(&b'.');
        is_whole && end.eq_ignore_ascii_case(name.as_bytes())
    };
    let found = HOSTS.iter().find(|(name, ..)| is_below(name))?;
    Some((found.1, found.2))
}

impl Isp {
    /// Whose host that is.
    #[must_use]
    pub fn of(host: &str) -> Self {
        known(host).map_or(Self::Other, |(isp, _)| isp)
    }

    /// The service that host is of, as people call it, when that is known.
    #[must_use]
    pub fn service_at(host: &str) -> Option<&'static str> {
        known(host).map(|(_, service)| service)
    }

    /// Whether it is one provider, and not everybody else.
    #[must_use]
    pub const fn is_one(self) -> bool {
        !matches!(self, Self::Other)
    }

    /// As people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Microsoft => "Microsoft",
            Self::Yahoo => "Yahoo",
            Self::Apple => "Apple",
            Self::Gmx => "GMX",
            Self::Proton => "Proton",
            Self::Fastmail => "Fastmail",
            Self::Zoho => "Zoho",
            Self::Yandex => "Yandex",
            Self::MailRu => "Mail.ru",
            Self::Qq => "QQ",
            Self::Netease => "NetEase",
            Self::Comcast => "Comcast",
            Self::Orange => "Orange",
            Self::Telekom => "Telekom",
            Self::Ionos => "IONOS",
            Self::Ovh => "OVHcloud",
            Self::Amazon => "Amazon",
            Self::Cloudflare => "Cloudflare",
            Self::Mimecast => "Mimecast",
            Self::Proofpoint => "Proofpoint",
            Self::Other => "Others",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_the_name_it_is_below() {
        for (host, want) in [
            ("gmail-smtp-in.l.google.com", Isp::Google),
            ("ASPMX.L.GOOGLE.COM.", Isp::Google),
            ("example-com.mail.protection.outlook.com", Isp::Microsoft),
            ("example-com.d-v1.mx.microsoft", Isp::Microsoft),
            ("mta5.am0.yahoodns.net", Isp::Yahoo),
            ("mx01.mail.icloud.com", Isp::Apple),
            ("mail.ru", Isp::MailRu),
            ("mx.notgoogle.com", Isp::Other),
            ("google.com.example", Isp::Other),
            ("mx.ä.com", Isp::Other),
            ("", Isp::Other),
        ] {
            assert_eq!(Isp::of(host), want, "{host}");
        }
    }

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
            ("mx.titan.email", Some("Titan")),
            ("notgoogle.com", None),
            ("google.com.evil.example", None),
            ("mx.example.com", None),
            ("", None),
        ] {
            assert_eq!(Isp::service_at(exchange), want, "{exchange}");
        }
    }
}
