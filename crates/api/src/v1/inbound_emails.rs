//! `/v1/inbound-emails`

mod body;
mod delete;
mod download;
mod get;
mod list;
mod replay;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{does, downloads, reads, removes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/inbound-emails",
            &[action::INBOUND_LIST_ALL.into()],
            list::list,
            reads::<list::ListBody>("List the received messages you can see", list::QUERY),
        )
        .operation(
            Method::GET,
            "/v1/inbound-emails/{id}",
            &[
                action::INBOUND_READ.into(),
                action::INBOUND_CONTENT_READ.into(),
            ],
            get::get,
            reads::<get::InboundEnvelope>("Get a received message", &[]),
        )
        .operation(
            Method::DELETE,
            "/v1/inbound-emails/{id}",
            &[action::INBOUND_DELETE.into()],
            delete::delete,
            removes("Delete a received message with its attachments"),
        )
        .operation(
            Method::POST,
            "/v1/inbound-emails/{id}/replay",
            &[action::INBOUND_REPLAY.into()],
            replay::replay,
            does::<replay::ReplayedBody>(
                "Forward and announce a received message once more",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::GET,
            "/v1/inbound-emails/{id}/attachments/{attachment}/download",
            &[action::INBOUND_CONTENT_READ.into()],
            download::download,
            downloads("Download an attachment of a received message"),
        )
}
