//! DATA (RFC 5321 §4.1.1.4), and handing a finished message over.

use std::{sync::Arc, time::Duration};

use bytes::Buf;
use tokio::time::Instant;

use super::{
    Handler, MailObject,
    guard::guarded,
    incoming::Incoming,
    session::{Ended, Flow, Session, Transaction},
    wire::DATA_READ_OCTETS,
};
use crate::{Reply, replies};

impl<H: Handler> Session<H> {
    pub(super) async fn data(&mut self) -> Result<Flow, Ended> {
        if let Some(refusal) = self.why_no_data() {
            return Ok(self.refuse(&refusal).await);
        }
        let size_announced = self
            .transaction
            .as_ref()
            .and_then(|t| t.envelope.parameters.size_bytes);
        let size_max = self.settings.limits.size_max;
        let mut incoming = Incoming::new(size_max, size_announced);
        self.wire.push(&replies::start_mail_input());
        let started = Instant::now();
        let mut received: usize = 0;
        loop {
            if let Some(end) = incoming.push_dotted(&self.wire.input) {
                self.wire.input.advance(end);
                return Ok(self.hand_over(incoming).await);
            }
            incoming.put_aside(self.settings.spool.as_deref()).await;
            received = received.saturating_add(self.wire.input.len());
            self.wire.input.clear();
            if is_hopeless(received, size_max) {
                self.wire.push(&replies::message_too_large());
                return Ok(self.give_up());
            }
            self.fill(self.data_deadline(started, received), DATA_READ_OCTETS)
                .await?;
        }
    }

    /// Why DATA or BDAT cannot begin a message now.
    fn why_no_data(&self) -> Option<Reply> {
        match &self.transaction {
            None if self.hello.is_none() => Some(replies::hello_first()),
            None => Some(replies::mail_first()),
            Some(Transaction {
                chunks: Some(_), ..
            }) => Some(replies::bad_sequence()),
            Some(Transaction { envelope, .. }) if envelope.recipients.is_empty() => {
                Some(replies::no_valid_recipients())
            }
            Some(_) => None,
        }
    }

    /// When more of a message must be there: soon, and not too slowly on the whole.
    pub(super) fn data_deadline(&self, started: Instant, received: usize) -> Instant {
        let timeouts = &self.settings.timeouts;
        let rate = usize::try_from(timeouts.data_rate_min.max(1)).unwrap_or(usize::MAX);
        let earned = Duration::from_secs(u64::try_from(received / rate).unwrap_or(u64::MAX));
        (Instant::now() + timeouts.data).min(started + timeouts.data_grace + earned)
    }

    /// Gives a complete message to the handler, or refuses it for its faults.
    pub(super) async fn hand_over(&mut self, incoming: Incoming) -> Flow {
        let settings = Arc::clone(&self.settings);
        let whole = match incoming.finish(settings.spool.as_deref()).await {
            Ok(whole) => whole,
            Err(fault) => return self.refuse_message(&fault.reply()).await,
        };
        let (Some(transaction), Some(hello)) = (self.transaction.take(), self.hello.clone()) else {
            return self.refuse(&replies::bad_sequence()).await;
        };
        let mail_object = MailObject {
            envelope: transaction.envelope,
            body: whole.body,
            peer: self.peer,
            hello,
            tls: self.tls.clone(),
            user: self.user.clone(),
            service: self.settings.service,
        };
        let reply = guarded(self.handler.message(&mut self.memory, mail_object)).await;
        drop(whole.turn);
        if reply.as_ref().is_ok_and(Reply::is_positive) {
            self.forgive();
        }
        self.answer(reply).await
    }

    /// Ends the transaction without a message.
    pub(super) async fn refuse_message(&mut self, reply: &Reply) -> Flow {
        match self.abandon().await {
            Ok(()) => self.refuse(reply).await,
            Err(panicked) => self.answer(Err(panicked)).await,
        }
    }
}

/// Twice what a message may have: the client does not read our limits, and its mail is not worth
/// reading to the end.
pub(super) fn is_hopeless(received: usize, size_max: usize) -> bool {
    received > size_max.saturating_mul(2)
}
