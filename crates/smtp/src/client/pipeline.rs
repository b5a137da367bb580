//! One message: MAIL, RCPTs and DATA in one write where the host lets us (RFC 2920), replies sorted
//! out per recipient.
//!
//! A host may accept DATA although nobody is left to send to; it then gets an empty message, which
//! RFC 2920 §3.1 says it must refuse, and the recipients keep the replies they got.

use std::fmt::Write as _;

use super::{
    ClientError, Connection, Envelope, ErrorKind, MessageFault, SendReport, Stage, payload::Pieces,
    report,
};
use crate::{Reply, Severity};

/// RCPTs of one write. Their replies fit any socket buffer, so neither side waits for the other to
/// read (RFC 2920 §3.1).
const BATCH_RECIPIENTS_MAX: usize = 100;

impl Connection {
    /// Sends one message and says what became of each recipient.
    ///
    /// # Errors
    /// [`ClientError`] when nothing was sent (the message cannot be sent at all or not to this host)
    /// or the connection failed before all recipients had their reply. Only at
    /// [`Stage::FinalDot`] may the host have taken the message nevertheless.
    pub async fn send(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<SendReport, ClientError> {
        let mail = self.mail_command(envelope, message)?;
        let asked = if self.extensions.pipelining {
            self.ask_in_one_write(&mail, envelope).await
        } else {
            self.ask_one_by_one(&mail, envelope).await
        };
        let Asked {
            mail,
            recipients,
            data,
        } = asked?;
        let is_anyone_left = mail.is_positive() && recipients.iter().any(Reply::is_positive);
        let decided = match data {
            Some(reply) if reply.severity() == Severity::Intermediate => {
                // Nobody left: the final dot alone.
                let message = if is_anyone_left { message } else { b"" };
                let reply = self.body(message).await?;
                self.needs_reset = !is_anyone_left;
                is_anyone_left.then_some((reply, Stage::FinalDot))
            }
            // "Done" before there was a message: whatever this is, nothing was delivered.
            Some(reply) if reply.is_positive() => {
                self.wire.give_up();
                return Err(ClientError::new(Stage::Data, ErrorKind::Refused(reply)));
            }
            Some(reply) => Some((reply, Stage::Data)),
            None => None,
        };
        Ok(report::of(envelope, &mail, recipients, decided.as_ref()))
    }

    async fn ask_in_one_write(
        &mut self,
        mail: &str,
        envelope: &Envelope,
    ) -> Result<Asked, ClientError> {
        let patience = self.timeouts.command;
        let resets = std::mem::replace(&mut self.needs_reset, true);
        let mut batch = String::with_capacity(64 * (envelope.recipients.len() + 3));
        if resets {
            batch.push_str("RSET\r\n");
        }
        batch.push_str(mail);
        let mut mail = None;
        let mut replies = Vec::with_capacity(envelope.recipients.len());
        let mut batches = envelope.recipients.chunks(BATCH_RECIPIENTS_MAX).peekable();
        while let Some(recipients) = batches.next() {
            for recipient in recipients {
                let _ = write!(batch, "RCPT TO:<{recipient}>\r\n");
            }
            if batches.peek().is_none() {
                batch.push_str("DATA\r\n");
            }
            self.wire
                .write(batch.as_bytes(), Stage::Mail, patience)
                .await?;
            batch.clear();
            if mail.is_none() {
                if resets {
                    self.wire.reply(Stage::Reset, patience).await?;
                }
                mail = Some(self.wire.reply(Stage::Mail, patience).await?);
            }
            for _ in recipients {
                match self.recipient_reply().await {
                    Ok(reply) => replies.push(reply),
                    // A host that refuses MAIL and hangs up has said all there is to say.
                    Err(error) => return Asked::without_data(mail, error),
                }
            }
        }
        let data = match self.wire.reply(Stage::Data, self.timeouts.data_start).await {
            Ok(data) => data,
            Err(error) => return Asked::without_data(mail, error),
        };
        let mail = mail.ok_or_else(|| ClientError::new(Stage::Mail, MessageFault::NoRecipient))?;
        Ok(Asked {
            mail,
            recipients: replies,
            data: Some(data),
        })
    }

    async fn ask_one_by_one(
        &mut self,
        mail: &str,
        envelope: &Envelope,
    ) -> Result<Asked, ClientError> {
        let patience = self.timeouts.command;
        if self.needs_reset {
            self.wire
                .command("RSET\r\n", Stage::Reset, patience)
                .await?;
        }
        self.needs_reset = true;
        let mail = self.wire.command(mail, Stage::Mail, patience).await?;
        let mut recipients = Vec::with_capacity(envelope.recipients.len());
        if !mail.is_positive() {
            return Ok(Asked {
                mail,
                recipients,
                data: None,
            });
        }
        for recipient in &envelope.recipients {
            let command = format!("RCPT TO:<{recipient}>\r\n");
            self.wire
                .write(command.as_bytes(), Stage::Recipient, patience)
                .await?;
            recipients.push(self.recipient_reply().await?);
        }
        let data = if recipients.iter().any(Reply::is_positive) {
            Some(
                self.wire
                    .command("DATA\r\n", Stage::Data, self.timeouts.data_start)
                    .await?,
            )
        } else {
            None
        };
        Ok(Asked {
            mail,
            recipients,
            data,
        })
    }

    /// The reply to one RCPT; 421 ends the connection and so says nothing about this recipient.
    async fn recipient_reply(&mut self) -> Result<Reply, ClientError> {
        let reply = self
            .wire
            .reply(Stage::Recipient, self.timeouts.command)
            .await?;
        if reply.code() == 421 {
            return Err(ClientError::new(
                Stage::Recipient,
                ErrorKind::Refused(reply),
            ));
        }
        Ok(reply)
    }

    async fn body(&mut self, message: &[u8]) -> Result<Reply, ClientError> {
        let mut pieces = Pieces::new(message);
        while let Some((piece, is_last)) = pieces.next_piece() {
            let stage = if is_last {
                Stage::FinalDot
            } else {
                Stage::Body
            };
            self.wire
                .write(piece, stage, self.timeouts.data_block)
                .await?;
        }
        self.wire
            .reply(Stage::FinalDot, self.timeouts.data_end)
            .await
    }
}

/// What the host said before the message.
struct Asked {
    mail: Reply,
    /// One per recipient, or none when MAIL was refused and RCPT not tried.
    recipients: Vec<Reply>,
    /// Unless DATA was not tried.
    data: Option<Reply>,
}

impl Asked {
    /// What a refused MAIL leaves to report when the replies after it are not to be had.
    fn without_data(mail: Option<Reply>, error: ClientError) -> Result<Self, ClientError> {
        match mail {
            Some(mail) if !mail.is_positive() => Ok(Self {
                mail,
                recipients: Vec::new(),
                data: None,
            }),
            _ => Err(error),
        }
    }
}
