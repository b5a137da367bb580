//! `GET /v1/emails/{id}`

use axum::{Json, extract::State};
use postscale_actions::{App, emails};
use postscale_model::EmailId;
use postscale_web::{Problem, Ref, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{EmailBody, RecipientBody};
use crate::segments::IdSegment;

/// A message with its recipients; what it says only for callers with write access.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FullEmailBody {
    #[serde(flatten)]
    email: EmailBody,
    recipients: Vec<RecipientBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_body: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html_body: Option<Option<String>>,
}

/// The public clients expect the message wrapped.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EmailEnvelope {
    email: FullEmailBody,
}

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    email: Ref<IdSegment, EmailId>,
) -> Result<Json<EmailEnvelope>, Problem> {
    let view = emails::get(&app, &caller, email.id).await?;
    let (text_body, html_body) = view
        .content
        .map(|content| (content.text, content.html))
        .unzip();
    Ok(Json(EmailEnvelope {
        email: FullEmailBody {
            email: EmailBody::from(&view.email),
            recipients: view.recipients.iter().map(Into::into).collect(),
            text_body,
            html_body,
        },
    }))
}
