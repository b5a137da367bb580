//! `/v1/users`, the ownership of the organization, and leaving it.

pub(super) mod access;
mod body;
mod change;
mod list;
mod offboard;
mod receipt;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{does, reads, takes};

pub(super) fn routes() -> Routes<Web> {
    people(Routes::new(Surface::Api))
        .operation(
            Method::GET,
            "/v1/users/{id}/domain-access",
            &[action::GRANT_READ.into()],
            access::get,
            reads::<access::AccessBody>(
                "Read a user's access list; its ETag names this version of it",
                &[],
            ),
        )
        .operation(
            Method::PUT,
            "/v1/users/{id}/domain-access",
            &[action::GRANT_REPLACE.into()],
            access::put,
            takes::<access::AccessRequest, access::AccessBody>(
                "Replace a member's access list as a whole; If-Match keeps others' changes safe",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/organization/transfer-ownership",
            &[action::OWNERSHIP_TRANSFER.into()],
            change::transfer,
            takes::<change::TransferRequest, body::UserBody>(
                "Make another user owner and yourself admin; wants a sign-in of the last 10 minutes",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/me/leave",
            &[action::SELF_LEAVE.into()],
            offboard::leave,
            does::<receipt::ReceiptBody>("Leave the organization", StatusCode::OK),
        )
}

fn people(routes: Routes<Web>) -> Routes<Web> {
    routes
        .operation(
            Method::GET,
            "/v1/users",
            &[action::USER_LIST.into()],
            list::list,
            reads::<list::ListBody>("List the users of the organization", list::QUERY),
        )
        .operation(
            Method::GET,
            "/v1/users/{id}",
            &[action::USER_READ.into()],
            list::get,
            reads::<body::UserBody>("Get a user", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/users/{id}",
            &[
                action::USER_ROLE_SET_MEMBER.into(),
                action::USER_ROLE_SET_ADMIN.into(),
                action::USER_ROLE_SET_OWNER.into(),
            ],
            change::role,
            takes::<change::RoleRequest, body::UserBody>(
                "Give a user another role; making an owner wants a sign-in of the last 10 minutes",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/users/{id}",
            &[action::USER_DELETE.into()],
            offboard::delete,
            does::<receipt::ReceiptBody>("Delete a user for good", StatusCode::OK),
        )
        .operation(
            Method::POST,
            "/v1/users/{id}/deactivate",
            &[action::USER_DEACTIVATE.into()],
            offboard::deactivate,
            does::<receipt::ReceiptBody>("Deactivate a user", StatusCode::OK),
        )
        .operation(
            Method::POST,
            "/v1/users/{id}/reactivate",
            &[action::USER_REACTIVATE.into()],
            offboard::reactivate,
            does::<body::UserBody>(
                "Reactivate a user, as a member without any domain",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/users/{id}/sessions",
            &[action::USER_SESSIONS_REVOKE.into()],
            offboard::end_sessions,
            does::<offboard::EndedBody>("End a user's sessions", StatusCode::OK),
        )
}
