//! `GET /v1/domains/{domain}/dkim`, `GET /v1/domains/{domain}/dkim/{selector}`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, dkim};
use postscale_web::{Name, Problem, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{KeyBody, RecordBody};
use crate::segments::{DomainSegment, SelectorSegment};

/// A domain's keys, and the records of those that are not inactive.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DkimKeyListBody)]
pub(super) struct ListBody {
    domain: String,
    keys: Vec<KeyBody>,
    dns_records: Vec<RecordBody>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<Json<ListBody>, Problem> {
    let (domain, keys) = dkim::list(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    let published = keys.iter().filter(|key| key.is_published());
    Ok(Json(ListBody {
        domain: domain.name.to_string(),
        dns_records: published.map(|key| RecordBody::new(&domain, key)).collect(),
        keys: keys
            .iter()
            .map(|key| KeyBody::new(&domain, key, &keys))
            .collect(),
    }))
}

/// A key and its record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShownDkimKeyBody)]
pub(super) struct ShownBody {
    key: KeyBody,
    dns_record: RecordBody,
}

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    selector: Name<SelectorSegment>,
) -> Result<Json<ShownBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let selector = selector.text.parse().ok();
    let (_, key) = dkim::get(&app, &caller, &domain, selector).await?;
    let (domain, keys) = dkim::list(&app, &caller, &domain).await?;
    Ok(Json(ShownBody {
        key: KeyBody::new(&domain, &key, &keys),
        dns_record: RecordBody::new(&domain, &key),
    }))
}
