//! `GET /v1/webhooks/{id}/deliveries`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{App, webhooks};
use postscale_model::WebhookId;
use postscale_web::{Problem, Query, Ref, RequestCaller};

use crate::{
    segments::IdSegment,
    v1::webhook_deliveries::{ListBody, input_of_one},
};

pub(super) async fn deliveries(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let input = Late::new(input_of_one(&query));
    let found = webhooks::deliveries(&app, &caller, webhook.id, input).await?;
    Ok(Json(ListBody::new(found)))
}
