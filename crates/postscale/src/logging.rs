//! Log lines on standard error: for people on a terminal, one JSON object each elsewhere.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use crate::config::{Log, LogFormat};

/// The name server of `dev` logs every question at level info; a filter that names it wins.
const QUIET: &str = "hickory_server=warn";

/// Starts logging for the whole process. A second call changes nothing.
pub fn start(log: &Log) {
    let terminal = std::io::stderr().is_terminal();
    let filter: EnvFilter = format!("{QUIET},{}", log.filter)
        .parse()
        .unwrap_or_else(|_| EnvFilter::new(QUIET).add_directive(LevelFilter::INFO.into()));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let format = log.format.unwrap_or(if terminal {
        LogFormat::Text
    } else {
        LogFormat::Json
    });
    // Only a subscriber that is there already makes this fail, and then it logs.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(terminal).with_target(false).try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
    };
}
