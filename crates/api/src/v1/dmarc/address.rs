//! `GET /v1/domains/{domain}/dmarc/address`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, dmarc};
use postscale_web::{Name, Problem, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use crate::segments::DomainSegment;

/// Where reports about a domain go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcAddressBody)]
pub(super) struct AddressBody {
    address: String,
    /// Name of the TXT record that asks for reports.
    name: String,
    /// The value it may have; another policy of yours does as well, with the address in `rua`.
    record: String,
}

pub(super) async fn address(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<Json<AddressBody>, Problem> {
    let found = dmarc::address(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    Ok(Json(AddressBody {
        address: found.address,
        name: found.record_name,
        record: found.record,
    }))
}
