//! Housekeeping by the clock: what this node has collected in memory, last uses and refusals, is
//! written down, and which keys have expired.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::Sources;
use postscale_store::{
    Store, api_key,
    denial::{self, Flush},
    last_use,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often refusals are written into the audit log.
const EVERY: Duration = Duration::from_secs(5);
/// How many times that passes until last uses, and the keys that have expired, are written.
const RARELY_EVERY: u32 = 6;

/// Runs until shutdown, and once more then.
pub(crate) async fn run(
    store: Store,
    sources: Sources,
    scope: SystemScope,
    shutdown: CancellationToken,
) {
    let mut round: u32 = 0;
    loop {
        let is_over = tokio::select! {
            () = shutdown.cancelled() => true,
            () = sleep(EVERY) => false,
        };
        round = round.wrapping_add(1);
        let flush = if is_over {
            Flush::Everything
        } else {
            Flush::Due
        };
        if let Err(error) = denial::flush(&store, &sources, flush, &scope).await {
            tracing::warn!(%error, "refusals could not be written into the audit log");
        }
        if is_over || round.is_multiple_of(RARELY_EVERY) {
            if let Err(error) = last_use::flush(&store, &scope).await {
                tracing::warn!(%error, "last uses could not be written");
            }
            if let Err(error) = api_key::log_expired(&store, &sources, &scope).await {
                tracing::warn!(%error, "expired keys could not be written into the audit log");
            }
        }
        if is_over {
            return;
        }
    }
}
