//! What tests of several crates share. Never part of the product.
#![warn(missing_docs)]

pub mod database;
