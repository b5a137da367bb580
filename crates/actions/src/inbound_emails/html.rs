//! The HTML of a received message, fit to be shown.

use postscale_access::{Caller, Gate, action};
use postscale_mail::{
    parse::parse,
    safe_html::{self, SafeHtml},
};
use postscale_model::{InboundEmail, InboundEmailId};

use super::look;
use crate::{App, Error, Result, Rule};

/// The HTML of a message with the pictures it carries, without anything that runs, loads or leads
/// elsewhere.
///
/// # Errors
/// [`Error::Denied`] without write access to its domain; [`Rule::NoSuchObject`] when it has none.
pub async fn html(app: &App, caller: &Caller, id: Option<InboundEmailId>) -> Result<SafeHtml> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate
        .object::<InboundEmail, _>(action::INBOUND_CONTENT_READ, id)
        .await?;
    let actor = gate.actor().cloned();
    let octets = look::octets(app, caller, (tx, actor), &email).await?;
    let shown = tokio::task::spawn_blocking(move || {
        let html = parse(&octets).html?;
        Some(safe_html::of_message(&octets, &html))
    });
    let shown = shown.await.map_err(|e| Error::Broken(e.to_string()))?;
    Ok(shown.ok_or(Rule::NoSuchObject)?)
}
