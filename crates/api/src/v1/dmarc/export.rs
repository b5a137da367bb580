//! `POST /v1/domains/{domain}/dmarc/exports`

use axum::{extract::State, response::Response};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    dmarc::{self, Days},
};
use postscale_model::Invalid;
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::segments::DomainSegment;

/// Which records to write out.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DmarcExportRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportRequest {
    /// Today and the days before it, in UTC, 1 to 365; 30 by default.
    days: Option<u64>,
}

impl TryFrom<ExportRequest> for Days {
    type Error = Invalid;
    fn try_from(request: ExportRequest) -> Result<Self, Invalid> {
        request.days.map_or(Ok(Self::default()), Self::new)
    }
}

pub(super) async fn export(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Response, Problem> {
    let days = body.late::<ExportRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    let export = dmarc::export(&app, &caller, &domain, days).await?;
    Ok(postscale_web::dmarc_records(export).await?)
}
