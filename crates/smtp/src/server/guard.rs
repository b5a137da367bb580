//! Keeps a panic in a handler from taking more than its connection.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// A callback panicked. The panic hook has reported where; what it left behind is not used again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panicked;

pub(super) async fn guarded<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = pin!(future);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(_) => {
                tracing::error!("an SMTP handler panicked; its connection is closed");
                Poll::Ready(Err(Panicked))
            }
        },
    )
    .await
}
