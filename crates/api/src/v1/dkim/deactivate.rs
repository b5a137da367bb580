//! `DELETE /v1/domains/{domain}/dkim/{selector}`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    dkim::{self, Confirm},
};
use postscale_model::Selector;
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::KeyBody;
use crate::segments::{DomainSegment, SelectorSegment};

/// Whether to take away even the only key that signs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeactivateRequest {
    confirm: Option<bool>,
}

/// The key, which signs no more.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeactivatedBody {
    key: KeyBody,
    message: String,
}

pub(super) async fn deactivate(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    selector: Name<SelectorSegment>,
    body: JsonBody,
) -> Result<Json<DeactivatedBody>, Problem> {
    let confirm = body.late::<DeactivateRequest>().and_then(|request| {
        Ok(if request.confirm == Some(true) {
            Confirm::Yes
        } else {
            Confirm::No
        })
    });
    let domain = DomainRef::parse(&domain.text);
    let selector: Option<Selector> = selector.text.parse().ok();
    let (domain, key) = dkim::deactivate(&app, &caller, &domain, selector, confirm).await?;
    let message = "The key signs no more. Leave its record in DNS for a week, so that mail on its way can still be verified";
    Ok(Json(DeactivatedBody {
        key: KeyBody::new(&domain, &key, &[]),
        message: message.to_owned(),
    }))
}
