//! `PATCH /v1/domains/{domain}/warming`

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    warming::{self, WarmingChange, provider_share},
};
use postscale_model::Invalid;
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::WarmingBody;
use crate::{input::given, segments::DomainSegment};

/// What to change; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = UpdateWarmingRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRequest {
    /// Percent of a day's limit, 1 to 100, that single mailbox providers get at most, such as
    /// `{"google": 40}`: all of them. Empty or null lifts every share.
    #[serde(default, deserialize_with = "given")]
    provider_shares: Option<Option<BTreeMap<String, i64>>>,
}

impl TryFrom<UpdateRequest> for WarmingChange {
    type Error = Invalid;
    fn try_from(request: UpdateRequest) -> Result<Self, Invalid> {
        let shares = request.provider_shares.map(|given| {
            let given = given.unwrap_or_default().into_iter();
            given
                .map(|(provider, percent)| provider_share(&provider, percent))
                .collect()
        });
        Ok(Self {
            provider_shares: shares.transpose()?,
        })
    }
}

pub(super) async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<WarmingBody>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    let updated = warming::update(&app, &caller, &domain, change).await?;
    Ok(Json(updated.into()))
}
