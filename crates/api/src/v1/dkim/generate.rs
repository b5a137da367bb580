//! `POST /v1/domains/{domain}/dkim`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    dkim::{self, NewKey},
};
use postscale_model::{DkimAlgorithm, Invalid, Selector};
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KeyBody, RecordBody};
use crate::{input::optional_word, segments::DomainSegment};

/// The selector of a key generated without naming one.
const SELECTOR_DEFAULT: &str = "postscale1";

/// What to generate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GenerateRequest {
    /// `postscale1` by default.
    selector: Option<String>,
    /// `rsa2048` (default), `rsa4096` or `ed25519`.
    algorithm: Option<String>,
}

/// A new key and the record to publish.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GeneratedBody {
    key: KeyBody,
    dns_record: RecordBody,
    message: String,
}

/// Reads a selector.
pub(super) fn selector(name: &'static str, text: &str) -> Result<Selector, Invalid> {
    text.parse()
        .map_err(|problem| Invalid::field(name, format!("{problem}")))
}

impl TryFrom<GenerateRequest> for NewKey {
    type Error = Invalid;
    fn try_from(request: GenerateRequest) -> Result<Self, Invalid> {
        let named = request.selector.as_deref().unwrap_or(SELECTOR_DEFAULT);
        Ok(Self {
            selector: selector("selector", named)?,
            algorithm: optional_word("algorithm", request.algorithm.as_deref())?
                .unwrap_or(DkimAlgorithm::Rsa2048),
        })
    }
}

pub(super) async fn generate(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<GeneratedBody>, Problem> {
    let new = body.late::<GenerateRequest>().and_then(TryInto::try_into);
    let (domain, key) = dkim::generate(&app, &caller, &DomainRef::parse(&domain.text), new).await?;
    let dns_record = RecordBody::new(&domain, &key);
    let message = format!(
        "Publish the TXT record {} and verify the domain; the key signs from then on",
        dns_record.name
    );
    Ok(Json(GeneratedBody {
        key: KeyBody::new(&domain, &key, &[]),
        dns_record,
        message,
    }))
}
