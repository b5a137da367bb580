//! Why somebody, or a key, may or may not: the whole derivation on one domain.

use postscale_access::{Class, DomainRef, Late, action};
use postscale_actions::access::{self, Explained, Question};
use postscale_model::{ApiKeyId, UserId};
use postscale_web::{Name, Query, Ref};

use crate::{
    answer::{self, Answer},
    refusal::Refusal,
    segments::{DomainSegment, IdSegment},
    ui::{Chip, Choice, Notice, Section, SelectField, Tone},
    views::access::{ExplainPage, ExplainedPart, ExplainedStepRow},
    visit::Visit,
};

/// What is told of in any case: seeing a domain, sending from it, operating it.
const ALWAYS: [(&str, &str); 3] = [
    ("domain.read", "See it"),
    ("message.send", "Send from it"),
    ("domain.settings.update", "Operate it"),
];

/// Whom it is about, as the use case is asked.
#[derive(Clone, Copy)]
struct About {
    user: Option<Option<UserId>>,
    api_key: Option<Option<ApiKeyId>>,
}

pub(super) async fn of_user(
    visit: Visit,
    id: Ref<IdSegment, UserId>,
    domain: Name<DomainSegment>,
    query: Query,
) -> Answer {
    let about = About {
        user: Some(id.id),
        api_key: None,
    };
    page(&visit, about, &domain.text, &query).await
}

pub(super) async fn of_key(
    visit: Visit,
    id: Ref<IdSegment, ApiKeyId>,
    domain: Name<DomainSegment>,
    query: Query,
) -> Answer {
    let about = About {
        user: None,
        api_key: Some(id.id),
    };
    page(&visit, about, &domain.text, &query).await
}

async fn page(visit: &Visit, about: About, domain: &str, query: &Query) -> Answer {
    let ask = async |action: &str| {
        let question = Question {
            user: about.user,
            domain: DomainRef::parse(domain),
            action: Ok(action.to_owned()),
            api_key: about.api_key,
        };
        access::explain(&visit.app, &visit.caller, Late::from(question)).await
    };
    let mut parts = Vec::new();
    let first = ask(ALWAYS[0].0).await?;
    let wanted = query.text("action").ok().flatten().unwrap_or_default();
    let mut refusal = Refusal::none();
    if !wanted.is_empty() {
        match ask(wanted).await {
            Ok(explained) => parts.push(part(wanted.to_owned(), explained)),
            Err(error) => refusal = Refusal::of(error, |_| None)?,
        }
    }
    for (action, label) in ALWAYS {
        parts.push(part(label.to_owned(), ask(action).await?));
    }
    let mut shell = visit.reader(Section::Team).await?.shell;
    let status = refusal.status;
    let unknown = refusal.take("action");
    shell.notice = unknown.map(Notice::failed).or(shell.notice);
    let key = first.api_key.as_ref();
    let view = ExplainPage {
        shell,
        person: first.user.name.clone(),
        user_path: format!("/team/users/{}", first.user.id),
        key: key.map(|key| (key.name.clone(), format!("/api-keys/{}", key.id))),
        domain: first.domain.name.to_unicode(),
        path: match key {
            Some(key) => format!("/api-keys/{}/access/{}", key.id, first.domain.id),
            None => format!("/team/users/{}/access/{}", first.user.id, first.domain.id),
        },
        action: actions().choose(wanted),
        parts,
    };
    answer::page(status, &view)
}

/// Every action that is about a domain.
fn actions() -> SelectField {
    let of_domain = |class: Class| {
        matches!(
            class,
            Class::DomainRead
                | Class::DomainWrite
                | Class::DomainWritePerson
                | Class::DomainAdmin
                | Class::DomainNobody
                | Class::SendByName
                | Class::WriteByName
        )
    };
    let mut choices = vec![Choice::new("", "See, send and operate")];
    choices.extend(
        action::ALL
            .iter()
            .filter(|action| of_domain(action.class()))
            .map(|action| Choice::new(action.name(), action.name())),
    );
    SelectField::new("action", "Action", choices)
}

fn part(label: String, explained: Explained) -> ExplainedPart {
    ExplainedPart {
        label,
        result: match explained.result {
            Ok(()) => Chip::new(Tone::Good, "Allowed"),
            Err(refusal) => Chip::new(Tone::Bad, format!("Refused, {}", refusal.status())),
        },
        steps: explained
            .steps
            .into_iter()
            .map(|step| ExplainedStepRow {
                holds: step.holds,
                text: step.text,
            })
            .collect(),
    }
}
