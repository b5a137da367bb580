//! Where large messages wait while they come in, so that a slow or large client costs disk and not
//! memory, and how many of them are in memory at once when they are handed over.
//!
//! A file has no name once it is open: whatever ends the session or the process gives its room back.
//! Nothing here is durable or has to be; nobody was told 250 yet.

use std::{
    fs::{File, OpenOptions},
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

/// Octets of a message that are kept in memory before a piece of it is put aside.
pub(super) const PIECE_OCTETS: usize = 256 * 1024;

/// A directory for messages that come in.
pub struct Spool {
    directory: PathBuf,
    names: AtomicU64,
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
            names: AtomicU64::new(0),
            turns: Arc::new(Semaphore::new(at_once)),
        })
    }

    /// A file for one message.
    pub(super) async fn file(&self) -> io::Result<tokio::fs::File> {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        let path = self
            .directory
            .join(format!("{}-{number}", std::process::id()));
        let opened = spawn_blocking(move || nameless(path)).await;
        Ok(tokio::fs::File::from_std(
            opened.map_err(io::Error::other)??,
        ))
    }

    /// Waits until there is room for one more large message.
    pub(super) async fn turn(&self) -> io::Result<Turn> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map(Turn).map_err(io::Error::other)
    }
}

fn nameless(path: PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(true);
    let file = file.open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}
