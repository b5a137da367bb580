//! Housekeeping by the clock: last uses collected in memory are written down.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_store::{Store, last_use};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often.
const EVERY: Duration = Duration::from_secs(30);

/// Runs until shutdown, and once more then.
pub(crate) async fn run(store: Store, scope: SystemScope, shutdown: CancellationToken) {
    loop {
        let is_over = tokio::select! {
            () = shutdown.cancelled() => true,
            () = sleep(EVERY) => false,
        };
        if let Err(error) = last_use::flush(&store, &scope).await {
            tracing::warn!(%error, "last uses could not be written");
        }
        if is_over {
            return;
        }
    }
}
