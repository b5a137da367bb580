//! What was counted of domains' mail is added up, a few seconds after it happened. Nobody waits for
//! it: whoever reads figures adds what is not added up yet.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_store::{
    Result,
    stats::{self, CHANNEL},
};

use crate::{
    EngineParts,
    runner::{Next, Work},
};

/// Entries taken in one transaction: a few milliseconds, for which others may wait.
const AT_ONCE: u16 = 1000;
/// How long entries gather before they are taken: many of an hour become one change of its sum.
const PAUSE: Duration = Duration::from_secs(5);

/// Adds up.
pub(crate) struct Stats {
    parts: EngineParts,
    scope: SystemScope,
}

impl Stats {
    pub(crate) const fn new(parts: EngineParts, scope: SystemScope) -> Self {
        Self { parts, scope }
    }
}

impl Work for Stats {
    const NAME: &'static str = "stats";
    const CHANNEL: &'static str = CHANNEL;

    async fn round(&self) -> Result<Next> {
        let mut tx = self.parts.store.write().await?;
        let taken = stats::drain(&mut tx, &self.scope, AT_ONCE.into()).await?;
        if taken > 0 {
            tx.commit().await?;
        }
        if taken < usize::from(AT_ONCE) {
            return Ok(Next::At(Some(self.parts.sources.now().plus(PAUSE))));
        }
        Ok(Next::Again)
    }
}
