//! Messages sent: the list with its filters, one message with what happened to it.

use askama::Template;
use postscale_model::{EmailStatus, Word};

use crate::ui::{
    Chip, Choice, CursorPager, Empty, InputKind, Moment, SelectField, Shell, TextField,
};

/// `/emails`
#[derive(Debug, Template)]
#[template(path = "pages/emails/list.html")]
pub struct EmailListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// What is looked for.
    pub filter: EmailFilter,
    /// The messages found.
    pub rows: Vec<EmailRow>,
    /// Other parts of the list.
    pub pager: CursorPager,
}

impl EmailListPage {
    fn empty(&self) -> Empty {
        if self.filter.is_set {
            Empty::new("No e-mails match", "Try fewer or other filters.")
                .with_action("/emails", "Clear filters")
        } else {
            Empty::new(
                "No e-mails yet",
                "Messages appear here as soon as they are accepted, by API or by SMTP.",
            )
        }
    }
}

/// The filters of the list.
#[derive(Debug)]
pub struct EmailFilter {
    /// By status.
    pub status: SelectField,
    /// By sender.
    pub from: TextField,
    /// By recipient.
    pub to: TextField,
    /// By subject.
    pub subject: TextField,
    /// Whether anything is looked for at all.
    pub is_set: bool,
}

impl EmailFilter {
    /// The filters with what was looked for.
    #[must_use]
    pub fn new(status: &str, from: &str, to: &str, subject: &str) -> Self {
        let mut choices = vec![Choice::new("", "Any status")];
        choices.extend(
            EmailStatus::ALL
                .iter()
                .map(|s| Choice::new(s.as_str(), Chip::from(*s).text)),
        );
        let search = |name, label| TextField::new(InputKind::Search, name, label);
        Self {
            status: SelectField::new("status", "Status", choices).choose(status),
            from: search("from", "From").value(from),
            to: search("to", "To").value(to),
            subject: search("subject", "Subject").value(subject),
            is_set: [status, from, to, subject]
                .iter()
                .any(|value| !value.is_empty()),
        }
    }
}

/// A message in the list.
#[derive(Debug)]
pub struct EmailRow {
    /// Its id.
    pub id: String,
    /// Its subject; empty when it has none.
    pub subject: String,
    /// Its sender.
    pub from: String,
    /// Its first recipient, and how many more.
    pub to: String,
    /// Where it is.
    pub status: Chip,
    /// When it was accepted.
    pub at: Moment,
}

/// `/emails/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/emails/show.html")]
pub struct EmailPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its subject; empty when it has none.
    pub subject: String,
    /// Where it is.
    pub status: Chip,
    /// Live or test.
    pub environment: Chip,
    /// When it was accepted.
    pub created_at: Moment,
    /// Author, recipients, `Message-ID` and whatever else names it: label and value.
    pub headers: Vec<(&'static str, String)>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its sender's correlation data.
    pub metadata: Vec<(String, String)>,
    /// Who gets it.
    pub recipients: Vec<RecipientRow>,
    /// What happened, newest first.
    pub events: Vec<EventRow>,
    /// What it says; absent for those who may only read the domain.
    pub body: Option<MessageBody>,
}

/// A recipient of a message.
#[derive(Debug)]
pub struct RecipientRow {
    /// Where to.
    pub address: String,
    /// `To`, `Cc` or `Bcc`.
    pub kind: &'static str,
    /// Where the message is.
    pub status: Chip,
    /// Tries so far.
    pub attempts: i64,
    /// When it is tried next, and what it waits for till then.
    pub waits: Option<Waits>,
    /// The last answer of the other server.
    pub last_reply: Option<String>,
}

/// What a recipient's message waits for.
#[derive(Debug)]
pub struct Waits {
    /// When it is tried next.
    pub until: Moment,
    /// The domain's share of a provider's mail is used up for the day, not only time has to pass.
    pub for_provider: bool,
}

/// Something that happened to a message.
#[derive(Debug)]
pub struct EventRow {
    /// What, and how that feels.
    pub chip: Chip,
    /// To whom.
    pub recipient: String,
    /// When.
    pub at: Moment,
    /// Which try; 0 before any.
    pub attempt: i64,
    /// The server spoken to.
    pub mx_host: Option<String>,
    /// Its answer.
    pub reply: Option<String>,
}

/// What a message says.
#[derive(Debug)]
pub struct MessageBody {
    /// Its text.
    pub text: Option<String>,
    /// Address of its HTML, which is shown in a frame where nothing runs and nothing loads.
    pub html_src: Option<String>,
}
