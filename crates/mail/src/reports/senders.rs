//! Whose host a host is: the services that send mail for others, by the end of their hosts' names.

/// Ends of host names, and who they belong to. The first that fits counts.
const SENDERS: &[(&str, &str)] = &[
    ("amazonses.com", "Amazon SES"),
    ("googlegroups.com", "Google Groups"),
    ("google.com", "Google"),
    ("googlemail.com", "Google"),
    ("outlook.com", "Microsoft 365"),
    ("office365.com", "Microsoft 365"),
    ("hotmail.com", "Microsoft"),
    ("yahoo.com", "Yahoo"),
    ("yahoo.net", "Yahoo"),
    ("yahoodns.net", "Yahoo"),
    ("icloud.com", "Apple"),
    ("apple.com", "Apple"),
    ("messagingengine.com", "Fastmail"),
    ("fastmail.com", "Fastmail"),
    ("protonmail.ch", "Proton"),
    ("proton.me", "Proton"),
    ("zoho.com", "Zoho"),
    ("zoho.eu", "Zoho"),
    ("zohomail.com", "Zoho"),
    ("zcsend.net", "Zoho Campaigns"),
    ("sendgrid.net", "SendGrid"),
    ("sendgrid.com", "SendGrid"),
    ("mailgun.net", "Mailgun"),
    ("mailgun.org", "Mailgun"),
    ("mailgun.co", "Mailgun"),
    ("mandrillapp.com", "Mandrill"),
    ("mcsv.net", "Mailchimp"),
    ("mcdlv.net", "Mailchimp"),
    ("rsgsv.net", "Mailchimp"),
    ("mtasv.net", "Postmark"),
    ("postmarkapp.com", "Postmark"),
    ("sparkpostmail.com", "SparkPost"),
    ("mailjet.com", "Mailjet"),
    ("sendinblue.com", "Brevo"),
    ("brevo.com", "Brevo"),
    ("brevosend.com", "Brevo"),
    ("mailersend.net", "MailerSend"),
    ("mlsend.com", "MailerLite"),
    ("createsend.com", "Campaign Monitor"),
    ("cmail19.com", "Campaign Monitor"),
    ("cmail20.com", "Campaign Monitor"),
    ("constantcontact.com", "Constant Contact"),
    ("klaviyomail.com", "Klaviyo"),
    ("hubspotemail.net", "HubSpot"),
    ("hubspot.com", "HubSpot"),
    ("salesforce.com", "Salesforce"),
    ("exacttarget.com", "Salesforce Marketing Cloud"),
    ("exct.net", "Salesforce Marketing Cloud"),
    ("mktomail.com", "Marketo"),
    ("mktdns.com", "Marketo"),
    ("zendesk.com", "Zendesk"),
    ("freshdesk.com", "Freshdesk"),
    ("freshemail.io", "Freshworks"),
    ("intercom.io", "Intercom"),
    ("customeriomail.com", "Customer.io"),
    ("socketlabs.com", "SocketLabs"),
    ("smtp2go.com", "SMTP2GO"),
    ("elasticemail.com", "Elastic Email"),
    ("shopify.com", "Shopify"),
    ("stripe.com", "Stripe"),
    ("atlassian.net", "Atlassian"),
    ("github.com", "GitHub"),
    ("mimecast.com", "Mimecast"),
    ("mimecast.co.za", "Mimecast"),
    ("pphosted.com", "Proofpoint"),
    ("ppe-hosted.com", "Proofpoint"),
    ("barracudanetworks.com", "Barracuda"),
    ("messagelabs.com", "Broadcom"),
    ("iphmx.com", "Cisco"),
    ("trendmicro.com", "Trend Micro"),
    ("hornetsecurity.com", "Hornetsecurity"),
    ("antispamcloud.com", "N-able"),
    ("gmx.net", "GMX"),
    ("web.de", "web.de"),
    ("kundenserver.de", "IONOS"),
    ("ionos.com", "IONOS"),
    ("mail.ru", "Mail.ru"),
    ("yandex.net", "Yandex"),
    ("yandex.ru", "Yandex"),
    ("qq.com", "Tencent QQ"),
    ("163.com", "NetEase"),
    ("comcast.net", "Comcast"),
    ("ovh.net", "OVHcloud"),
    ("gandi.net", "Gandi"),
    ("mailbox.org", "mailbox.org"),
    ("secureserver.net", "GoDaddy"),
    ("hostedemail.com", "OpenSRS"),
    ("rackspace.com", "Rackspace"),
    ("emailsrvr.com", "Rackspace"),
    ("dreamhost.com", "DreamHost"),
];

/// Who sends from a host of that name.
#[must_use]
pub fn sender_of(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let owns = |end: &str| {
        let rest = host.strip_suffix(end);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let mut senders = SENDERS.iter();
    senders.find_map(|(end, name)| owns(end).then_some(*name))
}

#[cfg(test)]
mod tests {
    use super::sender_of;

    #[test]
    fn a_host_belongs_to_whom_its_name_ends_with() {
        for (host, want) in [
            ("mail-sor-f41.google.com.", Some("Google")),
            ("a8-45.smtp-out.amazonses.com", Some("Amazon SES")),
            (
                "mail-eastus.outbound.protection.OUTLOOK.com",
                Some("Microsoft 365"),
            ),
            ("google.com", Some("Google")),
            ("notgoogle.com", None),
            ("google.com.evil.example", None),
            ("", None),
        ] {
            assert_eq!(sender_of(host), want, "{host}");
        }
    }
}
