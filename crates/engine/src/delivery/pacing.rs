//! Mail of new senders to providers that get no more than a share of it: it is carried once it has a
//! place, and put off untried until the provider's next day when there is none (`store::warming::place`).
//!
//! Places are taken when the site is known, for everything that asks meanwhile in one transaction.
//! All other mail comes through here without asking anybody.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex},
    time::Duration,
};

use postscale_model::{Domain, Isp, RecipientId, WarmingLimits};
use postscale_store::{recipient::Claimed, warming::place};
use tokio::time::sleep;

use super::{Delivery, lane::Job, locked, site::Site};

/// Pause when the database does not take it.
const PAUSE: Duration = Duration::from_millis(500);

/// What asks for places.
#[derive(Default)]
pub(super) struct Pacing {
    asking: Mutex<Vec<Asking>>,
    turn: tokio::sync::Mutex<()>,
}

struct Asking {
    isp: Isp,
    site: Site,
    job: Job,
}

impl Delivery {
    /// Whether a domain's mail takes places at all.
    pub(super) fn paces(&self, domain: &Domain) -> bool {
        let limits = self.parts.settings.warming;
        domain.is_warming && domain.has_provider_shares && limits == WarmingLimits::Enforced
    }

    /// Hands jobs to the lane of their site, those that need a place there once they have it.
    pub(super) fn admit(self: &Arc<Self>, site: Site, jobs: Vec<Job>) {
        let is_shared = jobs.iter().any(|job| !job.outgoing.shared.is_empty());
        let Some(isp) = is_shared.then(|| site.provider()).flatten() else {
            return self.enqueue(site, jobs);
        };
        let (asking, jobs): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| job.asks_for_place(isp));
        if !asking.is_empty() {
            let asking = asking.into_iter().map(|job| Asking {
                isp,
                site: site.clone(),
                job,
            });
            locked(&self.pacing.asking).extend(asking);
            self.tasks.spawn(Box::pin(Arc::clone(self).pace()));
        }
        if !jobs.is_empty() {
            self.enqueue(site, jobs);
        }
    }

    /// Takes places for everything that asks, unless whoever had the turn before did.
    async fn pace(self: Arc<Self>) {
        let turn = self.pacing.turn.lock().await;
        let asking = mem::take(&mut *locked(&self.pacing.asking));
        if asking.is_empty() {
            return;
        }
        let ready = self.take_places(&asking).await;
        drop(turn);
        match ready {
            Ok(ready) => self.go_on(asking, &ready),
            Err(error) => {
                tracing::warn!(%error, "places with providers cannot be taken, trying again");
                tokio::select! {
                    () = sleep(PAUSE) => {}
                    () = self.shutdown.cancelled() => {}
                }
                for Asking { job, .. } in asking {
                    self.release(job.claimed);
                }
            }
        }
    }

    async fn take_places(
        &self,
        asking: &[Asking],
    ) -> postscale_store::Result<HashSet<RecipientId>> {
        let now = self.parts.sources.now();
        let asking = asking.iter().map(|one| (one.isp, &one.job.claimed));
        let asking: Vec<(Isp, &Claimed)> = asking.collect();
        let mut tx = self.parts.store.write().await?;
        let ready = place::take(&mut tx, &self.scope, &asking, now).await?;
        tx.commit().await?;
        Ok(ready)
    }

    /// Carries who has a place; the others were given back.
    fn go_on(self: &Arc<Self>, asking: Vec<Asking>, ready: &HashSet<RecipientId>) {
        let (mut by_site, mut over) = (HashMap::<Site, Vec<Job>>::new(), Vec::new());
        for Asking { site, job, .. } in asking {
            if ready.contains(&job.claimed.recipient_id) {
                by_site.entry(site).or_default().push(job);
            } else {
                over.push(job.claimed);
            }
        }
        for (site, jobs) in by_site {
            self.enqueue(site, jobs);
        }
        self.finished(&over);
    }
}

impl Job {
    /// Whether it may be carried to a provider only with a place there.
    fn asks_for_place(&self, isp: Isp) -> bool {
        let claimed = &self.claimed;
        self.outgoing.shared.contains(&isp) && claimed.was_submitted() && !claimed.has_place
    }
}
