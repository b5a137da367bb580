//! The whole product: in process against its router, and as a process of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod api;
mod browser;
mod compat;
mod delivery;
mod node;
mod pages;
mod process;
mod security;
mod smtp;
