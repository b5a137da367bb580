//! From a destination to the lane of its site: where routes, and sites that are away, are remembered.

use std::{sync::Arc, time::Duration};

use postscale_model::HostName;
use tokio::time::Instant;

use super::{
    Delivery,
    lane::{self, Job, Lane},
    locked,
    outcome::{Tried, Verdict},
    site::Site,
};

/// How long a site that could not be reached is left alone.
const DOWN: Duration = Duration::from_secs(60);
/// How long a route is used again without a look into the resolver's cache.
const ROUTE: Duration = Duration::from_secs(60);

impl Delivery {
    /// Gives jobs of one destination to the lane of its site.
    pub(super) async fn route(self: Arc<Self>, destination: HostName, jobs: Vec<Job>) {
        let site = match self.dialler.site(&destination).await {
            Ok(site) => site,
            Err(tried) => {
                for job in jobs {
                    self.settle(job.claimed, tried.clone()).await;
                }
                return;
            }
        };
        let until = Instant::now() + ROUTE;
        let mut routes = locked(&self.routes);
        routes.retain(|_, (until, _)| *until > Instant::now());
        routes.insert(destination, (until, site.clone()));
        drop(routes);
        self.admit(site, jobs);
    }

    pub(super) fn known_route(&self, destination: &HostName) -> Option<Site> {
        let routes = locked(&self.routes);
        let (until, site) = routes.get(destination)?;
        (*until > Instant::now()).then(|| site.clone())
    }

    pub(super) fn enqueue(self: &Arc<Self>, site: Site, jobs: Vec<Job>) {
        if let Some(tried) = self.known_down(&site) {
            for job in jobs {
                self.report(job.claimed, &tried);
            }
            return;
        }
        let mut lanes = locked(&self.lanes);
        if self.shutdown.is_cancelled() {
            for job in jobs {
                self.release(job.claimed);
            }
            return;
        }
        let lane = lanes
            .entry(site.clone())
            .or_insert_with(|| Arc::new(Lane::new(site)));
        let lane = Arc::clone(lane);
        let start = lane.push(jobs);
        drop(lanes);
        for _ in 0..start {
            let (delivery, lane) = (Arc::clone(self), Arc::clone(&lane));
            self.tasks.spawn(Box::pin(lane::work(delivery, lane)));
        }
    }

    /// Forgets a lane nobody uses.
    pub(super) fn desert(&self, lane: &Lane) {
        let mut lanes = locked(&self.lanes);
        if lane.is_deserted() {
            lanes.remove(&lane.site);
        }
    }

    /// Remembers that a site cannot be reached now.
    pub(super) fn is_down(&self, site: &Site, tried: &Tried) {
        if tried.verdict == Verdict::Transient {
            let mut down = locked(&self.down);
            down.retain(|_, (until, _)| *until > Instant::now());
            down.insert(site.clone(), (Instant::now() + DOWN, tried.clone()));
        }
    }

    fn known_down(&self, site: &Site) -> Option<Tried> {
        let down = locked(&self.down);
        let (until, tried) = down.get(site)?;
        (*until > Instant::now()).then(|| tried.clone())
    }

    /// Gives back on shutdown what waits behind conversations that may go on for long.
    pub(crate) async fn hand_back(self: Arc<Self>) {
        self.shutdown.cancelled().await;
        for lane in locked(&self.lanes).values() {
            self.release_waiting(lane);
        }
    }

    pub(super) fn release_waiting(&self, lane: &Lane) {
        for job in lane.drain() {
            self.release(job.claimed);
        }
    }
}
