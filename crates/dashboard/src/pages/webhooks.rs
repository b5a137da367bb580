//! `/webhooks`

mod list;
mod new;
mod show;

use axum::http::Method;
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let list = in_shell(&[action::WEBHOOK_LIST_ALL.into()]);
    let create = in_shell(&[
        action::WEBHOOK_CREATE_SCOPED.into(),
        action::WEBHOOK_CREATE_ORG.into(),
    ]);
    let read = in_shell(&[
        action::WEBHOOK_READ.into(),
        action::WEBHOOK_DELIVERY_LIST.into(),
    ]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, "/webhooks", &list, list::list)
        .route(Method::GET, "/webhooks/new", &in_shell(&[]), new::form)
        .route(Method::POST, "/webhooks", &create, new::create)
        .route(Method::GET, "/webhooks/{id}", &read, show::show)
        .route(
            Method::POST,
            "/webhooks/{id}/test",
            &[action::WEBHOOK_TEST.into()],
            show::test,
        )
        .route(
            Method::POST,
            "/webhooks/{id}/adopt",
            &[action::WEBHOOK_ADOPT.into(), action::WEBHOOK_READ.into()],
            show::adopt,
        )
        .route(
            Method::POST,
            "/webhooks/{id}/delete",
            &[action::WEBHOOK_DELETE.into()],
            show::delete,
        )
}
