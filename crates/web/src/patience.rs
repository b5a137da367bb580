//! How long a connection may be without a whole request.
//!
//! hyper would register a timer for every request. Here a connection has one, which looks at the end
//! of its time whether a request is awaited at all and since when.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

/// Time a client has for the first byte of a request and for its whole header.
pub(crate) const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Since when a connection awaits a request; none while one is answered.
#[derive(Clone)]
pub(crate) struct Patience(Arc<Mutex<Option<Instant>>>);

impl Patience {
    /// For a connection that was just made.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(Instant::now()))))
    }

    fn set(&self, awaiting_since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = awaiting_since;
    }

    fn awaiting_since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request is there, and answered until what this gives is dropped.
    pub(crate) fn answering(&self) -> Answering {
        self.set(None);
        Answering(self.clone())
    }

    /// Returns when a request was awaited for too long.
    pub(crate) async fn end(&self) {
        loop {
            let since = self.awaiting_since().unwrap_or_else(Instant::now);
            sleep_until(since + HEADER_TIMEOUT).await;
            let is_over = |since: Instant| since.elapsed() >= HEADER_TIMEOUT;
            if self.awaiting_since().is_some_and(is_over) {
                return;
            }
        }
    }
}

/// A request that is being answered.
pub(crate) struct Answering(Patience);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.set(Some(Instant::now()));
    }
}

/// The body of an answer; the next request is awaited when it is gone.
pub(crate) struct AnswerBody {
    body: Body,
    _answering: Answering,
}

impl AnswerBody {
    /// The answer to a request.
    pub(crate) fn of(response: Response, answering: Answering) -> Response<Self> {
        response.map(|body| Self {
            body,
            _answering: answering,
        })
    }
}

impl hyper::body::Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

    use super::*;

    /// Whether patience has ended by now.
    async fn has_ended(patience: &Patience) -> bool {
        timeout(Duration::ZERO, patience.end()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_only_while_a_request_is_awaited() {
        let patience = Patience::new();
        advance(HEADER_TIMEOUT / 2).await;
        assert!(!has_ended(&patience).await);
        let answering = patience.answering();
        advance(3 * HEADER_TIMEOUT).await;
        assert!(!has_ended(&patience).await, "an answer may take long");
        drop(answering);
        advance(HEADER_TIMEOUT / 2).await;
        assert!(!has_ended(&patience).await, "counted anew");
        advance(HEADER_TIMEOUT / 2).await;
        assert!(has_ended(&patience).await);
    }

    #[tokio::test(start_paused = true)]
    async fn one_look_follows_the_requests_that_came_meanwhile() {
        let patience = Patience::new();
        let begun = Instant::now();
        let busy = patience.clone();
        let requests = async move {
            for _ in 0..5 {
                tokio::time::sleep(HEADER_TIMEOUT * 3 / 4).await;
                drop(busy.answering());
            }
        };
        tokio::join!(patience.end(), requests);
        assert_eq!(begun.elapsed(), HEADER_TIMEOUT * 15 / 4 + HEADER_TIMEOUT);
    }
}
