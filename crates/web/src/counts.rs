//! What is counted of every answer.
//!
//! The handles are kept, because finding one by its labels costs more than counting does.

use std::{sync::OnceLock, time::Duration};

use axum::http::StatusCode;
use metrics::{Counter, Histogram};

/// HTTP statuses are below this.
const STATUS_END: usize = 1000;

/// What is counted of each surface's answers.
pub(crate) struct Counts {
    api: OfSurface,
    pages: OfSurface,
}

/// What is counted of one surface's answers.
pub(crate) struct OfSurface {
    name: &'static str,
    /// By status, once there was such an answer.
    requests: Box<[OnceLock<Counter>]>,
    seconds: Histogram,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            api: OfSurface::new("api"),
            pages: OfSurface::new("pages"),
        }
    }
}

impl Counts {
    pub(crate) const fn of(&self, is_api: bool) -> &OfSurface {
        if is_api { &self.api } else { &self.pages }
    }
}

impl OfSurface {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            requests: vec![OnceLock::new(); STATUS_END].into(),
            seconds: metrics::histogram!("postscale_http_request_seconds", "surface" => name),
        }
    }

    pub(crate) fn count(&self, status: StatusCode, took: Duration) {
        let requests = &self.requests[usize::from(status.as_u16())];
        requests.get_or_init(|| self.requests(status)).increment(1);
        self.seconds.record(took.as_secs_f64());
    }

    fn requests(&self, status: StatusCode) -> Counter {
        let status = status.as_str().to_owned();
        metrics::counter!("postscale_http_requests_total", "surface" => self.name, "status" => status)
    }
}
