//! Official clients, unchanged.

mod sdk;
