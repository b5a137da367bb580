//! Commands out, replies in, each with its time-out.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

use super::{ClientError, ErrorKind, Stage};
use crate::{Reply, stream::Stream};

pub(super) struct Wire {
    pub(super) stream: Stream,
    input: BytesMut,
    /// A reply said the connection ends (421), or reading or writing failed.
    is_broken: bool,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
            is_broken: false,
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// What happened leaves it unknown where in the conversation we are.
    pub(super) fn give_up(&mut self) {
        self.is_broken = true;
    }

    /// Whatever was said in clear before TLS (RFC 3207 §4.2; response injection).
    pub(super) fn forget_input(&mut self) {
        self.input.clear();
    }

    pub(super) async fn write(
        &mut self,
        octets: &[u8],
        stage: Stage,
        patience: Duration,
    ) -> Result<(), ClientError> {
        let written = timeout(patience, async {
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        });
        let kind = match written.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => ErrorKind::Io(error),
            Err(_) => ErrorKind::TimedOut,
        };
        self.is_broken = true;
        Err(ClientError::new(stage, kind))
    }

    /// The next reply, whatever it says.
    pub(super) async fn reply(
        &mut self,
        stage: Stage,
        patience: Duration,
    ) -> Result<Reply, ClientError> {
        let deadline = Instant::now() + patience;
        let kind = loop {
            match Reply::parse(&self.input) {
                Ok(Some((reply, taken))) => {
                    self.input.advance(taken);
                    self.is_broken |= reply.code() == 421;
                    return Ok(reply);
                }
                Ok(None) => {}
                Err(error) => break ErrorKind::Protocol(error),
            }
            self.input.reserve(4096);
            match timeout_at(deadline, self.stream.read_buf(&mut self.input)).await {
                Ok(Ok(0)) => break ErrorKind::Closed,
                Ok(Ok(_)) => {}
                Ok(Err(error)) => break ErrorKind::Io(error),
                Err(_) => break ErrorKind::TimedOut,
            }
        };
        self.is_broken = true;
        Err(ClientError::new(stage, kind))
    }

    /// One command and its reply, whatever it says. `command` ends with CRLF.
    pub(super) async fn command(
        &mut self,
        command: &str,
        stage: Stage,
        patience: Duration,
    ) -> Result<Reply, ClientError> {
        self.write(command.as_bytes(), stage, patience).await?;
        self.reply(stage, patience).await
    }
}
