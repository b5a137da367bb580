//! Rows I: who somebody is.

mod enumeration;
mod origins;
mod scalars;
mod sessions;
