//! `postscale serve`: a node in production.

use anyhow::Result;
use postscale_store::organization;
use secrecy::ExposeSecret as _;

use crate::{cli::print, config::Config, node};

/// Runs until it is told to stop.
pub async fn serve(config: Config) -> Result<()> {
    let running = node::start(config, postscale_dashboard::router()).await?;
    let mut tx = running.app.store.read().await?;
    // Without tables there is nothing to be set up in yet.
    if matches!(organization::is_set_up(&mut tx).await, Ok(false)) {
        tracing::warn!("nobody can sign in yet: open the set-up page or run `postscale setup`");
        // Printed, not logged: logs are kept and read by many.
        print(&format!(
            "Nobody has set this instance up yet. Whoever opens this page first owns it:\n\n    {}/setup/{}\n\n\
             The address is good until then or until the next start.\n",
            running.public_url,
            running.setup_token.expose_secret()
        ))?;
    }
    drop(tx);
    running.wait().await
}
