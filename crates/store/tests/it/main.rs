//! The store on both engines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alias;
mod domain;
mod email;
mod forward_target;
mod inbound_email;
mod job;
mod organization;
mod recipient;
mod session;
mod system_email;
mod webhook;
mod webhook_delivery;
mod world;
