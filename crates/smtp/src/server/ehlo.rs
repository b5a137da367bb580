//! EHLO and HELO (RFC 5321 §4.1.1.1), and STARTTLS (RFC 3207), which begins the session anew.

use std::fmt::Write as _;

use tokio::time::timeout;

use super::{
    Handler, Hello, HelloVerb, TlsStart,
    guard::{Panicked, guarded},
    session::{Ended, Flow, Session},
};
use crate::{Reply, replies, stream::Stream};

impl<H: Handler> Session<H> {
    pub(super) async fn helo(&mut self, name: String) -> Flow {
        let hello = Hello {
            verb: HelloVerb::Helo,
            name,
        };
        let text = self.settings.hostname.to_string();
        self.greet(hello, text).await
    }

    pub(super) async fn ehlo(&mut self, name: String) -> Flow {
        let hello = Hello {
            verb: HelloVerb::Ehlo,
            name,
        };
        let text = self.extensions();
        self.greet(hello, text).await
    }

    /// Either verb ends an open transaction (RFC 5321 §4.1.4).
    async fn greet(&mut self, hello: Hello, text: String) -> Flow {
        if self.abandon().await.is_err() {
            return self.fail_to_greet();
        }
        match guarded(self.handler.hello(&mut self.memory, &hello)).await {
            Ok(Ok(())) => {
                self.hello = Some(hello);
                self.answer(Ok(Reply::bare(250, text))).await
            }
            Ok(Err(reply)) => self.refuse(&reply.without_enhanced()).await,
            Err(Panicked) => self.fail_to_greet(),
        }
    }

    fn fail_to_greet(&mut self) -> Flow {
        let reply = replies::internal_error().without_enhanced();
        self.wire.push(&reply);
        Flow::Close
    }

    fn extensions(&self) -> String {
        let mut text = format!("{}\nPIPELINING", self.settings.hostname);
        // Writing to a string does not fail.
        let _ = write!(text, "\nSIZE {}", self.settings.limits.size_max);
        if self.may_start_tls() {
            text.push_str("\nSTARTTLS");
        }
        if self.is_submission() && self.tls.is_some() {
            text.push_str("\nAUTH PLAIN LOGIN");
        }
        text.push_str("\nENHANCEDSTATUSCODES\n8BITMIME\nSMTPUTF8\nCHUNKING");
        text
    }

    fn may_start_tls(&self) -> bool {
        self.tls.is_none()
            && self.settings.tls.is_some()
            && self.settings.tls_start == TlsStart::Command
    }

    pub(super) async fn start_tls(&mut self) -> Result<Flow, Ended> {
        if self.tls.is_some() {
            return Ok(self.refuse(&replies::bad_sequence()).await);
        }
        let Some(tls) = self.settings.tls.clone() else {
            return Ok(self.refuse(&replies::not_implemented()).await);
        };
        // Commands sent in clear behind STARTTLS would be obeyed as if they came over TLS.
        if !self.wire.input.is_empty() {
            self.wire.push(&replies::bytes_before_tls());
            return Ok(Flow::Close);
        }
        if let Err(panicked) = self.abandon().await {
            return Ok(self.answer(Err(panicked)).await);
        }
        self.hello = None;
        self.wire.push(&replies::ready_for_tls());
        let timeouts = &self.settings.timeouts;
        let flushed = timeout(timeouts.write, self.wire.flush()).await;
        flushed.map_err(|_| Ended::Disconnected)??;
        let socket = self.wire.stream.take_plain()?;
        let shaken = timeout(timeouts.handshake, tls.acceptor().accept(socket)).await;
        let stream = shaken.map_err(|_| Ended::Disconnected)??;
        self.wire.stream = Stream::Tls(Box::new(stream.into()));
        self.tls = self.wire.stream.tls_session();
        Ok(Flow::Continue)
    }
}
