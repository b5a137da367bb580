//! `/team`: who belongs to the organization, what each of them reaches, and letting somebody go.

mod access;
mod explained;
mod list;
mod offboard;
pub(super) mod preview;
mod transfer;
mod user;

pub(super) use user::leaving;

use axum::http::Method;
use postscale_access::{Action, action};
use postscale_web::{Routes, Surface, Web};

use super::in_shell;

/// The list.
const PATH: &str = "/team";

pub(super) fn routes() -> Routes<Web> {
    let one = in_shell(&[
        action::USER_READ.into(),
        action::GRANT_READ.into(),
        action::USER_DEACTIVATE.into(),
    ]);
    // A refused form is the page once more.
    let with_page = |own: &[Action]| [own, &one].concat();
    let role = with_page(&[
        action::USER_ROLE_SET_MEMBER.into(),
        action::USER_ROLE_SET_ADMIN.into(),
        action::USER_ROLE_SET_OWNER.into(),
    ]);
    let transfer = in_shell(&[action::OWNERSHIP_TRANSFER.into()]);
    let deactivate = in_shell(&[
        action::USER_DEACTIVATE.into(),
        action::ACCESS_PREVIEW.into(),
    ]);
    let delete = in_shell(&[action::USER_DELETE.into(), action::ACCESS_PREVIEW.into()]);
    let mut preview_role = role.clone();
    preview_role.push(action::ACCESS_PREVIEW.into());
    let reactivate = [action::USER_REACTIVATE.into()];
    let sign_out = [action::USER_SESSIONS_REVOKE.into()];
    Routes::new(Surface::Dashboard)
        .merge(access_routes())
        .route(
            Method::GET,
            PATH,
            &in_shell(&[action::USER_LIST.into()]),
            list::list,
        )
        .route(Method::GET, "/team/users/{id}", &one, user::show)
        .route(Method::POST, "/team/users/{id}/role", &role, user::set_role)
        .route(
            Method::POST,
            "/team/users/{id}/role/preview",
            &preview_role,
            user::preview_role,
        )
        .route(
            Method::GET,
            "/team/users/{id}/transfer",
            &transfer,
            transfer::show,
        )
        .route(
            Method::POST,
            "/team/users/{id}/transfer",
            &transfer,
            transfer::submit,
        )
        .route(
            Method::POST,
            "/team/users/{id}/sign-out",
            &sign_out,
            user::sign_out,
        )
        .route(
            Method::POST,
            "/team/users/{id}/deactivate",
            &deactivate,
            offboard::deactivate,
        )
        .route(
            Method::GET,
            "/team/users/{id}/deactivate",
            &deactivate,
            offboard::ask_deactivate,
        )
        .route(
            Method::GET,
            "/team/users/{id}/delete",
            &delete,
            offboard::ask_delete,
        )
        .route(
            Method::POST,
            "/team/users/{id}/reactivate",
            &reactivate,
            offboard::reactivate,
        )
        .route(
            Method::POST,
            "/team/users/{id}/delete",
            &delete,
            offboard::delete,
        )
}

/// What a user reaches: changing it, saying beforehand what that does, and why it is so.
fn access_routes() -> Routes<Web> {
    let of_page = |own: &[Action]| {
        let page = in_shell(&[action::GRANT_READ.into(), action::USER_READ.into()]);
        [own, &page].concat()
    };
    let explain = in_shell(&[
        action::ACCESS_EXPLAIN.into(),
        action::USER_READ.into(),
        action::DOMAIN_READ.into(),
        action::KEY_READ.into(),
    ]);
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            "/team/users/{id}/access",
            &of_page(&[]),
            access::show,
        )
        .route(
            Method::POST,
            "/team/users/{id}/access",
            &of_page(&[action::GRANT_REPLACE.into()]),
            access::save,
        )
        .route(
            Method::POST,
            "/team/users/{id}/access/preview",
            &of_page(&[action::ACCESS_PREVIEW.into(), action::GRANT_REPLACE.into()]),
            access::preview,
        )
        .route(
            Method::GET,
            "/team/users/{id}/access/{domain}",
            &explain,
            explained::of_user,
        )
        .route(
            Method::GET,
            "/api-keys/{id}/access/{domain}",
            &explain,
            explained::of_key,
        )
}
