//! Authority for work nobody asked for.

/// Authority for work nobody asked for: the queue, DNS re-checks, webhooks, retention.
///
/// Making one is denied by clippy except where `#[expect]` says why; the list of those places is
/// a golden file.
#[derive(Debug)]
pub struct SystemScope {
    job: &'static str,
}

impl SystemScope {
    /// Authority of the named job.
    #[must_use]
    pub const fn for_job(job: &'static str) -> Self {
        Self { job }
    }
    /// The job's name, for logs.
    #[must_use]
    pub const fn job(&self) -> &'static str {
        self.job
    }
}
