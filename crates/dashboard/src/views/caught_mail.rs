//! The mail catcher of `dev`: what was sent to the built-in sink. Does not exist in `serve`.

use askama::Template;

use super::emails::MessageBody;
use crate::ui::{Empty, Moment, Shell};

/// `/dev/mail`
#[derive(Debug, Template)]
#[template(path = "pages/caught_mail/list.html")]
pub struct CaughtMailListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The messages, newest first.
    pub rows: Vec<CaughtMailRow>,
}

impl CaughtMailListPage {
    fn empty(&self) -> Empty {
        Empty::new(
            "Nothing was caught yet",
            "Every message that leaves this instance ends here. Nothing leaves the machine.",
        )
    }
}

/// A caught message in the list.
#[derive(Debug)]
pub struct CaughtMailRow {
    /// Its id.
    pub id: String,
    /// Its author.
    pub from: String,
    /// Its envelope recipients.
    pub to: String,
    /// Its subject; empty when it has none.
    pub subject: String,
    /// When it came.
    pub at: Moment,
}

/// `/dev/mail/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/caught_mail/show.html")]
pub struct CaughtMailPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its subject; empty when it has none.
    pub subject: String,
    /// Envelope and author: label and value.
    pub headers: Vec<(&'static str, String)>,
    /// When it came.
    pub at: Moment,
    /// What it says.
    pub body: MessageBody,
    /// Its header as it came over the wire.
    pub raw_header: String,
}
