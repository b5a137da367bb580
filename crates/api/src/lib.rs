//! The `/v1` JSON surface: wire shapes and nothing else. A URL's nouns are its module's path.
//!
//! Bodies are types of this crate, converted explicitly; model types are never put on the wire.

mod document;
mod input;
mod named_domain;
mod operation;
mod render;
mod segments;
mod v1;

pub use document::{document, document_of};
pub use render::problem;
pub use v1::routes;

use axum::Router;
use postscale_web::Web;

/// The API's router.
pub fn router() -> Router<Web> {
    routes().into_router()
}
