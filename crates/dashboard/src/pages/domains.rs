//! `/domains`

mod change;
mod dkim;
mod guest_links;
mod list;
mod new;
pub(super) mod show;

use axum::http::Method;
use postscale_access::{Action, action};
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

/// What a domain's page asks for, after the action that names the route.
fn on_page(own: Action) -> Vec<Action> {
    in_shell(&[
        own,
        action::DOMAIN_READ.into(),
        action::DOMAIN_DNS_READ.into(),
        action::DKIM_LIST.into(),
    ])
}

pub(super) fn routes() -> Routes<Web> {
    let create = in_shell(&[action::DOMAIN_CREATE.into(), action::DKIM_GENERATE.into()]);
    let mut verify = action::DOMAIN_VERIFY.map(Action::from).to_vec();
    verify.push(action::DOMAIN_READ.into());
    Routes::new(Surface::Dashboard)
        .merge(guest_links::routes())
        .route(
            Method::GET,
            "/domains",
            &in_shell(&[action::DOMAIN_LIST.into()]),
            list::list,
        )
        .route(Method::GET, "/domains/new", &create, new::form)
        .route(Method::POST, "/domains", &create, new::create)
        .route(
            Method::GET,
            "/domains/{id}",
            &on_page(action::DOMAIN_READ.into()),
            show::show,
        )
        .route(
            Method::GET,
            "/domains/{id}/records",
            &[action::DOMAIN_DNS_READ.into(), action::DOMAIN_READ.into()],
            show::records,
        )
        .route(
            Method::POST,
            "/domains/{id}/verify",
            &verify,
            change::verify,
        )
        .route(
            Method::POST,
            "/domains/{id}/dkim",
            &on_page(action::DKIM_GENERATE.into()),
            dkim::generate,
        )
        .route(
            Method::POST,
            "/domains/{id}/dkim/{selector}/deactivate",
            &[action::DKIM_DEACTIVATE.into()],
            dkim::deactivate,
        )
        .route(
            Method::POST,
            "/domains/{id}/settings",
            &[action::DOMAIN_SETTINGS_UPDATE.into()],
            change::settings,
        )
        .route(
            Method::POST,
            "/domains/{id}/delete",
            &on_page(action::DOMAIN_DELETE.into()),
            change::delete,
        )
}
