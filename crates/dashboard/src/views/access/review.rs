//! The review: what everybody is given, and what is asked before some of it is taken away.

use askama::Template;

use crate::{
    ui::{Empty, Moment, Pager, SelectField, Shell},
    views::words::isolated,
};

/// `/team/review`
#[derive(Debug, Template)]
#[template(path = "pages/team/review.html")]
pub struct ReviewPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Which kind is shown.
    pub kind: SelectField,
    /// Only one kind is shown.
    pub is_filtered: bool,
    /// The list.
    pub rows: Vec<ReviewRow>,
    /// Other parts of the list.
    pub pager: Pager,
}

impl ReviewPage {
    fn empty(&self) -> Empty {
        Empty::new(
            "Nothing to review",
            "Grants of members, API keys and webhooks of the organization show up here.",
        )
    }

    /// The rows, each with where a decision about it leads back to.
    fn decidable(&self) -> impl Iterator<Item = (&ReviewRow, String)> {
        let rows = self.rows.iter().enumerate();
        rows.map(|(index, row)| (row, self.back(index)))
    }

    /// The row behind it, or else the one before.
    fn back(&self, index: usize) -> String {
        let before = || index.checked_sub(1).and_then(|index| self.rows.get(index));
        match self.rows.get(index + 1).or_else(before) {
            Some(row) => format!("{}#{}", self.shell.path, row.anchor()),
            None => self.pager.previous.clone().unwrap_or_default(),
        }
    }
}

/// Somebody's access to something.
#[derive(Debug)]
pub struct ReviewRow {
    /// Its kind on the wire.
    pub kind: &'static str,
    /// Its kind as shown.
    pub label: &'static str,
    /// Id on the wire.
    pub id: String,
    /// A grant's domain.
    pub domain_id: String,
    /// What it is called.
    pub name: String,
    /// Its page.
    pub path: String,
    /// Who has it.
    pub holder: String,
    /// How much.
    pub access: String,
    /// Who gave it.
    pub giver: Option<String>,
    /// Since when.
    pub since: Moment,
    /// Last use.
    pub last_used_at: Option<Moment>,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// It has ended by itself.
    pub is_over: bool,
    /// Why it was given.
    pub note: String,
    /// When somebody kept it, and who.
    pub reviewed: Option<(Moment, String)>,
}

impl ReviewRow {
    /// Names the row within the page, whatever is decided about the others.
    fn anchor(&self) -> String {
        format!("{}-{}-{}", self.kind, self.id, self.domain_id)
    }

    fn what(&self) -> String {
        let name = isolated(&self.name);
        match self.kind {
            "grant" => format!("access to {name}"),
            "api_key" => format!("the API key {name}"),
            _ => format!("the webhook {name}"),
        }
    }

    /// From whom something may be taken, and what: told on the page after that.
    fn about(&self) -> String {
        format!("{}: {}", isolated(&self.holder), self.what())
    }

    fn question(&self) -> String {
        format!("Take {} from {}?", self.what(), isolated(&self.holder))
    }

    fn consequence(&self) -> &'static str {
        match self.kind {
            "grant" => "It ends at once, for their keys and SMTP logins too.",
            "api_key" => "It stops working at once, by API and by SMTP. This cannot be undone.",
            _ => "It is deleted: told nothing any more, and what it is still owed is dropped.",
        }
    }
}
