//! `/v1/domains/{domain}/dkim`

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::{DomainRef, action};
use postscale_actions::{
    App,
    dkim::{self, Confirm, NewKey},
};
use postscale_model::{DkimAlgorithm, DkimKey, DkimStatus, Domain, Invalid, Selector, Word as _};
use postscale_web::{JsonBody, Name, Problem, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    input::optional_word,
    operation::{reads, takes},
    segments::{DomainSegment, SelectorSegment},
};

/// The selector of a key generated without naming one.
const SELECTOR_DEFAULT: &str = "postscale1";

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/domains/{domain}/dkim",
            &[action::DKIM_GENERATE.into()],
            generate,
            takes::<GenerateRequest, GeneratedBody>("Generate a DKIM key", StatusCode::OK),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dkim",
            &[action::DKIM_LIST.into()],
            list,
            reads::<ListBody>("List a domain's DKIM keys", &[]),
        )
        .operation(
            Method::DELETE,
            "/v1/domains/{domain}/dkim/{selector}",
            &[action::DKIM_DEACTIVATE.into()],
            deactivate,
            takes::<DeactivateRequest, DeactivatedBody>("Deactivate a DKIM key", StatusCode::OK),
        )
}

/// A DKIM key; its private half is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DkimKeyBody)]
struct KeyBody {
    selector: String,
    domain: String,
    public_key: String,
    algorithm: &'static str,
    status: &'static str,
    active: bool,
    verified: bool,
    verified_at: Option<String>,
    created_at: String,
}

/// The record to publish for a key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DkimRecordBody)]
struct RecordBody {
    r#type: &'static str,
    name: String,
    value: String,
}

fn key_body(domain: &Domain, key: &DkimKey) -> KeyBody {
    KeyBody {
        selector: key.selector.to_string(),
        domain: domain.name.to_string(),
        public_key: key.public_key.clone(),
        algorithm: key.algorithm.as_str(),
        status: key.status.as_str(),
        active: matches!(key.status, DkimStatus::Active | DkimStatus::Pending),
        verified: key.verified(),
        verified_at: key.verified_at.map(|at| at.to_rfc3339()),
        created_at: key.created_at.to_rfc3339(),
    }
}

fn record_body(domain: &Domain, key: &DkimKey) -> RecordBody {
    let name = format!("{}._domainkey.{}", key.selector, domain.name);
    RecordBody {
        r#type: "TXT",
        name,
        value: key.record_value(),
    }
}

/// What to generate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GenerateRequest {
    /// `postscale1` by default.
    selector: Option<String>,
    /// `rsa2048` (default), `rsa4096` or `ed25519`.
    algorithm: Option<String>,
}

/// A new key and the record to publish.
#[derive(Debug, Serialize, ToSchema)]
struct GeneratedBody {
    key: KeyBody,
    dns_record: RecordBody,
    message: String,
}

impl TryFrom<GenerateRequest> for NewKey {
    type Error = Invalid;
    fn try_from(request: GenerateRequest) -> Result<Self, Invalid> {
        let selector = request.selector.as_deref().unwrap_or(SELECTOR_DEFAULT);
        Ok(Self {
            selector: selector
                .parse()
                .map_err(|problem| Invalid::field("selector", format!("{problem}")))?,
            algorithm: optional_word("algorithm", request.algorithm.as_deref())?
                .unwrap_or(DkimAlgorithm::Rsa2048),
        })
    }
}

async fn generate(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<GeneratedBody>, Problem> {
    let new = body.late::<GenerateRequest>().and_then(TryInto::try_into);
    let (domain, key) = dkim::generate(&app, &caller, &DomainRef::parse(&domain.text), new).await?;
    let dns_record = record_body(&domain, &key);
    let message = format!(
        "Publish the TXT record {} and verify the domain; the key signs from then on",
        dns_record.name
    );
    Ok(Json(GeneratedBody {
        key: key_body(&domain, &key),
        dns_record,
        message,
    }))
}

/// A domain's keys and their records.
#[derive(Debug, Serialize, ToSchema)]
struct ListBody {
    domain: String,
    keys: Vec<KeyBody>,
    dns_records: Vec<RecordBody>,
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<Json<ListBody>, Problem> {
    let (domain, keys) = dkim::list(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    Ok(Json(ListBody {
        domain: domain.name.to_string(),
        keys: keys.iter().map(|key| key_body(&domain, key)).collect(),
        dns_records: keys.iter().map(|key| record_body(&domain, key)).collect(),
    }))
}

/// Whether to take away even the only key that signs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeactivateRequest {
    confirm: Option<bool>,
}

/// The key, which signs no more.
#[derive(Debug, Serialize, ToSchema)]
struct DeactivatedBody {
    key: KeyBody,
    message: String,
}

async fn deactivate(
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
        key: key_body(&domain, &key),
        message: message.to_owned(),
    }))
}
