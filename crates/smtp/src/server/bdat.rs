//! BDAT (RFC 3030). A chunk is always taken off the wire, even when it is refused: only its size
//! tells where the next command begins.

use bytes::Buf;
use tokio::time::Instant;

use super::{
    Handler,
    data::is_hopeless,
    incoming::Incoming,
    session::{Ended, Flow, Session, Transaction},
    wire::DATA_READ_OCTETS,
};
use crate::{Reply, replies};

impl<H: Handler> Session<H> {
    pub(super) async fn bdat(&mut self, size: u64, is_last: bool) -> Result<Flow, Ended> {
        let size_max = self.settings.limits.size_max;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if is_hopeless(size, size_max) {
            self.wire.push(&replies::message_too_large());
            return Ok(self.give_up());
        }
        let mut incoming = match self.begin_chunk() {
            Ok(incoming) => incoming,
            Err(refusal) => {
                self.take_chunk(size, None).await?;
                return Ok(self.refuse(&refusal).await);
            }
        };
        self.take_chunk(size, Some(&mut incoming)).await?;
        if is_last {
            return Ok(self.hand_over(incoming).await);
        }
        if let Some(fault) = incoming.fault() {
            // Chunks still to come find no transaction and are refused with 503.
            return Ok(self.refuse_message(&fault.reply()).await);
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.chunks = Some(incoming);
        }
        Ok(self.answer(Ok(replies::chunk_ok())).await)
    }

    /// The message so far, or a new one.
    fn begin_chunk(&mut self) -> Result<Incoming, Reply> {
        let is_hello_said = self.hello.is_some();
        let size_max = self.settings.limits.size_max;
        match &mut self.transaction {
            None if is_hello_said => Err(replies::mail_first()),
            None => Err(replies::hello_first()),
            Some(Transaction { envelope, .. }) if envelope.recipients.is_empty() => {
                Err(replies::no_valid_recipients())
            }
            Some(Transaction { envelope, chunks }) => Ok(chunks
                .take()
                .unwrap_or_else(|| Incoming::new(size_max, envelope.parameters.size_bytes))),
        }
    }

    /// Takes `size` octets off the wire, into `incoming` if they are wanted.
    async fn take_chunk(
        &mut self,
        size: usize,
        mut incoming: Option<&mut Incoming>,
    ) -> Result<(), Ended> {
        let started = Instant::now();
        let mut received = 0;
        loop {
            let piece = self.wire.input.len().min(size - received);
            if let Some(incoming) = &mut incoming {
                incoming.push_plain(&self.wire.input[..piece]);
                incoming.put_aside(self.settings.spool.as_deref()).await;
            }
            self.wire.input.advance(piece);
            received += piece;
            if received == size {
                return Ok(());
            }
            self.fill(self.data_deadline(started, received), DATA_READ_OCTETS)
                .await?;
        }
    }
}
