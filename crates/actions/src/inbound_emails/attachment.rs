//! An attachment of a received message is downloaded.

use postscale_access::{Caller, Gate, action};
use postscale_mail::parse;
use postscale_model::{Attachment, AttachmentId, InboundEmail, InboundEmailId};
use postscale_store::inbound_email;

use crate::{App, Error, Result, Rule, body};

/// An attachment with its octets.
#[derive(Debug)]
pub struct Download {
    /// Its name and declared type.
    pub attachment: Attachment,
    /// The octets, decoded.
    pub octets: Vec<u8>,
}

/// One attachment, cut out of the stored message.
///
/// # Errors
/// [`Error::Denied`]; [`Rule::NoSuchObject`] when the message has no such attachment.
pub async fn attachment(
    app: &App,
    caller: &Caller,
    email: Option<InboundEmailId>,
    id: Option<AttachmentId>,
) -> Result<Download> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate
        .object::<InboundEmail, _>(action::INBOUND_CONTENT_READ, email)
        .await?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    let found = inbound_email::find_attachment(&mut tx, &email, id).await?;
    let attachment = found.ok_or(Rule::NoSuchObject)?;
    let kept = inbound_email::body(&mut tx, &email).await?;
    drop(tx);
    let message = body::octets(app, kept).await?;
    let part = attachment.part;
    let octets = tokio::task::spawn_blocking(move || parse::attachment(&message, part))
        .await
        .map_err(|e| Error::Broken(e.to_string()))?
        .ok_or_else(|| Error::Broken("a message lost one of its parts".into()))?;
    Ok(Download { attachment, octets })
}
