//! RCPT (RFC 5321 §4.1.1.3): order, count, old routing syntax, then the handler.

use super::{
    Handler,
    guard::guarded,
    session::{Flow, Session, Transaction},
};
use crate::{ForwardPath, Reply, replies};

impl<H: Handler> Session<H> {
    pub(super) async fn rcpt(&mut self, forward_path: ForwardPath, is_ascii: bool) -> Flow {
        if let Some(refusal) = self.why_no_rcpt(&forward_path, is_ascii) {
            return self.refuse(&refusal).await;
        }
        match guarded(self.handler.recipient(&mut self.memory, &forward_path)).await {
            Ok(Ok(())) => {
                if let Some(transaction) = &mut self.transaction {
                    transaction.envelope.recipients.push(forward_path);
                }
                self.answer(Ok(replies::recipient_ok())).await
            }
            Ok(Err(reply)) => self.refuse(&reply).await,
            Err(panicked) => self.answer(Err(panicked)).await,
        }
    }

    fn why_no_rcpt(&self, forward_path: &ForwardPath, is_ascii: bool) -> Option<Reply> {
        let Some(Transaction { envelope, chunks }) = &self.transaction else {
            return Some(if self.hello.is_some() {
                replies::mail_first()
            } else {
                replies::hello_first()
            });
        };
        if chunks.is_some() {
            Some(replies::bad_sequence())
        } else if envelope.recipients.len() >= self.settings.limits.recipients_max {
            Some(replies::too_many_recipients())
        } else if !is_ascii && !envelope.parameters.smtputf8 {
            Some(replies::smtputf8_needed())
        } else if !self.is_submission() && has_route(forward_path) {
            Some(replies::routed_local_part())
        } else {
            None
        }
    }
}

/// `user%host`, `host!user` and `"user@host"` once told relays where to pass mail on. No address of
/// ours has them, and a host behind us might still act on them.
fn has_route(forward_path: &ForwardPath) -> bool {
    forward_path.0.local_part().contains(['%', '!', '@'])
}
