//! `POST /v1/send`

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use postscale_actions::{
    App,
    emails::{self, Draft, DraftAttachment, NewMessage, Rest},
};
use postscale_model::{Invalid, Mailbox, Timestamp, Word as _};
use postscale_web::{JsonBody, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Octets of a request: 50 MiB of attachments in base64, and the rest.
const BYTES_MAX: usize = 80 * 1024 * 1024;
/// Octets of a subject (RFC 5322 §2.1.1).
const SUBJECT_BYTES_MAX: usize = 998;
/// Custom header fields.
const HEADERS_MAX: usize = 50;
/// Attachments of one message, as the public clients check too.
const ATTACHMENTS_MAX: usize = 10;
/// Octets of one attachment, decoded.
const ATTACHMENT_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Octets of all attachments, decoded.
const ATTACHMENTS_BYTES_MAX: usize = 50 * 1024 * 1024;

/// One address or several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// A file to attach.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AttachmentRequest {
    filename: String,
    /// Base64; a data-URL prefix is accepted.
    content: String,
    /// A media type, which may have parameters such as `charset`; `application/octet-stream` by
    /// default.
    content_type: Option<String>,
    /// For inline images: what `cid:` names.
    content_id: Option<String>,
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendRequest {
    /// `address` or `Name <address>`, on a domain you may send from.
    from: String,
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
    #[serde(default)]
    bcc: Vec<String>,
    reply_to: Option<OneOrMany>,
    subject: Option<String>,
    html_body: Option<String>,
    text_body: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    attachments: Vec<AttachmentRequest>,
}

/// An accepted message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SentBody {
    message_id: String,
    /// The resource's id, for `/v1/emails/{id}`.
    id: String,
    status: &'static str,
    environment: &'static str,
}

pub(super) async fn send(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody<BYTES_MAX>,
) -> Result<(StatusCode, Json<SentBody>), Problem> {
    let new = body.late::<SendRequest>().and_then(new_message);
    let email = emails::send(&app, &caller, new).await?.email;
    let sent = SentBody {
        message_id: email.message_id,
        id: email.id.to_string(),
        status: email.status.as_str(),
        environment: email.environment.as_str(),
    };
    Ok((StatusCode::ACCEPTED, Json(sent)))
}

fn new_message(request: SendRequest) -> Result<NewMessage, Invalid> {
    let from = mailbox("from", &request.from)?;
    let rest = rest(from.clone(), request);
    Ok(NewMessage { from, rest })
}

fn rest(from: Mailbox, request: SendRequest) -> Result<Rest, Invalid> {
    if request.to.is_empty() {
        return Err(Invalid::field("to", "must name at least one recipient"));
    }
    let subject = request
        .subject
        .ok_or_else(|| Invalid::field("subject", "is required"))?;
    if subject.len() > SUBJECT_BYTES_MAX {
        return Err(Invalid::field("subject", "must have at most 998 bytes"));
    }
    if request.html_body.is_none() && request.text_body.is_none() {
        return Err(Invalid::field("text_body", "or html_body is required"));
    }
    if request.headers.len() > HEADERS_MAX {
        return Err(Invalid::field("headers", "must have at most 50 members"));
    }
    let reply_to = match request.reply_to {
        None => Vec::new(),
        Some(OneOrMany::One(one)) => vec![mailbox("reply_to", &one)?],
        Some(OneOrMany::Many(many)) => mailboxes("reply_to", &many)?,
    };
    let draft = Draft {
        from,
        sender: None,
        to: mailboxes("to", &request.to)?,
        cc: mailboxes("cc", &request.cc)?,
        reply_to,
        subject,
        text: request.text_body,
        html: request.html_body,
        headers: request.headers.into_iter().collect(),
        attachments: attachments(request.attachments)?,
        message_id: String::new(),
        date: Timestamp::from_micros(0),
    };
    let bcc = mailboxes("bcc", &request.bcc)?;
    Ok(Rest {
        draft,
        bcc,
        tags: request.tags,
        metadata: request.metadata,
    })
}

fn mailbox(field: &str, text: &str) -> Result<Mailbox, Invalid> {
    text.parse()
        .map_err(|problem| Invalid::field(field, format!("{problem}")))
}

fn mailboxes(field: &str, texts: &[String]) -> Result<Vec<Mailbox>, Invalid> {
    if texts.len() > emails::RECIPIENTS_MAX {
        return Err(Invalid::field(field, "must name at most 50 addresses"));
    }
    texts
        .iter()
        .enumerate()
        .map(|(i, text)| mailbox(&format!("{field}[{i}]"), text))
        .collect()
}

fn attachments(requests: Vec<AttachmentRequest>) -> Result<Vec<DraftAttachment>, Invalid> {
    if requests.len() > ATTACHMENTS_MAX {
        return Err(Invalid::field("attachments", "must be at most 10"));
    }
    let mut all = Vec::with_capacity(requests.len());
    let mut octets = 0;
    for (i, request) in requests.into_iter().enumerate() {
        let field = |name: &str| format!("attachments[{i}].{name}");
        let encoded = request.content.rsplit(',').next().unwrap_or_default();
        let content = STANDARD
            .decode(encoded.trim())
            .map_err(|_| Invalid::field(field("content"), "must be base64"))?;
        if content.is_empty() {
            return Err(Invalid::field(field("content"), "must not be empty"));
        }
        octets += content.len();
        if content.len() > ATTACHMENT_BYTES_MAX || octets > ATTACHMENTS_BYTES_MAX {
            return Err(Invalid::field(
                field("content"),
                "is over 25 MiB, or all attachments are over 50 MiB",
            ));
        }
        all.push(DraftAttachment {
            filename: request.filename,
            content_type: request
                .content_type
                .unwrap_or_else(|| "application/octet-stream".into()),
            content,
            content_id: request.content_id,
        });
    }
    Ok(all)
}
