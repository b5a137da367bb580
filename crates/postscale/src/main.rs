//! The binary: command line, configuration, wiring, listeners and shutdown.
//!
//! Everything that decides lives in the other crates; here they are put together.

mod cli;
mod commands;
mod config;
mod data_dir;
mod dev;
mod engine_parts;
mod http;
mod instance;
mod listeners;
mod logging;
mod node;
mod ops;
mod runtime_file;
mod secrets;
mod smtp;
mod sources;
mod tls;

/// A mail server makes and drops small strings on every worker at once; the C library's allocator
/// spent a fifth of a received message's time on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
