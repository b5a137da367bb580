//! `GET /v1/webhooks`

use axum::{Json, extract::State};
use postscale_actions::{App, webhooks};
use postscale_web::{Problem, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::WebhookBody;

/// Webhooks, complete: the public clients do not page here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    webhooks: Vec<WebhookBody>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
) -> Result<Json<ListBody>, Problem> {
    let all = webhooks::list(&app, &caller).await?;
    Ok(Json(ListBody {
        webhooks: all.iter().map(WebhookBody::from).collect(),
    }))
}
