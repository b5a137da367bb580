//! `/v1/domains/{domain}/warming`

mod body;
mod change;
mod get;
mod history;
mod update;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{does, reads, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/domains/{domain}/warming",
            &[action::WARMING_READ.into()],
            get::get,
            reads::<body::WarmingBody>("Tell how much a domain may send, and how that grows", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/domains/{domain}/warming",
            &[action::WARMING_UPDATE.into()],
            update::update,
            takes::<update::UpdateRequest, body::WarmingBody>(
                "Change how much of a domain's mail single providers get while it warms up",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/warming/history",
            &[action::WARMING_READ.into()],
            history::history,
            reads::<history::HistoryBody>(
                "List the days of a domain's warming, the earliest first",
                history::QUERY,
            ),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/warming/start",
            &[action::WARMING_START.into(), action::WARMING_SKIP.into()],
            change::start,
            takes::<change::StartRequest, body::WarmingBody>(
                "Start a domain's warming, or move it to a phase",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/warming/pause",
            &[action::WARMING_PAUSE.into()],
            change::pause,
            does::<body::WarmingBody>(
                "Keep a domain's limits as they are until they are resumed",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/warming/resume",
            &[action::WARMING_RESUME.into()],
            change::resume,
            does::<body::WarmingBody>("Let a domain's paused warming go on", StatusCode::OK),
        )
}
