//! `POST /v1/domains/{domain}/dkim/{selector}/verify`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, dkim};
use postscale_model::{CheckStatus, Word as _};
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{KeyBody, RecordBody};
use crate::segments::{DomainSegment, SelectorSegment};

/// A key after its record was looked up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VerifiedDkimKeyBody)]
pub(super) struct VerifiedBody {
    /// Whether the record is there now.
    verified: bool,
    /// `verified`, `missing`, `mismatch` or `unknown`.
    status: &'static str,
    found: Vec<String>,
    key: KeyBody,
    dns_record: RecordBody,
    message: String,
}

pub(super) async fn verify(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    selector: Name<SelectorSegment>,
    body: JsonBody,
) -> Result<Json<VerifiedBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let selector = selector.text.parse().ok();
    let seen = dkim::verify(&app, &caller, &domain, selector, body.nothing()).await?;
    let (domain, keys) = dkim::list(&app, &caller, &domain).await?;
    let message = match (seen.status, &seen.replaced) {
        (CheckStatus::Verified, Some(old)) if old.is_published() => format!(
            "The record is there and the key signs. {} retires; leave its record in DNS for a week more",
            old.selector
        ),
        (CheckStatus::Verified, _) => "The record is there".to_owned(),
        (CheckStatus::Mismatch, _) => {
            "Another value than that of the key was found at the record's name".to_owned()
        }
        (CheckStatus::Missing, _) => "There is no such record".to_owned(),
        (CheckStatus::Unchecked | CheckStatus::Unknown, _) => {
            "DNS could not be asked; nothing has changed".to_owned()
        }
    };
    Ok(Json(VerifiedBody {
        verified: seen.status == CheckStatus::Verified,
        status: seen.status.as_str(),
        found: seen.found,
        dns_record: RecordBody::new(&domain, &seen.key),
        key: KeyBody::new(&domain, &seen.key, &keys),
        message,
    }))
}
