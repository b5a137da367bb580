//! `postscale serve`: a node in production.

use anyhow::Result;
use postscale_store::organization;

use crate::{config::Config, node};

/// Runs until it is told to stop.
pub async fn serve(config: Config) -> Result<()> {
    let running = node::start(config, postscale_dashboard::router()).await?;
    let mut tx = running.app.store.read().await?;
    // Without tables there is nothing to be set up in yet.
    if matches!(organization::is_set_up(&mut tx).await, Ok(false)) {
        tracing::warn!("nobody can sign in yet: run `postscale setup`");
    }
    drop(tx);
    running.wait().await
}
