//! `GET /v1/inbound-emails/{id}`

use axum::{Json, extract::State};
use postscale_actions::{
    App,
    inbound_emails::{self, InboundContent},
};
use postscale_model::{Attachment, InboundEmail, InboundEmailId, MessageHeader, Word as _};
use postscale_web::{Problem, Ref, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::RowBody;
use crate::segments::IdSegment;

/// One header field, unfolded and decoded.
#[derive(Debug, Serialize, ToSchema)]
struct HeaderBody {
    name: String,
    value: String,
}

impl From<MessageHeader> for HeaderBody {
    fn from(header: MessageHeader) -> Self {
        Self {
            name: header.name,
            value: header.value,
        }
    }
}

/// An attachment.
#[derive(Debug, Serialize, ToSchema)]
struct AttachmentBody {
    id: String,
    filename: String,
    content_type: String,
    size: i64,
    /// Where to download it, with the same credential.
    url: String,
}

/// A received message; what it says only for callers with write access.
#[derive(Debug, Serialize, ToSchema)]
struct FullBody {
    #[serde(flatten)]
    row: RowBody,
    domain_id: String,
    from: String,
    to: String,
    envelope_sender: String,
    envelope_recipient: String,
    spf: &'static str,
    dkim: &'static str,
    dmarc: &'static str,
    arc: &'static str,
    /// Whether the message is larger or deeper than what is told here.
    limits_exceeded: bool,
    size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Vec<HeaderBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<Vec<AttachmentBody>>,
}

/// The public clients expect the message wrapped.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InboundEnvelope {
    email: FullBody,
}

fn attachment(app: &App, email: InboundEmailId, attachment: Attachment) -> AttachmentBody {
    let id = attachment.id;
    AttachmentBody {
        id: id.to_string(),
        filename: attachment.filename,
        content_type: attachment.content_type,
        size: attachment.size_bytes,
        url: format!(
            "{}/v1/inbound-emails/{email}/attachments/{id}/download",
            app.links.public_url
        ),
    }
}

fn metadata(email: &InboundEmail) -> FullBody {
    FullBody {
        row: RowBody::from(email),
        domain_id: email.domain_id.to_string(),
        from: email.from_address.clone(),
        to: email.to_address.clone(),
        envelope_sender: email.envelope_sender.clone(),
        envelope_recipient: email.envelope_recipient.clone(),
        spf: email.spf.as_str(),
        dkim: email.dkim.as_str(),
        dmarc: email.dmarc.as_str(),
        arc: email.arc.as_str(),
        limits_exceeded: email.limits_exceeded,
        size: email.size_bytes,
        text: None,
        html: None,
        headers: None,
        attachments: None,
    }
}

fn with_content(app: &App, email: &InboundEmail, content: InboundContent) -> FullBody {
    let attachments = content.attachments.into_iter();
    FullBody {
        text: Some(content.parsed.text),
        html: Some(content.parsed.html),
        headers: Some(content.parsed.headers.into_iter().map(Into::into).collect()),
        attachments: Some(
            attachments
                .map(|one| attachment(app, email.id, one))
                .collect(),
        ),
        ..metadata(email)
    }
}

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    email: Ref<IdSegment, InboundEmailId>,
) -> Result<Json<InboundEnvelope>, Problem> {
    let view = inbound_emails::get(&app, &caller, email.id).await?;
    let email = match view.content {
        Some(content) => with_content(&app, &view.email, content),
        None => metadata(&view.email),
    };
    Ok(Json(InboundEnvelope { email }))
}
