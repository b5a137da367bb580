//! Where large messages wait while they come in, so that a slow or large client costs disk and not
//! memory, and how many of them are in memory at once when they are handed over.
//!
//! A file has no name and is nobody else's to read: whatever ends the session or the process gives its
//! room back. Nothing here is durable or has to be; nobody was told 250 yet.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

/// Octets of a message that are kept in memory before a piece of it is put aside.
pub(super) const PIECE_OCTETS: usize = 256 * 1024;
/// How long a large message waits for its turn. Clients wait ten minutes for our answer (RFC 5321
/// §4.5.3.2.6): who would not get it in time is told to come again while they still listen.
const TURN_TIMEOUT: Duration = Duration::from_secs(120);

/// A directory for messages that come in.
pub struct Spool {
    directory: PathBuf,
    turns: Arc<Semaphore>,
}

/// The right to have one large message in memory.
pub(super) struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Spool {
    /// Uses a directory, which is made when absent; so many large messages are in memory at once.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn new(directory: PathBuf, at_once: usize) -> io::Result<Self> {
        std::fs::create_dir_all(&directory)?;
        Ok(Self {
            directory,
            turns: Arc::new(Semaphore::new(at_once)),
        })
    }

    /// A file for one message.
    pub(super) async fn file(&self) -> io::Result<tokio::fs::File> {
        let directory = self.directory.clone();
        let opened = spawn_blocking(move || tempfile::tempfile_in(directory)).await;
        Ok(tokio::fs::File::from_std(
            opened.map_err(io::Error::other)??,
        ))
    }

    /// Waits until there is room for one more large message.
    pub(super) async fn turn(&self) -> io::Result<Turn> {
        let turn = timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        turn?.map(Turn).map_err(io::Error::other)
    }
}
