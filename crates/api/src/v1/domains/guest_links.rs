//! `/v1/domains/{domain}/guest-links`: links that show a domain's records to somebody without an
//! account. What the holder of a link sees is a page.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::{DomainRef, action};
use postscale_actions::{
    App,
    guest_links::{self, DAYS_DEFAULT, ListedGuestLink, MadeLink, NewGuestLink},
};
use postscale_model::{GuestLink, GuestLinkId};
use postscale_web::{JsonBody, Name, Problem, Ref, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    operation::{reads, removes, takes},
    segments::{DomainSegment, LinkSegment},
};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/domains/{domain}/guest-links",
            &[action::DOMAIN_GUEST_LINK_CREATE.into()],
            create,
            takes::<CreateRequest, MadeBody>(
                "Make a link that shows a domain's DNS records without an account",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/guest-links",
            &[
                action::DOMAIN_GUEST_LINK_LIST.into(),
                action::DOMAIN_GUEST_LINK_OPEN.into(),
            ],
            list,
            reads::<ListBody>("List a domain's guest links that are not over", &[]),
        )
        .operation(
            Method::DELETE,
            "/v1/domains/{domain}/guest-links/{link}",
            &[action::DOMAIN_GUEST_LINK_REVOKE.into()],
            revoke,
            removes("Revoke a guest link"),
        )
}

/// A link that shows a domain's records.
#[derive(Debug, Serialize, ToSchema)]
struct GuestLinkBody {
    id: String,
    domain_id: String,
    note: String,
    /// The user whose right to write the domain it hangs on.
    created_by: String,
    /// When somebody last looked, at hour precision.
    last_opened_at: Option<String>,
    /// How often somebody looked; looks within an hour count once.
    views: u64,
    expires_at: String,
    created_at: String,
}

impl From<GuestLink> for GuestLinkBody {
    fn from(link: GuestLink) -> Self {
        Self {
            id: link.id.to_string(),
            domain_id: link.domain_id.to_string(),
            note: link.note,
            created_by: link.created_by.to_string(),
            last_opened_at: link.opened_at.map(|at| at.to_rfc3339()),
            views: link.views,
            expires_at: link.expires_at.to_rfc3339(),
            created_at: link.created_at.to_rfc3339(),
        }
    }
}

/// A link in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ListedLinkBody {
    #[serde(flatten)]
    link: GuestLinkBody,
    created_by_name: String,
    /// `active`, or `dormant` while its maker may not write the domain.
    status: &'static str,
}

impl From<ListedGuestLink> for ListedLinkBody {
    fn from(listed: ListedGuestLink) -> Self {
        Self {
            link: listed.link.into(),
            created_by_name: listed.maker,
            status: if listed.works { "active" } else { "dormant" },
        }
    }
}

/// The links of a domain, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestLinkListBody)]
struct ListBody {
    guest_links: Vec<ListedLinkBody>,
}

/// A link just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeGuestLinkBody)]
struct MadeBody {
    guest_link: GuestLinkBody,
    /// Where it leads; shown only now.
    url: String,
}

/// What a link is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateGuestLinkRequest)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    /// For whom, or why.
    note: Option<String>,
    /// Days it is good for, 1 to 90; 14 by default.
    days: Option<u64>,
}

async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<(StatusCode, Json<MadeBody>), Problem> {
    let new = body.late::<CreateRequest>().and_then(|request| {
        Ok(NewGuestLink {
            note: request.note.unwrap_or_default(),
            days: request.days.unwrap_or(DAYS_DEFAULT),
        })
    });
    let domain = DomainRef::parse(&domain.text);
    let MadeLink { link, url } = guest_links::create(&app, &caller, &domain, new).await?;
    let body = MadeBody {
        guest_link: link.into(),
        url,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<Json<ListBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let links = guest_links::list(&app, &caller, &domain).await?;
    Ok(Json(ListBody {
        guest_links: links.into_iter().map(Into::into).collect(),
    }))
}

async fn revoke(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    link: Ref<LinkSegment, GuestLinkId>,
) -> Result<StatusCode, Problem> {
    let domain = DomainRef::parse(&domain.text);
    guest_links::revoke(&app, &caller, &domain, link.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
