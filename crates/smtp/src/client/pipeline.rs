//! One message: MAIL, RCPTs and DATA in one write where the host lets us (RFC 2920), replies sorted
//! out per recipient.
//!
//! A host may accept DATA although nobody is left to send to; it then gets an empty message, which
//! RFC 2920 §3.1 says it must refuse, and the recipients keep the replies they got.

use std::fmt::Write as _;

use super::{
    ClientError, Connection, Envelope, ErrorKind, SendReport, Stage, payload::Pieces, report,
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
    /// or the connection failed before any recipient had its answer. Only at
    /// [`Stage::FinalDot`] may the host have taken the message nevertheless.
    pub async fn send(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<SendReport, ClientError> {
        let mail = self.mail_command(envelope, message)?;
        let mut answers = Answers::default();
        let asked = if self.extensions.pipelining {
            self.ask_in_one_write(&mail, envelope, &mut answers).await
        } else {
            self.ask_one_by_one(&mail, envelope, &mut answers).await
        };
        let decided = match asked {
            Ok(data) => self.hand_over(data, &answers, message).await,
            Err(error) => Err(error),
        };
        report::of(envelope, answers, decided)
    }

    /// The message, when the host wants it for somebody; gives the reply that decided for all whom
    /// it did not refuse before.
    async fn hand_over(
        &mut self,
        data: Option<Reply>,
        answers: &Answers,
        message: &[u8],
    ) -> Result<Option<(Reply, Stage)>, ClientError> {
        match data {
            Some(reply) if reply.severity() == Severity::Intermediate => {
                let is_anyone_left = answers.is_anyone_left();
                // Nobody left: the final dot alone.
                let message = if is_anyone_left { message } else { b"" };
                let reply = self.body(message).await?;
                self.needs_reset = !is_anyone_left;
                Ok(is_anyone_left.then_some((reply, Stage::FinalDot)))
            }
            // "Done" before there was a message: whatever this is, nothing was delivered.
            Some(reply) if reply.is_positive() => {
                self.wire.give_up();
                Err(ClientError::new(Stage::Data, ErrorKind::Refused(reply)))
            }
            Some(reply) => Ok(Some((reply, Stage::Data))),
            None => Ok(None),
        }
    }

    /// Gives the reply to DATA.
    async fn ask_in_one_write(
        &mut self,
        mail: &str,
        envelope: &Envelope,
        answers: &mut Answers,
    ) -> Result<Option<Reply>, ClientError> {
        let patience = self.timeouts.command;
        let resets = std::mem::replace(&mut self.needs_reset, true);
        let mut batch = String::with_capacity(64 * (envelope.recipients.len() + 3));
        if resets {
            batch.push_str("RSET\r\n");
        }
        batch.push_str(mail);
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
            if answers.mail.is_none() {
                if resets {
                    self.wire.reply(Stage::Reset, patience).await?;
                }
                answers.mail = Some(self.wire.reply(Stage::Mail, patience).await?);
            }
            for _ in recipients {
                answers.recipients.push(self.recipient_reply().await?);
            }
        }
        let patience = self.timeouts.data_start;
        Ok(Some(self.wire.reply(Stage::Data, patience).await?))
    }

    /// Gives the reply to DATA, unless there was no need to ask.
    async fn ask_one_by_one(
        &mut self,
        mail: &str,
        envelope: &Envelope,
        answers: &mut Answers,
    ) -> Result<Option<Reply>, ClientError> {
        let patience = self.timeouts.command;
        if self.needs_reset {
            self.wire
                .command("RSET\r\n", Stage::Reset, patience)
                .await?;
        }
        self.needs_reset = true;
        let reply = self.wire.command(mail, Stage::Mail, patience).await?;
        let is_refused = !reply.is_positive();
        answers.mail = Some(reply);
        if is_refused {
            return Ok(None);
        }
        for recipient in &envelope.recipients {
            let command = format!("RCPT TO:<{recipient}>\r\n");
            self.wire
                .write(command.as_bytes(), Stage::Recipient, patience)
                .await?;
            answers.recipients.push(self.recipient_reply().await?);
        }
        if !answers.is_anyone_left() {
            return Ok(None);
        }
        let patience = self.timeouts.data_start;
        let reply = self.wire.command("DATA\r\n", Stage::Data, patience);
        Ok(Some(reply.await?))
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

/// What the host said before DATA. It stands even when the connection ends before the rest is said:
/// some hosts refuse and hang up.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) mail: Option<Reply>,
    /// One per recipient as far as they came, or none when MAIL was refused and RCPT not tried.
    pub(super) recipients: Vec<Reply>,
}

impl Answers {
    fn is_anyone_left(&self) -> bool {
        self.mail.as_ref().is_some_and(Reply::is_positive)
            && self.recipients.iter().any(Reply::is_positive)
    }
}
