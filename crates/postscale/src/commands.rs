//! One function per command.

mod migrate;

pub use migrate::migrate;
