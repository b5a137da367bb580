//! `POST /v1/domains/{domain}/dkim/rotate`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    dkim::{self, OldKey, Rotation},
};
use postscale_model::Invalid;
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KeyBody, RecordBody, generate::selector};
use crate::{input::optional_word, segments::DomainSegment};

/// What to rotate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateRequest {
    /// The key that is replaced.
    old_selector: String,
    /// Names the key that takes over.
    new_selector: String,
    /// The old key's unless named: `rsa2048`, `rsa4096` or `ed25519`.
    algorithm: Option<String>,
    /// Ends the old key now, whether or not another one can sign: for a key somebody else may have.
    immediate: Option<bool>,
}

/// The key that takes over and the record to publish.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RotatedBody {
    key: KeyBody,
    old_key: KeyBody,
    dns_record: RecordBody,
    message: String,
}

impl TryFrom<RotateRequest> for Rotation {
    type Error = Invalid;
    fn try_from(request: RotateRequest) -> Result<Self, Invalid> {
        Ok(Self {
            old: selector("old_selector", &request.old_selector)?,
            new: selector("new_selector", &request.new_selector)?,
            algorithm: optional_word("algorithm", request.algorithm.as_deref())?,
            old_key: match request.immediate {
                Some(true) => OldKey::EndsNow,
                Some(false) | None => OldKey::SignsOn,
            },
        })
    }
}

pub(super) async fn rotate(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<RotatedBody>, Problem> {
    let rotation = body.late::<RotateRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    let rotated = dkim::rotate(&app, &caller, &domain, rotation).await?;
    let (domain, keys) = (rotated.domain, [rotated.old, rotated.new]);
    let [old, new] = &keys;
    let dns_record = RecordBody::new(&domain, new);
    let (name, selector) = (&dns_record.name, &old.selector);
    let message = if old.is_published() {
        format!(
            "Publish the TXT record {name}. {selector} signs until that record is seen, then it retires; leave its record in DNS for a week more"
        )
    } else {
        format!("Publish the TXT record {name}. {selector} signs no more")
    };
    Ok(Json(RotatedBody {
        key: KeyBody::new(&domain, new, &keys),
        old_key: KeyBody::new(&domain, old, &keys),
        dns_record,
        message,
    }))
}
