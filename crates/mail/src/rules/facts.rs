//! What conditions can look at, read from a message once.

use postscale_model::{Address, AuthVerdict};

use crate::parse::Parsed;

/// A text of a message, as written and in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    pub written: String,
    pub lower: String,
}

impl From<&str> for Text {
    fn from(written: &str) -> Self {
        Self {
            lower: written.to_lowercase(),
            written: written.to_owned(),
        }
    }
}

/// What is known of a message beside what it says.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// MAIL FROM; empty for the null reverse path.
    pub envelope_sender: &'a str,
    /// Verdict of SPF.
    pub spf: AuthVerdict,
    /// Verdict of DKIM.
    pub dkim: AuthVerdict,
    /// Verdict of DMARC.
    pub dmarc: AuthVerdict,
    /// Octets as received.
    pub size_bytes: u64,
}

/// What conditions can look at.
#[derive(Debug, Clone)]
pub struct Facts {
    pub(super) sender: Text,
    pub(super) sender_domain: Text,
    pub(super) recipient: Text,
    pub(super) subject: Text,
    /// The fields of the header: names in lower case.
    pub(super) headers: Vec<(String, Text)>,
    pub(super) spf: AuthVerdict,
    pub(super) dkim: AuthVerdict,
    pub(super) dmarc: AuthVerdict,
    pub(super) size_bytes: u64,
    pub(super) has_attachment: bool,
}

impl Facts {
    /// Reads them, for a recipient.
    #[must_use]
    pub fn of(parsed: &Parsed, origin: Origin<'_>, recipient: &Address) -> Self {
        let author = parsed.from.as_ref().map(|from| from.address.to_string());
        let sender = author.unwrap_or_else(|| origin.envelope_sender.to_owned());
        let domain = sender.rsplit_once('@').map_or("", |(_, domain)| domain);
        let headers = parsed.headers.iter().map(|header| {
            let name = header.name.to_ascii_lowercase();
            (name, header.value.as_str().into())
        });
        Self {
            sender_domain: domain.into(),
            sender: sender.as_str().into(),
            recipient: recipient.to_string().as_str().into(),
            subject: parsed.subject.as_str().into(),
            headers: headers.collect(),
            spf: origin.spf,
            dkim: origin.dkim,
            dmarc: origin.dmarc,
            size_bytes: origin.size_bytes,
            has_attachment: !parsed.attachments.is_empty(),
        }
    }

    /// The same message for another recipient.
    pub fn set_recipient(&mut self, recipient: &Address) {
        self.recipient = recipient.to_string().as_str().into();
    }
}
