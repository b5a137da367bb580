//! One received message and – for who may write its domain – what it says.

use postscale_access::{Caller, Gate, action};
use postscale_mail::parse::{Parsed, parse};
use postscale_model::{Attachment, InboundEmail, InboundEmailId};
use postscale_store::{inbound_email, rule};

use super::look;
use crate::{App, Error, Result};

/// What a message says.
#[derive(Debug)]
pub struct InboundContent {
    /// The message, read.
    pub parsed: Parsed,
    /// What is attached, with the ids to download it by.
    pub attachments: Vec<Attachment>,
}

/// A received message as its viewer may see it.
#[derive(Debug)]
pub struct InboundView {
    /// The message.
    pub email: InboundEmail,
    /// What the rule that decided is called, unless it is gone.
    pub rule_name: Option<String>,
    /// What it says: only for viewers with write access to its domain.
    pub content: Option<InboundContent>,
}

/// One received message. That its reader saw what it says goes into the audit log.
///
/// # Errors
/// [`Error::Denied`].
pub async fn get(app: &App, caller: &Caller, id: Option<InboundEmailId>) -> Result<InboundView> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate
        .object::<InboundEmail, _>(action::INBOUND_READ, id)
        .await?;
    let rule_name = rule::name_of(gate.rights(), &email).await?;
    if !gate.also(action::INBOUND_CONTENT_READ, &email) {
        return Ok(InboundView {
            email: email.into_inner(),
            rule_name,
            content: None,
        });
    }
    let email = gate.upgrade(action::INBOUND_CONTENT_READ, email)?;
    let actor = gate.actor().cloned();
    let attachments = inbound_email::attachments(&mut tx, &email).await?;
    let octets = look::octets(app, caller, (tx, actor), &email).await?;
    // Reading a large message takes long: not on a thread that serves others.
    let parsed = tokio::task::spawn_blocking(move || parse(&octets))
        .await
        .map_err(|e| Error::Broken(e.to_string()))?;
    let content = InboundContent {
        parsed,
        attachments,
    };
    Ok(InboundView {
        email: email.into_inner(),
        rule_name,
        content: Some(content),
    })
}
