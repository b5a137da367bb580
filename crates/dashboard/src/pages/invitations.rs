//! `/team/invitations`, and `/invitations/{token}` for who was invited.

mod list;
mod new;
mod offer;

use axum::http::Method;
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let list = in_shell(&[action::INVITATION_LIST.into()]);
    let create = in_shell(&[
        action::INVITATION_CREATE_MEMBER.into(),
        action::INVITATION_CREATE_ADMIN.into(),
        action::INVITATION_CREATE_OWNER.into(),
        action::DOMAIN_READ.into(),
    ]);
    let accept = [action::INVITATION_ACCEPT.into()];
    Routes::new(Surface::Dashboard)
        .route(Method::GET, "/team/invitations", &list, list::list)
        .route(Method::GET, "/team/invitations/new", &list, new::form)
        .route(Method::POST, "/team/invitations", &create, new::create)
        .route(
            Method::POST,
            "/team/invitations/{id}/resend",
            &[action::INVITATION_RESEND.into()],
            list::resend,
        )
        .route(
            Method::POST,
            "/team/invitations/{id}/revoke",
            &[action::INVITATION_REVOKE.into()],
            list::revoke,
        )
        .merge(
            Routes::new(Surface::Public)
                .route(Method::GET, "/invitations/{token}", &accept, offer::look)
                .route(Method::POST, "/invitations/{token}", &accept, offer::accept)
                .route(
                    Method::POST,
                    "/invitations/{token}/code",
                    &[
                        action::INVITATION_VERIFY_EMAIL.into(),
                        action::INVITATION_ACCEPT.into(),
                    ],
                    offer::verify,
                ),
        )
}
