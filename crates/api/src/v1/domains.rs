//! `/v1/domains`

mod body;
mod create;
mod delete;
mod dns;
mod get;
mod guest_links;
mod list;
mod update;
mod verify;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

pub(super) use body::DomainBody;

use crate::operation::{does, reads, removes, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/domains",
            &[action::DOMAIN_CREATE.into()],
            create::create,
            takes::<create::CreateRequest, DomainBody>("Register a domain", StatusCode::CREATED),
        )
        .operation(
            Method::GET,
            "/v1/domains",
            &[action::DOMAIN_LIST.into()],
            list::list,
            reads::<list::ListBody>("List the domains you can see", list::QUERY),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}",
            &[action::DOMAIN_READ.into()],
            get::get,
            reads::<DomainBody>("Get a domain by id or name", &[]),
        )
        .operation(
            Method::PUT,
            "/v1/domains/{domain}",
            &[action::DOMAIN_SETTINGS_UPDATE.into()],
            update::update,
            takes::<update::UpdateRequest, DomainBody>(
                "Change a domain's settings",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/preview",
            &[action::DOMAIN_SETTINGS_UPDATE.into()],
            update::preview,
            takes::<update::UpdateRequest, update::PreviewBody>(
                "Tell what a change of a domain's settings would bring about",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/domains/{domain}",
            &[action::DOMAIN_DELETE.into()],
            delete::delete,
            removes("Delete a domain with everything that hangs on it"),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dns",
            &[action::DOMAIN_DNS_READ.into()],
            dns::dns,
            reads::<dns::DnsBody>("List the DNS records a domain needs", dns::QUERY),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/verify",
            &action::DOMAIN_VERIFY.map(Into::into),
            verify::verify,
            does::<verify::VerifyBody>("Look a domain's records up now", StatusCode::OK),
        )
        .merge(guest_links::routes())
}
