//! `/domains`

mod change;
mod dkim;
mod dmarc;
mod guest_links;
mod list;
mod new;
mod rules;
mod settings;
pub(super) mod show;
mod stats;
mod warming;

use axum::http::Method;
use postscale_access::{Action, action};
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let create = in_shell(&[action::DOMAIN_CREATE.into(), action::DKIM_GENERATE.into()]);
    let mut verify = action::DOMAIN_VERIFY.map(Action::from).to_vec();
    verify.push(action::DOMAIN_READ.into());
    Routes::new(Surface::Dashboard)
        .merge(dkim::routes())
        .merge(rules::routes())
        .merge(dmarc::routes())
        .merge(settings::routes())
        .merge(stats::routes())
        .merge(guest_links::routes())
        .merge(warming::routes())
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
            &in_shell(&[action::DOMAIN_READ.into(), action::DOMAIN_DNS_READ.into()]),
            show::show,
        )
        .route(
            Method::GET,
            "/domains/{id}/records",
            &[action::DOMAIN_DNS_READ.into(), action::DOMAIN_READ.into()],
            show::records,
        )
        .route(
            Method::GET,
            "/domains/{id}/records/download",
            &[action::DOMAIN_DNS_READ.into()],
            show::download,
        )
        .route(
            Method::POST,
            "/domains/{id}/verify",
            &verify,
            change::verify,
        )
}
