//! The two buffers of a connection: what came and is not yet read, what is said and not yet sent.

use std::{io, time::Duration};

use bytes::{Buf, BytesMut};
use memchr::memchr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use crate::{Reply, stream::Stream};

/// Octets of a command line with its CRLF. RFC 5321 §4.5.3.1.4 asks for 512, extensions for more.
pub(super) const LINE_OCTETS_MAX: usize = 2048;
/// Room for a read while waiting for commands: most connections need no more.
pub(super) const COMMAND_READ_OCTETS: usize = 8 * 1024;
/// Room for a read while a message comes in.
pub(super) const DATA_READ_OCTETS: usize = 64 * 1024;

/// How long, and for how much, the end of a connection waits to be noticed.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_READS_MAX: u32 = 256;

pub(super) struct Wire {
    pub(super) stream: Stream,
    pub(super) input: BytesMut,
    output: Vec<u8>,
    /// Octets of `input` known to have no LF.
    searched: usize,
    /// The line is too long already; what comes of it is dropped up to its end.
    is_dropping: bool,
}

pub(super) enum Line {
    /// Without its CRLF.
    Complete(BytesMut),
    TooLong,
    /// Ended by LF alone: what follows could be something else to somebody else.
    BareLineFeed,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
            output: Vec::new(),
            searched: 0,
            is_dropping: false,
        }
    }

    /// The next line, if it is all there.
    pub(super) fn take_line(&mut self) -> Option<Line> {
        let Some(found) = memchr(b'\n', &self.input[self.searched..]) else {
            if self.input.len() >= LINE_OCTETS_MAX {
                self.is_dropping = true;
                // Keeps a CR whose LF is still to come.
                self.input.advance(self.input.len() - 1);
            }
            self.searched = self.input.len();
            return None;
        };
        let mut line = self.input.split_to(self.searched + found + 1);
        self.searched = 0;
        let was_dropping = std::mem::take(&mut self.is_dropping);
        if !line.ends_with(b"\r\n") {
            return Some(Line::BareLineFeed);
        }
        if was_dropping || line.len() > LINE_OCTETS_MAX {
            return Some(Line::TooLong);
        }
        line.truncate(line.len() - 2);
        Some(Line::Complete(line))
    }

    /// Adds a reply to those that leave with the next write.
    pub(super) fn push(&mut self, reply: &Reply) {
        reply.render(&mut self.output);
    }

    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        self.stream.flush().await
    }

    /// Sends the rest and the end of the stream.
    pub(super) async fn close(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.stream.shutdown().await
    }

    /// Reads on for a moment after the end was sent. Closing with octets unread makes the system
    /// send a reset, which can overtake the last reply and leave the client without a reason.
    pub(super) async fn linger(&mut self) {
        let drained = timeout(LINGER, async {
            for _ in 0..LINGER_READS_MAX {
                self.input.clear();
                if !matches!(self.read(DATA_READ_OCTETS).await, Ok(1..)) {
                    return;
                }
            }
        });
        if drained.await.is_err() {
            tracing::trace!("an SMTP client did not notice the end");
        }
    }

    /// Reads what is there, up to `room` octets; 0 is the end of the stream.
    pub(super) async fn read(&mut self, room: usize) -> io::Result<usize> {
        self.input.reserve(room);
        self.stream.read_buf(&mut self.input).await
    }
}
