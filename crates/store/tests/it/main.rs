//! The store on both engines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alias;
mod email;
mod inbound_email;
mod recipient;
mod world;
