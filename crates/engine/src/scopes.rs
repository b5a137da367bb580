//! The authorities of the engine's work, each named once.
#![expect(
    clippy::disallowed_methods,
    reason = "the engine does what rows promise, and nobody asks for it at that moment"
)]

use postscale_access::SystemScope;

/// Claims, bodies and settlement of outbound mail.
pub(crate) const DELIVER: SystemScope = SystemScope::for_job("deliver");
/// Taking over mail for recipients that are known to be ours.
pub(crate) const INTAKE: SystemScope = SystemScope::for_job("intake");
/// Jobs of the job table.
pub(crate) const JOBS: SystemScope = SystemScope::for_job("jobs");
/// Writing down last uses and refusals.
pub(crate) const MAINTENANCE: SystemScope = SystemScope::for_job("maintenance");
/// Announcing and forwarding received mail.
pub(crate) const PROCESS_INBOUND: SystemScope = SystemScope::for_job("process_inbound");
/// Reading reports and looking up the names of sources.
pub(crate) const REPORTS: SystemScope = SystemScope::for_job("reports");
/// Deleting what is too old.
pub(crate) const RETENTION: SystemScope = SystemScope::for_job("retention");
/// Adding up what was counted.
pub(crate) const STATS: SystemScope = SystemScope::for_job("stats");
/// Mail of the system itself.
pub(crate) const SYSTEM_MAIL: SystemScope = SystemScope::for_job("system_mail");
/// Judging the days of new senders.
pub(crate) const WARMING: SystemScope = SystemScope::for_job("warming");
/// Telling endpoints.
pub(crate) const WEBHOOKS: SystemScope = SystemScope::for_job("webhooks");
