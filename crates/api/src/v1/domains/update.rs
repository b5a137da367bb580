//! `PUT /v1/domains/{domain}`, and what it would bring about: `POST /v1/domains/{domain}/preview`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    domains::{self, Consequence, DomainChange},
};
use postscale_model::{Invalid, Word as _};
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DomainBody;
use crate::{
    input::{given, optional_word},
    segments::DomainSegment,
};

/// What to change; what is absent stays as it is. The name never changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRequest {
    /// `inbound`, `outbound`, `both` or `alias`.
    r#type: Option<String>,
    catch_all_enabled: Option<bool>,
    active: Option<bool>,
    open_tracking: Option<bool>,
    click_tracking: Option<bool>,
    /// Days between rotations of DKIM keys that happen by themselves, 30 to 730; null for none.
    #[serde(default, deserialize_with = "given")]
    dkim_rotation_days: Option<Option<u16>>,
    /// What the domain's MTA-STS policy asks of senders: `none`, `testing` or `enforce`.
    mta_sts_mode: Option<String>,
    /// Seconds senders keep that policy.
    mta_sts_max_age: Option<u32>,
}

impl TryFrom<UpdateRequest> for DomainChange {
    type Error = Invalid;
    fn try_from(request: UpdateRequest) -> Result<Self, Invalid> {
        Ok(Self {
            domain_type: optional_word("type", request.r#type.as_deref())?,
            catch_all_enabled: request.catch_all_enabled,
            active: request.active,
            open_tracking: request.open_tracking,
            click_tracking: request.click_tracking,
            dkim_rotation_days: request.dkim_rotation_days,
            mta_sts_mode: optional_word("mta_sts_mode", request.mta_sts_mode.as_deref())?,
            mta_sts_max_age: request.mta_sts_max_age,
        })
    }
}

pub(super) async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<DomainBody>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    let changed = domains::update(&app, &caller, &DomainRef::parse(&domain.text), change).await?;
    Ok(Json(DomainBody::from(&changed)))
}

/// One thing a change brings about.
#[derive(Debug, Serialize, ToSchema)]
struct ConsequenceBody {
    /// Such as `sending_stops`, `pauses`, `record_needed`.
    code: &'static str,
    /// The record it is about.
    purpose: Option<&'static str>,
    message: String,
}

impl From<&Consequence> for ConsequenceBody {
    fn from(consequence: &Consequence) -> Self {
        Self {
            code: consequence.code(),
            purpose: consequence.purpose().map(|purpose| purpose.as_str()),
            message: consequence.sentence(),
        }
    }
}

/// The domain as it would be, and what that brings about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DomainPreviewBody)]
pub(super) struct PreviewBody {
    domain: DomainBody,
    consequences: Vec<ConsequenceBody>,
}

pub(super) async fn preview(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<PreviewBody>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    let previewed = domains::preview(&app, &caller, &domain, change).await?;
    Ok(Json(PreviewBody {
        domain: DomainBody::from(&previewed.domain),
        consequences: previewed.consequences.iter().map(Into::into).collect(),
    }))
}
