//! Version 1 of the API: one module per noun of its URLs.

mod api_keys;
mod auth;
mod dkim;
mod domains;
mod emails;
mod me;
mod openapi;

use postscale_web::{Routes, Surface, Web};

/// Every route under `/v1`.
#[must_use]
pub fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .merge(auth::routes())
        .merge(me::routes())
        .merge(api_keys::routes())
        .merge(domains::routes())
        .merge(dkim::routes())
        .merge(emails::routes())
        .merge(openapi::routes())
}
