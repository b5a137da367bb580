//! The MAIL command, and what keeps a message from a host before anything is said.
//!
//! Nothing is changed to fit: a message that needs an extension the host does not offer is not sent.

use std::fmt::Write as _;

use postscale_model::Address;

use super::{
    ClientError, Connection, Envelope, ErrorKind, Extension, MessageFault, Stage, payload,
};

impl Connection {
    /// The MAIL command, or why this message cannot go to this host.
    pub(super) fn mail_command(
        &self,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<String, ClientError> {
        let refused = |kind: ErrorKind| ClientError::new(Stage::Mail, kind);
        if !self.is_reusable() {
            return Err(refused(ErrorKind::Spent));
        }
        if envelope.recipients.is_empty() {
            return Err(refused(MessageFault::NoRecipient.into()));
        }
        payload::check(message).map_err(|fault| refused(fault.into()))?;
        let offered = &self.extensions;
        let unsupported = |extension| Err(refused(ErrorKind::Unsupported(extension)));
        let size = u64::try_from(message.len()).unwrap_or(u64::MAX);
        if offered.size_max.is_some_and(|size_max| size > size_max) {
            return unsupported(Extension::Size);
        }
        let is_utf8 = envelope.smtputf8
            || envelope
                .return_path
                .address()
                .is_some_and(Address::needs_smtputf8)
            || envelope.recipients.iter().any(Address::needs_smtputf8);
        if is_utf8 && !offered.smtputf8 {
            return unsupported(Extension::SmtpUtf8);
        }
        let is_eight_bit = !message.is_ascii();
        if is_eight_bit && !offered.eight_bit_mime {
            return unsupported(Extension::EightBitMime);
        }
        let mut command = format!("MAIL FROM:{}", envelope.return_path);
        // Writing to a string does not fail.
        if offered.size {
            let _ = write!(command, " SIZE={size}");
        }
        if is_eight_bit {
            command.push_str(" BODY=8BITMIME");
        }
        if is_utf8 {
            command.push_str(" SMTPUTF8");
        }
        command.push_str("\r\n");
        Ok(command)
    }
}
