//! `/v1/domains/{domain}/dkim`

mod body;
mod deactivate;
mod generate;
mod list;
mod rotate;
mod verify;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use self::body::{KeyBody, RecordBody};
use crate::operation::{does, reads, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/domains/{domain}/dkim",
            &[action::DKIM_GENERATE.into()],
            generate::generate,
            takes::<generate::GenerateRequest, generate::GeneratedBody>(
                "Generate a DKIM key",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dkim",
            &[action::DKIM_LIST.into()],
            list::list,
            reads::<list::ListBody>("List a domain's DKIM keys", &[]),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/dkim/rotate",
            &[action::DKIM_ROTATE.into()],
            rotate::rotate,
            takes::<rotate::RotateRequest, rotate::RotatedBody>(
                "Replace a DKIM key by a new one",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dkim/{selector}",
            &[action::DKIM_READ.into(), action::DKIM_LIST.into()],
            list::get,
            reads::<list::ShownBody>("Get a DKIM key", &[]),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/dkim/{selector}/verify",
            &[action::DKIM_VERIFY.into(), action::DKIM_LIST.into()],
            verify::verify,
            does::<verify::VerifiedBody>("Look the record of a DKIM key up now", StatusCode::OK),
        )
        .operation(
            Method::DELETE,
            "/v1/domains/{domain}/dkim/{selector}",
            &[action::DKIM_DEACTIVATE.into()],
            deactivate::deactivate,
            takes::<deactivate::DeactivateRequest, deactivate::DeactivatedBody>(
                "Deactivate a DKIM key",
                StatusCode::OK,
            ),
        )
}
