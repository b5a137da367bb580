//! `/emails`

mod list;
mod show;

use axum::http::Method;
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let content = action::MESSAGE_CONTENT_READ.into();
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            "/emails",
            &in_shell(&[action::MESSAGE_LIST_ALL.into()]),
            list::list,
        )
        .route(
            Method::GET,
            "/emails/{id}",
            &in_shell(&[action::MESSAGE_READ.into(), content]),
            show::show,
        )
        .route(Method::GET, "/emails/{id}/html", &[content], show::html)
}
