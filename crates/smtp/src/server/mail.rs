//! MAIL (RFC 5321 §4.1.1.2): order, parameters, then the handler.

use super::{
    Envelope, Handler,
    guard::guarded,
    session::{Flow, Session, Transaction},
};
use crate::{MailParameters, Reply, ReversePath, replies};

impl<H: Handler> Session<H> {
    pub(super) async fn mail(
        &mut self,
        reverse_path: ReversePath,
        is_ascii: bool,
        parameters: MailParameters,
    ) -> Flow {
        if let Some(refusal) = self.why_no_mail(&reverse_path, is_ascii, parameters) {
            return self.refuse(&refusal).await;
        }
        let decided = self
            .handler
            .mail(&mut self.memory, &reverse_path, &parameters);
        match guarded(decided).await {
            Ok(Ok(())) => {
                let envelope = Envelope {
                    reverse_path,
                    parameters,
                    recipients: Vec::new(),
                };
                self.transaction = Some(Transaction {
                    envelope,
                    chunks: None,
                });
                self.answer(Ok(replies::sender_ok())).await
            }
            Ok(Err(reply)) => self.refuse(&reply).await,
            Err(panicked) => self.answer(Err(panicked)).await,
        }
    }

    fn why_no_mail(
        &self,
        reverse_path: &ReversePath,
        is_ascii: bool,
        parameters: MailParameters,
    ) -> Option<Reply> {
        let size_max = u64::try_from(self.settings.limits.size_max).unwrap_or(u64::MAX);
        if self.hello.is_none() {
            Some(replies::hello_first())
        } else if self.is_submission() && self.tls.is_none() {
            Some(replies::tls_first())
        } else if self.is_submission() && self.user.is_none() {
            Some(replies::authentication_required())
        } else if self.transaction.is_some() {
            Some(replies::nested_mail())
        } else if self.is_submission() && *reverse_path == ReversePath::Null {
            // Users write mail; notifications about mail are ours to write.
            Some(replies::sender_domain_not_permitted())
        } else if !is_ascii && !parameters.smtputf8 {
            Some(replies::smtputf8_needed())
        } else if parameters.size_bytes.is_some_and(|size| size > size_max) {
            Some(replies::message_too_large())
        } else {
            None
        }
    }
}
