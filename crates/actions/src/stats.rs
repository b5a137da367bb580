//! How the mail of domains is doing, in figures.
//!
//! Days and hours are UTC, and the last of them is the one the request comes in. What somebody sees
//! of several domains is the sum of those they see.

mod export;
mod overview;
mod read;

pub use postscale_store::stats::Labelled;

pub use export::{ExportedStats, StatsExport, export};
pub use overview::{Overview, overview};
pub use read::{DomainStats, Figures, Summary, daily, hourly, isps, page, summary, tags};

/// Days shown at most.
pub const DAYS_MAX: u16 = 90;
/// Hours shown at most.
pub const HOURS_MAX: u16 = 168;
/// Tags shown at most.
pub const TAGS_MAX: u32 = 100;
