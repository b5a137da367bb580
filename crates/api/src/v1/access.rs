//! `/v1/access`: why somebody may or may not, what a change would do, and what there is to review.

mod explain;
mod preview;
mod review;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{downloads, reads, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/access/explain",
            &[
                action::ACCESS_EXPLAIN.into(),
                action::USER_READ.into(),
                action::DOMAIN_READ.into(),
                action::KEY_READ.into(),
            ],
            explain::explain,
            reads::<explain::ExplanationBody>(
                "Explain why a user, or a key of theirs, may or may not do something to a domain",
                explain::QUERY,
            ),
        )
        .operation(
            Method::POST,
            "/v1/access/preview",
            &[
                action::ACCESS_PREVIEW.into(),
                action::GRANT_READ.into(),
                action::GRANT_REPLACE.into(),
                action::USER_ROLE_SET_MEMBER.into(),
                action::USER_ROLE_SET_ADMIN.into(),
                action::USER_ROLE_SET_OWNER.into(),
                action::USER_DEACTIVATE.into(),
                action::USER_DELETE.into(),
            ],
            preview::preview,
            takes::<preview::PreviewRequest, preview::PreviewBody>(
                "Say what a change to a user would do; the ETag is that of their access list",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::GET,
            "/v1/access/review",
            &[action::ACCESS_REVIEW.into()],
            review::list,
            reads::<review::ListBody>(
                "List every grant, key and organization webhook with who has it and why",
                review::QUERY,
            ),
        )
        .operation(
            Method::POST,
            "/v1/access/review/keep",
            &[
                action::ACCESS_REVIEW_KEEP.into(),
                action::USER_READ.into(),
                action::KEY_READ.into(),
                action::WEBHOOK_READ.into(),
            ],
            review::keep,
            takes::<review::KeepRequest, review::KeptBody>(
                "Note that an access was looked at and kept",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/access/review/exports",
            &[action::ACCESS_REVIEW_EXPORT.into()],
            review::export,
            downloads("Download the access review as CSV"),
        )
}
