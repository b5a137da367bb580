//! `GET /inbound/{id}`, its HTML alone for the frame, its attachments, `POST /inbound/{id}/replay`,
//! `POST /inbound/{id}/delete`

use postscale_actions::{
    inbound_emails::{self, InboundContent, InboundView},
    shown_html,
};
use postscale_model::{Attachment, AttachmentId, InboundAction, InboundEmail, InboundEmailId};
use postscale_web::{FormBody, Ref, download};

use super::verdict::verdicts;

use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    pages::{shown_name, size},
    segments::{AttachmentSegment, IdSegment},
    ui::{Chip, Notice, Section},
    views::{
        emails::MessageBody,
        inbound::{self as views, AttachmentRow, InboundPage},
        words::inbound_action_label,
    },
    visit::Visit,
};

/// What is told about a message of which not all was read.
const INCOMPLETE: &str = "The message has more parts, deeper nesting or longer fields than are read. What is missing here is in the stored message.";

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, InboundEmailId>) -> Answer {
    let view = inbound_emails::get(&visit.app, &visit.caller, id.id).await?;
    let shell = visit.reader(Section::Inbound).await?.shell;
    let InboundView {
        email,
        rule_name,
        content,
    } = view;
    // Of what a rule refused there is nothing but the envelope.
    let is_rejected = email.action == InboundAction::Reject;
    let content = content.filter(|_| !is_rejected);
    let id = email.id.to_string();
    let alias = email.alias_id.map(|alias| {
        (
            format!("/aliases/{alias}"),
            email.envelope_recipient.clone(),
        )
    });
    shown(&InboundPage {
        shell,
        status: Chip::inbound(&email),
        verdicts: verdicts(&email),
        received_at: email.received_at.into(),
        processed_at: email.processed_at.map(Into::into),
        headers: headers(&email),
        alias,
        action: inbound_action_label(email.action),
        rule: email.rule.as_ref().map(|rule| match rule_name {
            Some(name) => {
                let path = format!("/domains/{}/rules/{}", email.domain_id, rule.id);
                (Some(path), name)
            }
            None => (None, "A rule that is gone".to_owned()),
        }),
        tags: email.tags.clone(),
        tester: content
            .is_some()
            .then(|| format!("/domains/{}/rules/test?message={id}", email.domain_id)),
        incomplete: email.limits_exceeded.then(|| Notice::hint(INCOMPLETE)),
        may_replay: content.is_some() && does_anything(&email),
        content: match content {
            Some(content) => Some(what_it_says(&id, content).await?),
            None => None,
        },
        no_content: if is_rejected {
            "A rule refused it, so what it says was not kept."
        } else {
            "The content is shown to people with write access to this domain."
        },
        subject: shown_name(&email.subject),
        id,
    })
}

fn headers(email: &InboundEmail) -> Vec<(&'static str, String)> {
    let sender = match email.envelope_sender.as_str() {
        "" => "<> (a report, nobody to answer to)",
        sender => sender,
    };
    let headers = [
        ("From", email.from_address.clone()),
        ("To", email.to_address.clone()),
        ("Envelope sender", sender.to_owned()),
        ("Envelope recipient", email.envelope_recipient.clone()),
        ("Message-ID", email.message_id.clone()),
        ("Size", size(email.size_bytes)),
    ];
    headers
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// What only keeps mail does nothing with it the second time either.
fn does_anything(email: &InboundEmail) -> bool {
    let is_of_catch_all = email.alias_id.is_none() && email.rule.is_none();
    email.action != InboundAction::Store || is_of_catch_all
}

async fn what_it_says(
    id: &str,
    content: InboundContent,
) -> Result<views::InboundContent, postscale_web::Problem> {
    let InboundContent {
        parsed,
        attachments,
    } = content;
    let links = match &parsed.html {
        Some(html) => shown_html(html.clone()).await?.links,
        None => Vec::new(),
    };
    Ok(views::InboundContent {
        body: MessageBody {
            text: parsed.text,
            html_src: parsed.html.map(|_| format!("/inbound/{id}/html")),
        },
        links,
        headers: parsed.headers,
        attachments: attachments
            .iter()
            .map(|file| attachment_row(id, file))
            .collect(),
    })
}

fn attachment_row(id: &str, file: &Attachment) -> AttachmentRow {
    AttachmentRow {
        href: format!("/inbound/{id}/attachments/{}", file.id),
        filename: shown_name(&file.filename),
        about: format!("{} · {}", file.content_type, size(file.size_bytes)),
    }
}

pub(super) async fn html(visit: Visit, id: Ref<IdSegment, InboundEmailId>) -> Answer {
    let shown = inbound_emails::html(&visit.app, &visit.caller, id.id).await?;
    Ok(answer::foreign(&shown.html))
}

pub(super) async fn attachment(
    visit: Visit,
    email: Ref<IdSegment, InboundEmailId>,
    id: Ref<AttachmentSegment, AttachmentId>,
) -> Answer {
    let found = inbound_emails::attachment(&visit.app, &visit.caller, email.id, id.id).await?;
    let about = found.attachment;
    Ok(download(
        &about.content_type,
        &shown_name(&about.filename),
        found.octets,
    ))
}

pub(super) async fn replay(
    visit: Visit,
    id: Ref<IdSegment, InboundEmailId>,
    _form: FormBody,
) -> Answer {
    let email = inbound_emails::replay(&visit.app, &visit.caller, id.id, ().into()).await?;
    let path = format!("/inbound/{}", email.id);
    Ok(done::to(&path, Done::InboundReplayed, &visit.settings))
}

pub(super) async fn delete(
    visit: Visit,
    id: Ref<IdSegment, InboundEmailId>,
    _form: FormBody,
) -> Answer {
    inbound_emails::delete(&visit.app, &visit.caller, id.id).await?;
    Ok(done::to("/inbound", Done::InboundDeleted, &visit.settings))
}
