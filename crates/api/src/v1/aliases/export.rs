//! `POST /v1/aliases/exports`

use axum::{extract::State, response::Response};
use postscale_actions::{
    App,
    aliases::{self, AliasFilter},
};
use postscale_model::Invalid;
use postscale_web::{JsonBody, Problem, RequestCaller, sought};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input::filter_id;

/// Which aliases to write out; all that are given must fit.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AliasExportRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportRequest {
    /// Substring of the address or the description.
    q: Option<String>,
    /// Id of the domain.
    domain_id: Option<String>,
    active: Option<bool>,
    is_masked: Option<bool>,
}

impl TryFrom<ExportRequest> for AliasFilter {
    type Error = Invalid;
    fn try_from(request: ExportRequest) -> Result<Self, Invalid> {
        Ok(Self {
            domain_id: filter_id(request.domain_id.as_deref()),
            query: request.q.map(|text| sought("q", text)).transpose()?,
            active: request.active,
            is_masked: request.is_masked,
        })
    }
}

pub(super) async fn export(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let filter = body.late::<ExportRequest>().and_then(TryInto::try_into);
    let export = aliases::export(&app, &caller, filter).await?;
    Ok(postscale_web::aliases(export).await?)
}
