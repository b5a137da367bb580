//! `GET /v1/inbound-emails/{id}/attachments/{attachment}/download`

use axum::{extract::State, response::Response};
use postscale_actions::{App, inbound_emails};
use postscale_model::{AttachmentId, InboundEmailId};
use postscale_web::{Problem, Ref, RequestCaller};

use crate::segments::{AttachmentSegment, IdSegment};

pub(super) async fn download(
    State(app): State<App>,
    caller: RequestCaller,
    email: Ref<IdSegment, InboundEmailId>,
    attachment: Ref<AttachmentSegment, AttachmentId>,
) -> Result<Response, Problem> {
    let found = inbound_emails::attachment(&app, &caller, email.id, attachment.id).await?;
    let about = found.attachment;
    Ok(postscale_web::download(
        &about.content_type,
        &about.filename,
        found.octets,
    ))
}
