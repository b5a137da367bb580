//! Received mail and reports are deleted when their organization's plan does not keep them any longer
//! (api.md §20.7). What is still to be done with a message is done first, however old it is. Figures
//! are deleted when they are older than anybody is shown.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_store::{
    Result,
    inbound_email::{self, RETENTION_CHANNEL},
    report_retention, stats,
};

use crate::{
    EngineParts,
    runner::{Next, Work},
};

/// Messages, and sums, deleted in one transaction.
const AT_ONCE: u32 = 500;
/// Reports deleted in one transaction: one may have many records.
const REPORTS_AT_ONCE: u32 = 50;
/// How long after everything old was deleted the next look comes.
const PAUSE: Duration = Duration::from_secs(600);

/// Deletes what is too old.
pub(crate) struct Retention {
    parts: EngineParts,
    scope: SystemScope,
}

impl Retention {
    pub(crate) const fn new(parts: EngineParts, scope: SystemScope) -> Self {
        Self { parts, scope }
    }
}

impl Work for Retention {
    const NAME: &'static str = "retention";
    const CHANNEL: &'static str = RETENTION_CHANNEL;

    async fn round(&self) -> Result<Next> {
        let EngineParts {
            store,
            plans,
            blobs,
            sources,
            ..
        } = &self.parts;
        let now = sources.now();
        let mut tx = store.write().await?;
        let expired =
            inbound_email::delete_expired(&mut tx, &self.scope, plans, (AT_ONCE, now)).await?;
        let sums = stats::delete_expired(&mut tx, &self.scope, (AT_ONCE, now)).await?;
        let reports = (REPORTS_AT_ONCE, now);
        let reports =
            report_retention::delete_expired(&mut tx, &self.scope, plans, reports).await?;
        tx.commit().await?;
        if expired.messages == 0 && sums == 0 && reports == 0 {
            return Ok(Next::At(Some(now.plus(PAUSE))));
        }
        if expired.messages > 0 || reports > 0 {
            tracing::info!(
                messages = expired.messages,
                reports,
                "deleted received messages and reports that are too old"
            );
        }
        for key in &expired.blobs {
            if let Err(error) = blobs.delete(key).await {
                tracing::warn!(blob.key = %key, %error, "the blob {key} of a message that is too old stays");
            }
        }
        Ok(Next::Again)
    }
}
