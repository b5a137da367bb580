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

/// Whose the hosts below a name are.
const HOSTS: [(&str, Isp); 44] = [
    ("google.com", Isp::Google),
    ("googlemail.com", Isp::Google),
    ("outlook.com", Isp::Microsoft),
    ("hotmail.com", Isp::Microsoft),
    ("mx.microsoft", Isp::Microsoft),
    ("office365.us", Isp::Microsoft),
    ("yahoodns.net", Isp::Yahoo),
    ("yahoo.com", Isp::Yahoo),
    ("aol.com", Isp::Yahoo),
    ("icloud.com", Isp::Apple),
    ("me.com", Isp::Apple),
    ("apple.com", Isp::Apple),
    ("gmx.net", Isp::Gmx),
    ("gmx.com", Isp::Gmx),
    ("web.de", Isp::Gmx),
    ("mail.com", Isp::Gmx),
    ("protonmail.ch", Isp::Proton),
    ("messagingengine.com", Isp::Fastmail),
    ("zoho.com", Isp::Zoho),
    ("zoho.eu", Isp::Zoho),
    ("zoho.in", Isp::Zoho),
    ("yandex.net", Isp::Yandex),
    ("yandex.ru", Isp::Yandex),
    ("mail.ru", Isp::MailRu),
    ("qq.com", Isp::Qq),
    ("163.com", Isp::Netease),
    ("126.com", Isp::Netease),
    ("netease.com", Isp::Netease),
    ("comcast.net", Isp::Comcast),
    ("orange.fr", Isp::Orange),
    ("wanadoo.fr", Isp::Orange),
    ("t-online.de", Isp::Telekom),
    ("ionos.com", Isp::Ionos),
    ("ionos.de", Isp::Ionos),
    ("kundenserver.de", Isp::Ionos),
    ("perfora.net", Isp::Ionos),
    ("ovh.net", Isp::Ovh),
    ("ovh.ca", Isp::Ovh),
    ("amazonaws.com", Isp::Amazon),
    ("awsapps.com", Isp::Amazon),
    ("cloudflare.net", Isp::Cloudflare),
    ("mimecast.com", Isp::Mimecast),
    ("pphosted.com", Isp::Proofpoint),
    ("ppe-hosted.com", Isp::Proofpoint),
];

impl Isp {
    /// Whose host that is, by the name it is below. Upper and lower case and a final dot are one.
    #[must_use]
    pub fn of(host: &str) -> Self {
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_below = |(name, _): &&(&str, Self)| {
            let Some(start) = host.len().checked_sub(name.len()) else {
                return false;
            };
            let end = host.as_bytes().get(start..).unwrap_or_default();
            let is_whole = start == 0 || host.as_bytes().get(start - 1) == Some(&b'.');
            is_whole && end.eq_ignore_ascii_case(name.as_bytes())
        };
        HOSTS
            .iter()
            .find(is_below)
            .map_or(Self::Other, |(_, isp)| *isp)
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
}
