//! Messages received: the list, one message with its verdicts.

use askama::Template;
use postscale_model::MessageHeader;

use super::emails::MessageBody;
use crate::ui::{Chip, Empty, InputKind, Moment, Pager, Shell, TextField};

/// `/inbound`
#[derive(Debug, Template)]
#[template(path = "pages/inbound/list.html")]
pub struct InboundListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// What is looked for, in sender, recipient, subject and `Message-ID`.
    pub query: TextField,
    /// The messages found.
    pub rows: Vec<InboundRow>,
    /// Other parts of the list.
    pub pager: Pager,
}

impl InboundListPage {
    /// The search field with what was looked for.
    #[must_use]
    pub fn query_field(value: &str) -> TextField {
        TextField::new(
            InputKind::Search,
            "q",
            "Sender, recipient, subject or message id",
        )
        .value(value)
    }
    fn is_filtered(&self) -> bool {
        !self.query.value.is_empty()
    }
    fn empty(&self) -> Empty {
        if self.is_filtered() {
            Empty::new("No messages match", "Try other words.")
                .with_action("/inbound", "Clear search")
        } else {
            Empty::new(
                "Nothing received yet",
                "Mail for your aliases, and for domains with catch-all, appears here.",
            )
        }
    }
}

/// A message in the list.
#[derive(Debug)]
pub struct InboundRow {
    /// Its id.
    pub id: String,
    /// Its subject; empty when it has none.
    pub subject: String,
    /// Its author.
    pub from: String,
    /// Which address it was for.
    pub to: String,
    /// Where it is.
    pub status: Chip,
    /// Whether it carries files.
    pub has_attachments: bool,
    /// When it came.
    pub at: Moment,
}

/// `/inbound/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/inbound/show.html")]
pub struct InboundPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its subject; empty when it has none.
    pub subject: String,
    /// Where it is.
    pub status: Chip,
    /// SPF, DKIM and DMARC.
    pub verdicts: Vec<Chip>,
    /// When it came.
    pub received_at: Moment,
    /// Envelope and author: label and value.
    pub headers: Vec<(&'static str, String)>,
    /// The alias that took it: address in this site and shown text.
    pub alias: Option<(String, String)>,
    /// What was done with it, as shown.
    pub action: &'static str,
    /// The rule that decided: address in this site, unless it is gone, and shown text.
    pub rule: Option<(Option<String>, String)>,
    /// Words rules marked it with.
    pub tags: Vec<String>,
    /// Where rules are tried on it, for those who may.
    pub tester: Option<String>,
    /// What it carries; absent for those who may only read the domain.
    pub content: Option<InboundContent>,
    /// Why there is nothing to show otherwise, in a sentence.
    pub no_content: &'static str,
}

/// What a received message carries.
#[derive(Debug)]
pub struct InboundContent {
    /// What it says.
    pub body: MessageBody,
    /// Its whole header.
    pub headers: Vec<MessageHeader>,
    /// Its files.
    pub attachments: Vec<AttachmentRow>,
}

/// A file of a received message.
#[derive(Debug)]
pub struct AttachmentRow {
    /// Where it is downloaded.
    pub href: String,
    /// Its name.
    pub filename: String,
    /// Its media type and size, as shown.
    pub about: String,
}
