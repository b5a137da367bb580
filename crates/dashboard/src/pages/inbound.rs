//! `/inbound`

mod list;
mod show;
mod verdict;

use axum::http::Method;
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let content = action::INBOUND_CONTENT_READ.into();
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            "/inbound",
            &in_shell(&[action::INBOUND_LIST_ALL.into()]),
            list::list,
        )
        .route(
            Method::GET,
            "/inbound/{id}",
            &in_shell(&[action::INBOUND_READ.into(), content]),
            show::show,
        )
        .route(Method::GET, "/inbound/{id}/html", &[content], show::html)
        .route(
            Method::GET,
            "/inbound/{id}/attachments/{attachment}",
            &[content],
            show::attachment,
        )
        .route(
            Method::POST,
            "/inbound/{id}/replay",
            &[action::INBOUND_REPLAY.into()],
            show::replay,
        )
        .route(
            Method::POST,
            "/inbound/{id}/delete",
            &[action::INBOUND_DELETE.into()],
            show::delete,
        )
}
