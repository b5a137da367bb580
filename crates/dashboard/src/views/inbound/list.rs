//! The list of messages received, its filters and orders.

use askama::Template;
use postscale_model::{InboundStatus, Word};

use crate::ui::{
    Chip, Choice, CursorPager, Empty, InputKind, Moment, SelectField, Shell, TextField, address,
};

/// The orders of the list: word and label. A `-` turns one around.
pub const ORDERS: [(&str, &str); 12] = [
    ("", "Newest first"),
    ("received", "Oldest first"),
    ("-processed", "Last processed first"),
    ("processed", "First processed first"),
    ("from", "Sender A–Z"),
    ("-from", "Sender Z–A"),
    ("to", "Recipient A–Z"),
    ("-to", "Recipient Z–A"),
    ("subject", "Subject A–Z"),
    ("-subject", "Subject Z–A"),
    ("status", "Status A–Z"),
    ("-status", "Status Z–A"),
];

/// `/inbound`
#[derive(Debug, Template)]
#[template(path = "pages/inbound/list.html")]
pub struct InboundListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// What is looked for.
    pub filter: InboundFilter,
    /// The messages found.
    pub rows: Vec<InboundRow>,
    /// Other parts of the list.
    pub pager: CursorPager,
}

impl InboundListPage {
    fn empty(&self) -> Empty {
        if self.filter.is_set() {
            Empty::new("No messages match", "Try fewer or other filters.")
                .with_action("/inbound", "Clear filters")
        } else {
            Empty::new(
                "Nothing received yet",
                "Mail for your aliases, and for domains with catch-all, appears here.",
            )
        }
    }
}

/// What is looked for: the texts as entered.
#[derive(Debug, Clone, Default)]
pub struct InboundSearch {
    /// In sender, recipient, subject and `Message-ID`.
    pub q: String,
    /// The receiving domain.
    pub domain: String,
    /// The alias that took it.
    pub alias: String,
    /// Where it is.
    pub status: String,
    /// With or without files.
    pub attachments: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The order.
    pub order: String,
}

impl InboundSearch {
    /// Name and text of every filter and of the order.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 8] {
        [
            ("q", &self.q),
            ("domain_id", &self.domain),
            ("alias_id", &self.alias),
            ("status", &self.status),
            ("has_attachments", &self.attachments),
            ("from_date", &self.from),
            ("to_date", &self.to),
            ("order", &self.order),
        ]
    }
}

/// The filters of the list.
#[derive(Debug)]
pub struct InboundFilter {
    /// Words.
    pub q: TextField,
    /// The receiving domain.
    pub domain: SelectField,
    /// Where it is.
    pub status: SelectField,
    /// With or without files.
    pub attachments: SelectField,
    /// The first day.
    pub from: TextField,
    /// The last day.
    pub to: TextField,
    /// The order.
    pub order: SelectField,
    search: InboundSearch,
}

impl InboundFilter {
    /// The filters with what was looked for, and the domains to choose from.
    #[must_use]
    pub fn new(search: InboundSearch, mut domains: Vec<Choice>) -> Self {
        domains.insert(0, Choice::new("", "Any domain"));
        let mut statuses = vec![Choice::new("", "Any status")];
        statuses.extend(
            InboundStatus::ALL
                .iter()
                .map(|status| Choice::new(status.as_str(), Chip::from(*status).text)),
        );
        let attachments = [
            ("", "With or without"),
            ("true", "With"),
            ("false", "Without"),
        ];
        let all = |choices: &[(&str, &str)]| {
            let choices = choices.iter();
            choices
                .map(|(value, label)| Choice::new(*value, *label))
                .collect()
        };
        let field = |kind, name, label, value: &str| TextField::new(kind, name, label).value(value);
        Self {
            q: field(InputKind::Search, "q", "Search", &search.q)
                .placeholder("Sender, recipient, subject or message id"),
            domain: SelectField::new("domain_id", "Domain", domains).choose(&search.domain),
            status: SelectField::new("status", "Status", statuses).choose(&search.status),
            attachments: SelectField::new("has_attachments", "Attachments", all(&attachments))
                .choose(&search.attachments),
            from: field(InputKind::Date, "from_date", "Received from", &search.from),
            to: field(InputKind::Date, "to_date", "Received until", &search.to),
            order: SelectField::new("order", "Order", all(&ORDERS)).choose(&search.order),
            search,
        }
    }

    /// Whether anything is looked for at all.
    fn is_set(&self) -> bool {
        let mut pairs = self.search.pairs().into_iter();
        pairs.any(|(name, text)| name != "order" && !text.is_empty())
    }

    /// The alias whose messages are shown, if only one's.
    fn alias(&self) -> Option<&str> {
        Some(self.search.alias.as_str()).filter(|alias| !alias.is_empty())
    }

    /// A head of the table: whether the list is in that order, and the address of the list in that order
    /// or, when it is already, the other way around.
    fn head(&self, word: &str) -> Head {
        let descending = match word {
            "received" => String::new(),
            word => format!("-{word}"),
        };
        let order = &self.search.order;
        let (sorted, next) = if order == word {
            (Some("ascending"), descending.as_str())
        } else if *order == descending {
            (Some("descending"), word)
        } else if word == "received" {
            (None, "")
        } else {
            (None, word)
        };
        let mut pairs = self.search.pairs();
        if let Some((_, text)) = pairs.last_mut() {
            *text = next;
        }
        Head {
            sorted,
            href: address("/inbound", &pairs),
        }
    }
}

/// A head of the table that sorts it.
struct Head {
    sorted: Option<&'static str>,
    href: String,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_sorts_and_the_second_time_turns_around() {
        let heads = |order: &str, word| {
            let search = InboundSearch {
                q: "a b".to_owned(),
                order: order.to_owned(),
                ..InboundSearch::default()
            };
            let head = InboundFilter::new(search, Vec::new()).head(word);
            (head.sorted, head.href)
        };
        for (order, word, sorted, query) in [
            ("", "received", Some("descending"), "&order=received"),
            ("received", "received", Some("ascending"), ""),
            ("from", "received", None, ""),
            ("", "from", None, "&order=from"),
            ("from", "from", Some("ascending"), "&order=-from"),
            ("-from", "from", Some("descending"), "&order=from"),
        ] {
            let href = format!("/inbound?q=a%20b{query}");
            assert_eq!(heads(order, word), (sorted, href), "{order} {word}");
        }
    }
}
