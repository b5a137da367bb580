//! Foreign HTML, fit to be shown in a frame.

use postscale_mail::safe_html::{self, SafeHtml};

use crate::{Error, Result};

/// HTML without anything that runs, loads or leads elsewhere, and where its links led.
///
/// # Errors
/// [`Error::Broken`] when the work could not be done.
pub async fn shown_html(html: String) -> Result<SafeHtml> {
    // A long message takes long: not on a thread that serves others.
    tokio::task::spawn_blocking(move || safe_html::of(&html))
        .await
        .map_err(|e| Error::Broken(e.to_string()))
}
