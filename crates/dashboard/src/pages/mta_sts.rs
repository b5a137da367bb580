//! `GET /.well-known/mta-sts.txt` at the host `mta-sts.` before a domain (RFC 8461 §3.3). No page; it
//! stands here because it is no part of the API either.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    response::IntoResponse as _,
};
use postscale_access::action;
use postscale_actions::{App, mta_sts};
use postscale_web::{Problem, Routes, Surface, Web, requested_host};

use crate::answer::Answer;

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Public).route(
        Method::GET,
        "/.well-known/mta-sts.txt",
        &[action::PUBLIC_READ.into()],
        get,
    )
}

async fn get(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let host = requested_host(&uri, &headers).unwrap_or_default();
    let policy = mta_sts::policy(&app, host).await?;
    let policy = policy.ok_or_else(Problem::not_found)?;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, text)], policy).into_response())
}
