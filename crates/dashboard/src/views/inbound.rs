//! Messages received: one message with its verdicts and what it says. The list is in [`list`].

mod list;

use askama::Template;
use postscale_model::MessageHeader;

pub use list::{InboundFilter, InboundListPage, InboundRow, InboundSearch, ORDERS};

use super::emails::MessageBody;
use crate::ui::{Chip, Moment, Notice, Shell};

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
    /// SPF, DKIM, DMARC and ARC, each with what it says.
    pub verdicts: Vec<Verdict>,
    /// When it came.
    pub received_at: Moment,
    /// When its processing ended.
    pub processed_at: Option<Moment>,
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
    /// That not all of it was read, if so.
    pub incomplete: Option<Notice>,
    /// What it carries; absent for those who may only read the domain.
    pub content: Option<InboundContent>,
    /// Why there is nothing to show otherwise, in a sentence.
    pub no_content: &'static str,
    /// Whether processing it once more does anything, for those who may.
    pub may_replay: bool,
}

/// What a check says about a message.
#[derive(Debug)]
pub struct Verdict {
    /// The check and its word.
    pub chip: Chip,
    /// What that means.
    pub meaning: &'static str,
}

/// What a received message carries.
#[derive(Debug)]
pub struct InboundContent {
    /// What it says.
    pub body: MessageBody,
    /// Where its links lead.
    pub links: Vec<String>,
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
