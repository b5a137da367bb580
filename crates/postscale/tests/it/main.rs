//! The whole product: in process against its router, and as a process of its own.

mod access;
mod api;
