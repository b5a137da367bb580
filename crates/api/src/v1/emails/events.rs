//! `GET /v1/emails/{id}/events`

use axum::{Json, extract::State};
use postscale_actions::{App, emails};
use postscale_model::{EmailEvent, EmailId, Word as _};
use postscale_web::{Problem, Ref, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::ReplyBody;
use crate::segments::IdSegment;

/// Something that happened to one recipient.
#[derive(Debug, Serialize, ToSchema)]
struct EventBody {
    id: String,
    event_type: &'static str,
    recipient: String,
    timestamp: String,
    attempt: i64,
    mx_host: Option<String>,
    reply: Option<ReplyBody>,
    bounce_type: Option<&'static str>,
}

impl From<&EmailEvent> for EventBody {
    fn from(event: &EmailEvent) -> Self {
        Self {
            id: event.id.to_string(),
            event_type: event.event_type.as_str(),
            recipient: event.recipient.clone(),
            timestamp: event.at.to_rfc3339(),
            attempt: event.attempt,
            mx_host: event.mx_host.clone(),
            reply: event.reply.as_ref().map(Into::into),
            bounce_type: event.bounce_type.map(|kind| kind.as_str()),
        }
    }
}

/// What happened, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventsBody {
    events: Vec<EventBody>,
}

pub(super) async fn events(
    State(app): State<App>,
    caller: RequestCaller,
    email: Ref<IdSegment, EmailId>,
) -> Result<Json<EventsBody>, Problem> {
    let events = emails::events(&app, &caller, email.id).await?;
    Ok(Json(EventsBody {
        events: events.iter().map(EventBody::from).collect(),
    }))
}
