//! A message while it comes in: its content, of which what does not fit into memory is on disk.

use std::io::{self, SeekFrom};

use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _},
};

use super::{
    content::{Content, Fault},
    spool::{PIECE_OCTETS, Spool, Turn},
};

pub(super) struct Incoming {
    content: Content,
    aside: Option<File>,
}

/// A message that came in, and the right to have it in memory.
pub(super) struct Whole {
    pub(super) body: Vec<u8>,
    pub(super) turn: Option<Turn>,
}

impl Incoming {
    pub(super) fn new(size_max: usize, size_announced: Option<u64>) -> Self {
        Self {
            content: Content::new(size_max, size_announced),
            aside: None,
        }
    }

    /// As [`Content::push_dotted`].
    pub(super) fn push_dotted(&mut self, input: &[u8]) -> Option<usize> {
        self.content.push_dotted(input)
    }

    /// As [`Content::push_plain`].
    pub(super) fn push_plain(&mut self, input: &[u8]) {
        self.content.push_plain(input);
    }

    /// As [`Content::fault`].
    pub(super) fn fault(&self) -> Option<Fault> {
        self.content.fault()
    }

    /// Puts aside what has become too much for memory. When that fails, the message is at fault for
    /// its sender: it has to come again.
    pub(super) async fn put_aside(&mut self, spool: Option<&Spool>) {
        let Some(spool) = spool.filter(|_| self.content.kept().len() >= PIECE_OCTETS) else {
            return;
        };
        if let Err(error) = self.write_piece(spool).await {
            tracing::warn!(%error, "a message that comes in cannot be put aside");
            self.content.give_up();
        }
    }

    async fn write_piece(&mut self, spool: &Spool) -> io::Result<()> {
        let file = match &mut self.aside {
            Some(file) => file,
            none => none.insert(spool.file().await?),
        };
        file.write_all(self.content.kept()).await?;
        self.content.forget_kept();
        Ok(())
    }

    /// The message. One that was put aside waits for its turn to be in memory.
    pub(super) async fn finish(self, spool: Option<&Spool>) -> Result<Whole, Fault> {
        let spooled = self.content.spooled();
        let tail = self.content.finish()?;
        let (Some(mut file), Some(spool)) = (self.aside, spool) else {
            return Ok(Whole {
                body: tail,
                turn: None,
            });
        };
        let whole = async {
            let turn = spool.turn().await?;
            let mut body = Vec::with_capacity(spooled + tail.len());
            file.flush().await?;
            file.seek(SeekFrom::Start(0)).await?;
            file.read_to_end(&mut body).await?;
            body.extend_from_slice(&tail);
            Ok(Whole {
                body,
                turn: Some(turn),
            })
        };
        whole.await.map_err(|error: io::Error| {
            tracing::warn!(%error, "a message that came in cannot be read again");
            Fault::NoRoom
        })
    }
}
