//! Mail of the instance itself: composed here, queued in the transaction of its cause.

use postscale_mail::compose::{Draft, compose};
use postscale_model::{Address, Mailbox, SystemEmailId};
use postscale_store::system_email::SystemEmail;

use crate::{App, Error, Result};

/// A plain message from the instance to one address.
///
/// # Errors
/// [`Error::Broken`] when it cannot be a message.
pub(crate) fn compose_to(
    app: &App,
    recipient: &Address,
    subject: &str,
    text: String,
) -> Result<SystemEmail> {
    let from = &app.links.system_from;
    let draft = Draft {
        from: from.clone(),
        sender: None,
        to: vec![Mailbox::from(recipient.clone())],
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: subject.to_owned(),
        text: Some(text),
        html: None,
        headers: vec![("Auto-Submitted".into(), "auto-generated".into())],
        attachments: Vec::new(),
        message_id: format!("{}@{}", app.sources.hex::<16>(), from.address.domain()),
        date: app.sources.now(),
    };
    let body = compose(&draft).map_err(|invalid| Error::Broken(invalid.to_string()))?;
    let id: SystemEmailId = app.sources.id();
    Ok(SystemEmail {
        id,
        recipient: recipient.clone(),
        body,
        created_at: draft.date,
    })
}
