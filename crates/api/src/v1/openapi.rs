//! `/v1/openapi.json`

use axum::{Json, http::Method};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};
use serde_json::Value;

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Public).route(
        Method::GET,
        "/v1/openapi.json",
        &[action::PUBLIC_READ.into()],
        get,
    )
}

async fn get() -> Json<Value> {
    Json(crate::document())
}
