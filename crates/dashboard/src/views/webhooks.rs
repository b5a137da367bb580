//! Webhooks: the list, the form to make one, one endpoint with its recent deliveries.

use askama::Template;
use postscale_model::{KeyScope, WebhookEvent, Word};

use crate::ui::{
    CheckGroup, Chip, Choice, Copy, Empty, InputKind, Moment, RadioGroup, SelectField, Shell,
    TextField,
};

/// `/webhooks`
#[derive(Debug, Template)]
#[template(path = "pages/webhooks/list.html")]
pub struct WebhookListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The endpoints that are visible.
    pub rows: Vec<WebhookRow>,
    /// May make one for some domain.
    pub may_create: bool,
}

impl WebhookListPage {
    fn empty(&self) -> Empty {
        let empty = Empty::new(
            "No webhooks yet",
            "A webhook is told by HTTPS when mail is received, delivered or bounced.",
        );
        if self.may_create {
            empty.with_action("/webhooks/new", "Create webhook")
        } else {
            empty
        }
    }
}

/// An endpoint in the list.
#[derive(Debug)]
pub struct WebhookRow {
    /// Its id.
    pub id: String,
    /// Where to.
    pub url: String,
    /// Its owner's note.
    pub description: String,
    /// Which events.
    pub events: Vec<String>,
    /// Which domains, as shown.
    pub reach: String,
    /// Whether it is told anything.
    pub status: Chip,
}

/// What was entered into the form of a webhook.
#[derive(Debug, Clone, Default)]
pub struct WebhookEntry {
    /// Where to.
    pub url: String,
    /// The events' words.
    pub events: Vec<String>,
    /// The scope's word.
    pub scope: String,
    /// The ids of the domains.
    pub domain_ids: Vec<String>,
    /// The note.
    pub description: String,
}

/// Why what was entered is refused, per field.
#[derive(Debug, Clone, Default)]
pub struct WebhookErrors {
    /// Of the address.
    pub url: Option<String>,
    /// Of the events.
    pub events: Option<String>,
    /// Of the domains.
    pub domain_ids: Option<String>,
    /// Of the note.
    pub description: Option<String>,
}

/// `/webhooks/new`
#[derive(Debug, Template)]
#[template(path = "pages/webhooks/new.html")]
pub struct NewWebhookPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Where to.
    pub url: TextField,
    /// Which events.
    pub events: CheckGroup,
    /// Every domain or some; absent for those who may only name domains.
    pub scope: Option<RadioGroup>,
    /// Which domains: those the reader may write.
    pub domains: CheckGroup,
    /// A note.
    pub description: TextField,
}

/// Every domain or the ones picked: the choice of those who may have every domain.
#[must_use]
pub fn scope_group(all: &str, some: &str, chosen: &str) -> RadioGroup {
    let choices = vec![
        Choice::new(KeyScope::Organization.as_str(), "Every domain").hint(all),
        Choice::new(KeyScope::Domains.as_str(), "Some domains").hint(some),
    ];
    RadioGroup::new("scope", "Which domains", choices).choose(chosen)
}

impl NewWebhookPage {
    /// The form. `scope` is the group of those who may choose every domain.
    #[must_use]
    pub fn new(
        shell: Shell,
        entry: &WebhookEntry,
        errors: WebhookErrors,
        scope: Option<RadioGroup>,
        domains: Vec<Choice>,
    ) -> Self {
        let choices = WebhookEvent::ALL
            .iter()
            .map(|e| Choice::new(e.as_str(), e.as_str()).hint(told(*e)));
        Self {
            shell,
            url: TextField::new(InputKind::Url, "url", "URL")
                .value(&entry.url)
                .placeholder("https://example.com/hooks/mail")
                .hint("Called by POST with a signed JSON body. Must be HTTPS.")
                .error(errors.url)
                .required(),
            events: CheckGroup::new("events", "Events", choices.collect())
                .choose(&entry.events)
                .error(errors.events),
            scope,
            domains: CheckGroup::new("domain_ids", "Domains", domains)
                .choose(&entry.domain_ids)
                .hint("It is told about mail of these domains only.")
                .error(errors.domain_ids),
            description: TextField::new(InputKind::Text, "description", "Description")
                .value(&entry.description)
                .hint("A note for your team. Optional.")
                .error(errors.description),
        }
    }
}

const fn told(event: WebhookEvent) -> &'static str {
    match event {
        WebhookEvent::EmailReceived => "A message came in.",
        WebhookEvent::EmailSent => "A message was handed to the recipient’s server.",
        WebhookEvent::EmailDelivered => "A message was delivered.",
        WebhookEvent::EmailBounced => "A message was refused for good.",
        WebhookEvent::EmailDeferred => "A message was refused for now and will be tried again.",
        WebhookEvent::EmailComplained => "A recipient complained.",
        WebhookEvent::DmarcNewSource => {
            "A DMARC report names a host that never sent in the domain’s name before."
        }
    }
}

/// `/webhooks/{id}`; also shown right after creation, with the secret.
#[derive(Debug, Template)]
#[template(path = "pages/webhooks/show.html")]
pub struct WebhookPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Where to.
    pub url: String,
    /// Its owner's note.
    pub description: String,
    /// Whether it is told anything.
    pub status: Chip,
    /// Which events.
    pub events: Vec<String>,
    /// Which domains, as shown.
    pub reach: String,
    /// When it was made.
    pub created_at: Moment,
    /// Its secret, this once.
    pub secret: Option<Copy>,
    /// What it was told lately, newest first.
    pub deliveries: Vec<DeliveryRow>,
    /// Which event to tell it of for a test; absent for those who may not.
    pub test: Option<SelectField>,
    /// What announces to it alone, in words; nothing when nothing does.
    pub named_by: Option<String>,
    /// May delete it.
    pub may_delete: bool,
    /// It is suspended and the reader may take it over.
    pub may_adopt: bool,
}

impl WebhookPage {
    /// What its end means.
    fn consequence(&self) -> String {
        let told = "It is told nothing any more. What it is still owed is dropped.";
        match &self.named_by {
            Some(who) => format!(
                "{told} It is the only webhook of {who}: nobody is told of their mail from then on."
            ),
            None => told.to_owned(),
        }
    }

    /// The choice of an event for a test.
    #[must_use]
    pub fn test_field(events: &[String]) -> SelectField {
        let choices = events.iter().map(|event| Choice::new(event, event));
        SelectField::new("event", "Event", choices.collect())
    }
}

/// One event told to an endpoint.
#[derive(Debug)]
pub struct DeliveryRow {
    /// Which event.
    pub event: String,
    /// Address in this site of the message it speaks of.
    pub message: Option<String>,
    /// Where it is.
    pub status: Chip,
    /// Tries so far.
    pub attempts: i64,
    /// The last answer, such as `HTTP 500` or `connection refused`.
    pub last_answer: Option<String>,
    /// When the event happened.
    pub at: Moment,
}
