//! `/docs/api`: what the API offers, made from its OpenAPI document, for anybody to read.

use std::sync::Arc;

use axum::{
    Extension,
    http::{Method, StatusCode},
    response::Response,
};
use postscale_access::action;
use postscale_web::{Problem, Routes, Surface, Web};
use serde_json::Value;

use crate::{answer, reference};

/// The page of an OpenAPI document, rendered once. The router of the dashboard has the page where
/// it is layered with this.
#[derive(Debug, Clone)]
pub struct ApiReference(Arc<str>);

impl ApiReference {
    /// Renders the page.
    ///
    /// # Errors
    /// When the template cannot.
    pub fn new(document: &Value) -> Result<Self, askama::Error> {
        let html = askama::Template::render(&reference::page(document))?;
        Ok(Self(html.into()))
    }
}

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Public).route(
        Method::GET,
        "/docs/api",
        &[action::PUBLIC_READ.into()],
        show,
    )
}

async fn show(page: Option<Extension<ApiReference>>) -> Result<Response, Problem> {
    let Extension(page) = page.ok_or_else(Problem::not_found)?;
    Ok(answer::document(StatusCode::OK, page.0.to_string()))
}
