//! `/aliases`, `/shield`

mod entry;
mod list;
mod new;
mod shield;
mod show;

use axum::http::Method;
use postscale_access::{Action, action};
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let webhooks = [action::WEBHOOK_READ.into(), action::WEBHOOK_LIST_ALL.into()];
    let with_form = |own| in_shell(&[own, webhooks[0], webhooks[1]]);
    let update = in_shell(&[
        action::ALIAS_UPDATE.into(),
        action::ALIAS_READ.into(),
        webhooks[0],
        webhooks[1],
    ]);
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            "/aliases",
            &in_shell(&[action::ALIAS_LIST_ALL.into()]),
            list::list,
        )
        .route(
            Method::GET,
            "/aliases/new",
            &in_shell(&webhooks[1..]),
            new::form,
        )
        .route(
            Method::POST,
            "/aliases",
            &with_form(action::ALIAS_CREATE.into()),
            new::create,
        )
        .route(
            Method::GET,
            "/aliases/{id}",
            &with_form(action::ALIAS_READ.into()),
            show::show,
        )
        .route(Method::POST, "/aliases/{id}", &update, show::update)
        .route(
            Method::POST,
            "/aliases/{id}/delete",
            &[action::ALIAS_DELETE.into()],
            show::delete,
        )
        .merge(shortcuts(&with_form(action::ALIAS_CREATE.into()), &update))
        .route(
            Method::GET,
            "/shield",
            &in_shell(&[action::SHIELD_ALIAS_LIST.into()]),
            shield::show,
        )
        .route(
            Method::POST,
            "/shield",
            &in_shell(&[
                action::SHIELD_ALIAS_CREATE.into(),
                action::SHIELD_ALIAS_LIST.into(),
            ]),
            shield::create,
        )
}

/// What is done with one button, and contacts.
fn shortcuts(create: &[Action], update: &[Action]) -> Routes<Web> {
    Routes::new(Surface::Dashboard)
        .route(Method::POST, "/aliases/masked", create, new::masked)
        .route(
            Method::POST,
            "/aliases/export",
            &[action::ALIAS_LIST_ALL.into()],
            list::export,
        )
        .route(
            Method::POST,
            "/aliases/{id}/active",
            &[action::ALIAS_UPDATE.into(), action::WEBHOOK_READ.into()],
            show::activate,
        )
        .route(
            Method::POST,
            "/aliases/{id}/contacts",
            update,
            show::add_contact,
        )
        .route(
            Method::POST,
            "/aliases/{id}/contacts/{contact}",
            &[action::ALIAS_UPDATE.into()],
            show::block_contact,
        )
}
