//! `/v1/send` and `/v1/emails`

mod body;
mod events;
mod get;
mod list;
mod send;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{reads, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/send",
            &[action::MESSAGE_SEND.into()],
            send::send,
            takes::<send::SendRequest, send::SentBody>("Send a message", StatusCode::ACCEPTED),
        )
        .operation(
            Method::GET,
            "/v1/emails",
            &[action::MESSAGE_LIST_ALL.into()],
            list::list,
            reads::<list::ListBody>("List the messages you can see, newest first", list::QUERY),
        )
        .operation(
            Method::GET,
            "/v1/emails/{id}",
            &[
                action::MESSAGE_READ.into(),
                action::MESSAGE_CONTENT_READ.into(),
            ],
            get::get,
            reads::<get::EmailEnvelope>("Get a message", &[]),
        )
        .operation(
            Method::GET,
            "/v1/emails/{id}/events",
            &[action::MESSAGE_READ.into()],
            events::events,
            reads::<events::EventsBody>("List what happened to a message, oldest first", &[]),
        )
}
