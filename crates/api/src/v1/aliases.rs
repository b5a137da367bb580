//! `/v1/aliases`

pub(super) mod body;
mod bulk;
mod contacts;
mod create;
mod delete;
mod export;
mod get;
pub(super) mod list;
pub(super) mod update;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{exports, reads, removes, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/aliases",
            &[action::ALIAS_CREATE.into(), action::WEBHOOK_READ.into()],
            create::create,
            takes::<create::CreateRequest, body::AliasEnvelope>(
                "Make an alias of a domain",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::GET,
            "/v1/aliases",
            &[action::ALIAS_LIST_ALL.into()],
            list::list,
            reads::<list::ListBody>("List the aliases you can see, newest first", list::QUERY),
        )
        .operation(
            Method::GET,
            "/v1/aliases/{id}",
            &[action::ALIAS_READ.into()],
            get::get,
            reads::<body::AliasEnvelope>("Get an alias", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/aliases/{id}",
            &[action::ALIAS_UPDATE.into(), action::WEBHOOK_READ.into()],
            update::update,
            takes::<update::UpdateRequest, body::AliasEnvelope>("Change an alias", StatusCode::OK),
        )
        .operation(
            Method::DELETE,
            "/v1/aliases/{id}",
            &[action::ALIAS_DELETE.into()],
            delete::delete,
            removes("Delete an alias; mail it received stays"),
        )
        .operation(
            Method::POST,
            "/v1/aliases/bulk",
            &[action::ALIAS_CREATE.into(), action::WEBHOOK_READ.into()],
            bulk::create,
            takes::<bulk::BulkRequest, bulk::BulkBody>(
                "Make many aliases; each is made or refused by itself",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/aliases/exports",
            &[action::ALIAS_LIST_ALL.into()],
            export::export,
            exports::<export::ExportRequest>("Download the aliases you can see as CSV"),
        )
        .merge(contacts::routes())
}
