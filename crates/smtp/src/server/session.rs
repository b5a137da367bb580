//! One connection from greeting to goodbye: reads commands, keeps what was said, counts errors.
//!
//! Each verb's rules are in its own file; this one has only what they share.

use std::{io, net::SocketAddr, sync::Arc};

use bytes::BytesMut;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Envelope, Handler, Hello, Service, Settings,
    admission::Place,
    guard::{Panicked, guarded},
    incoming::Incoming,
    wire::{COMMAND_READ_OCTETS, Line, Wire},
};
use crate::{
    Reply, TlsSession, replies,
    syntax::{self, Command},
};

/// Whether the session goes on after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Continue,
    /// The client is done.
    Quit,
    /// We are done with the client, which may not know yet.
    Close,
}

/// Why a session ended without the client's QUIT.
#[derive(Debug)]
pub(super) enum Ended {
    Disconnected,
    TimedOut,
    ShuttingDown,
    Failed(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// What MAIL, RCPT and BDAT have said so far.
pub(super) struct Transaction {
    pub(super) envelope: Envelope,
    /// The message, once BDAT began it.
    pub(super) chunks: Option<Incoming>,
}

pub(super) struct Session<H: Handler> {
    pub(super) settings: Arc<Settings>,
    pub(super) handler: Arc<H>,
    pub(super) memory: H::Session,
    pub(super) wire: Wire,
    pub(super) peer: SocketAddr,
    pub(super) tls: Option<TlsSession>,
    pub(super) hello: Option<Hello>,
    pub(super) user: Option<String>,
    pub(super) transaction: Option<Transaction>,
    pub(super) failed_logins: u32,
    pub(super) errors: u32,
    pub(super) idle_commands: u32,
    pub(super) place: Place,
    shutdown: CancellationToken,
}

impl<H: Handler> Session<H> {
    pub(super) fn new(
        settings: Arc<Settings>,
        handler: Arc<H>,
        memory: H::Session,
        (wire, peer): (Wire, SocketAddr),
        place: Place,
        shutdown: CancellationToken,
    ) -> Self {
        let tls = wire.stream.tls_session();
        Self {
            settings,
            handler,
            memory,
            wire,
            peer,
            tls,
            hello: None,
            user: None,
            transaction: None,
            failed_logins: 0,
            errors: 0,
            idle_commands: 0,
            place,
            shutdown,
        }
    }

    /// Speaks until either side ends it.
    pub(super) async fn run(mut self) {
        let greeting = format!("{} ESMTP Postscale", self.settings.hostname);
        self.wire.push(&Reply::bare(220, greeting));
        let mut is_client_done = true;
        match self.converse().await {
            Ok(Flow::Continue | Flow::Quit) => {}
            Ok(Flow::Close) => is_client_done = false,
            Err(Ended::TimedOut) => self.wire.push(&replies::timed_out()),
            Err(Ended::ShuttingDown) => self.wire.push(&replies::shutting_down()),
            Err(Ended::Disconnected) => return,
            Err(Ended::Failed(error)) => {
                tracing::debug!(client.ip = %self.peer.ip(), %error, "an SMTP connection failed");
                return;
            }
        }
        let closed = timeout(self.settings.timeouts.write, self.wire.close()).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!(client.ip = %self.peer.ip(), "an SMTP client left early");
        } else if !is_client_done {
            self.wire.linger().await;
        }
    }

    async fn converse(&mut self) -> Result<Flow, Ended> {
        loop {
            let flow = match self.next_line().await? {
                Line::Complete(line) => self.execute(line).await?,
                Line::TooLong => self.refuse(&replies::command_too_long()).await,
                Line::BareLineFeed => {
                    self.wire.push(&replies::bare_line_feed());
                    Flow::Close
                }
            };
            if flow != Flow::Continue {
                return Ok(flow);
            }
        }
    }

    async fn execute(&mut self, line: BytesMut) -> Result<Flow, Ended> {
        let parsed = syntax::parse(&line, &self.settings.hostname);
        let is_chunk = line
            .get(..4)
            .is_some_and(|verb| verb.eq_ignore_ascii_case(b"BDAT"));
        let is_hello = syntax::is_hello(&line);
        // The buffer is whole again before a message is read into it.
        drop(line);
        let command = match parsed {
            Ok(command) => command,
            Err(reply) if is_hello => return Ok(self.refuse(&reply.without_enhanced()).await),
            Err(reply) => {
                let flow = self.refuse(&reply).await;
                // How long the chunk is cannot be known, so what follows cannot be told from commands.
                return Ok(if is_chunk && flow == Flow::Continue {
                    self.give_up()
                } else {
                    flow
                });
            }
        };
        Ok(match command {
            Command::Helo(name) => self.helo(name).await,
            Command::Ehlo(name) => self.ehlo(name).await,
            Command::StartTls => self.start_tls().await?,
            Command::Auth { mechanism, initial } => self.auth(mechanism, initial).await?,
            Command::Mail {
                reverse_path,
                is_ascii,
                parameters,
            } => self.mail(reverse_path, is_ascii, parameters).await,
            Command::Rcpt {
                forward_path,
                is_ascii,
            } => self.rcpt(forward_path, is_ascii).await,
            Command::Data => self.data().await?,
            Command::Bdat { size, is_last } => self.bdat(size, is_last).await?,
            Command::Reset => {
                let reply = self.abandon().await.map(|()| replies::ok());
                self.answer_idle_command(reply).await
            }
            Command::Noop => self.answer_idle_command(Ok(replies::ok())).await,
            Command::Verify => self.answer_idle_command(Ok(replies::cannot_verify())).await,
            Command::Help => self.answer_idle_command(Ok(replies::help())).await,
            Command::Expand => self.refuse(&replies::not_implemented()).await,
            Command::Quit => {
                self.wire.push(&replies::closing());
                Flow::Quit
            }
            Command::Http => {
                self.wire.push(&replies::other_protocol());
                Flow::Close
            }
        })
    }

    /// The next line, with all replies sent before waiting for it.
    pub(super) async fn next_line(&mut self) -> Result<Line, Ended> {
        // Between transactions nothing is lost by ending here.
        if self.shutdown.is_cancelled() && self.transaction.is_none() {
            return Err(Ended::ShuttingDown);
        }
        if let Some(line) = self.wire.take_line() {
            return Ok(line);
        }
        let timeouts = &self.settings.timeouts;
        let patience = if self.place.is_stressed(&self.settings.limits) {
            timeouts.command_under_stress
        } else {
            timeouts.command
        };
        let deadline = Instant::now() + patience;
        loop {
            self.fill(deadline, COMMAND_READ_OCTETS).await?;
            if let Some(line) = self.wire.take_line() {
                return Ok(line);
            }
        }
    }

    /// Sends what is to be sent, then reads until `deadline`.
    pub(super) async fn fill(&mut self, deadline: Instant, room: usize) -> Result<(), Ended> {
        if self.wire.has_output() {
            let flushed = timeout(self.settings.timeouts.write, self.wire.flush()).await;
            flushed.map_err(|_| Ended::Disconnected)??;
        }
        let is_between_transactions = self.transaction.is_none();
        tokio::select! {
            read = self.wire.read(room) => match read? {
                0 => Err(Ended::Disconnected),
                _ => Ok(()),
            },
            () = self.shutdown.cancelled(), if is_between_transactions => Err(Ended::ShuttingDown),
            () = sleep_until(deadline) => Err(Ended::TimedOut),
        }
    }

    /// Drops the transaction, if there is one.
    pub(super) async fn abandon(&mut self) -> Result<(), Panicked> {
        if self.transaction.take().is_some() {
            guarded(self.handler.reset(&mut self.memory)).await?;
        }
        Ok(())
    }

    pub(super) fn is_submission(&self) -> bool {
        self.settings.service == Service::Submission
    }

    /// The next line of an exchange inside a command.
    pub(super) async fn exchange(&mut self, prompt: &Reply) -> Result<Option<BytesMut>, Ended> {
        self.wire.push(prompt);
        match self.next_line().await? {
            Line::Complete(line) => Ok(Some(line)),
            Line::TooLong | Line::BareLineFeed => Ok(None),
        }
    }
}
