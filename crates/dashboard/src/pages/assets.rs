//! `/assets/{name}`: style sheet, script, icon. Their addresses change with their bytes.

use axum::{
    http::{HeaderValue, Method, header},
    response::{IntoResponse as _, Response},
};
use postscale_access::action;
use postscale_web::{Name, Problem, Query, Routes, Surface, Web};

use crate::{answer::Answer, assets, segments::NameSegment};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Public).route(
        Method::GET,
        "/assets/{name}",
        &[action::PUBLIC_READ.into()],
        get,
    )
}

async fn get(name: Name<NameSegment>, query: Query) -> Answer {
    let asset = assets::find(&name.text).ok_or_else(Problem::not_found)?;
    let content_type = HeaderValue::from_static(asset.content_type);
    let mut response: Response =
        ([(header::CONTENT_TYPE, content_type)], asset.bytes).into_response();
    // Another version's address, as a page of a node of that version links it, is answered but
    // not to be kept.
    if query.text("v").ok().flatten() == Some(asset.version_text().as_str()) {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, FOR_EVER);
    }
    Ok(response)
}
