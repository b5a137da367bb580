//! `/v1/invitations`: asking people to join, and what the holder of a link does with it.

mod accept;
mod body;
mod manage;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{does, reads, removes, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/invitations",
            &[action::INVITATION_LIST.into()],
            manage::list,
            reads::<manage::ListBody>(
                "List invitations, newest first; those replaced by a newer one are left out",
                manage::QUERY,
            ),
        )
        .operation(
            Method::POST,
            "/v1/invitations",
            &[
                action::INVITATION_CREATE_MEMBER.into(),
                action::INVITATION_CREATE_ADMIN.into(),
                action::INVITATION_CREATE_OWNER.into(),
                action::DOMAIN_READ.into(),
            ],
            manage::create,
            takes::<manage::CreateRequest, body::InvitationBody>(
                "Invite somebody by mail as admin or member; replaces what was pending for the address",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::POST,
            "/v1/invitations/{id}/resend",
            &[action::INVITATION_RESEND.into()],
            manage::resend,
            does::<body::InvitationBody>(
                "Mail a pending invitation again: with a new link, good for seven days; the old one is dead",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/invitations/{id}",
            &[action::INVITATION_REVOKE.into()],
            manage::revoke,
            removes("Take a pending invitation back"),
        )
        .merge(held())
}

/// What the holder of a link may do.
fn held() -> Routes<Web> {
    Routes::new(Surface::Public)
        .operation(
            Method::GET,
            "/v1/invitations/{id}",
            &[action::INVITATION_ACCEPT.into()],
            accept::read,
            reads::<accept::LinkBody>("See what a link offers; changes nothing. The id is the token of the link", &[]),
        )
        .operation(
            Method::POST,
            "/v1/invitations/accept",
            &[action::INVITATION_ACCEPT.into()],
            accept::accept,
            takes::<accept::AcceptRequest, accept::AcceptedBody>(
                "Accept: join at once when signed in with the invited address, else get a code by mail (202)",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/invitations/verify-email",
            &[action::INVITATION_VERIFY_EMAIL.into()],
            accept::verify_email,
            takes::<accept::VerifyRequest, accept::VerifiedBody>(
                "Prove the invited address with the mailed code; joins and signs in",
                StatusCode::OK,
            ),
        )
}
