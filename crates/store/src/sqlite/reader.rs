//! Read connections: each is a snapshot of the database while it is out.
//!
//! To begin and to end a snapshot SQLite asks the kernel for a lock of the file, unless another
//! connection of the process holds it already. So one connection, the pin, keeps it while there are
//! many readers and nobody writes; nobody reads from the pin. It is let go before every commit, because
//! a log that somebody reads from cannot be started anew.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::OpenFlags;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Sqlite;
use crate::{Error, Result, dialect};

/// Reads between two commits from which on the pin is worth what it costs: a read of its own.
const PIN_AFTER: u32 = 32;

/// The read connections of a store. They are opened as needed, up to a limit.
pub(crate) struct Readers {
    path: PathBuf,
    wait: Duration,
    permits: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

/// What waits for the next reader.
#[derive(Default)]
struct Idle {
    connections: Vec<Sqlite>,
    /// Reads since the last commit.
    reads: u32,
    pin: Option<Sqlite>,
    pinned: bool,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, limit: usize, wait: Duration) -> Self {
        let (permits, idle) = (Arc::new(Semaphore::new(limit)), Mutex::default());
        Self {
            path,
            wait,
            permits,
            idle,
        }
    }

    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Reader> {
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait().await?,
        };
        let conn = match self.next() {
            Some(conn) => conn,
            None => self.open()?,
        };
        conn.control(dialect::SQLITE_BEGIN_READ)?;
        let readers = Arc::clone(self);
        Ok(Reader {
            conn: Some(conn),
            readers,
            _permit: permit,
        })
    }

    async fn wait(&self) -> Result<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        match tokio::time::timeout(self.wait, permit).await {
            Ok(permit) => permit.map_err(Error::unavailable),
            Err(_) => Err(Error::Busy),
        }
    }

    fn open(&self) -> Result<Sqlite> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Sqlite::open(&self.path, flags, dialect::SQLITE_READER)
    }

    /// A connection that waits, if one does.
    fn next(&self) -> Option<Sqlite> {
        let mut idle = self.lock();
        idle.reads = idle.reads.saturating_add(1);
        if idle.reads == PIN_AFTER {
            // Without a pin everything is as right as with one, only slower.
            idle.pinned = self.pin(&mut idle.pin).is_ok();
            if !idle.pinned {
                idle.pin = None;
            }
        }
        idle.connections.pop()
    }

    fn pin(&self, pin: &mut Option<Sqlite>) -> Result<()> {
        let conn = match pin {
            Some(conn) => conn,
            None => pin.insert(self.open()?),
        };
        conn.control(dialect::SQLITE_BEGIN_READ)?;
        // A snapshot begins with the first read.
        conn.query("SELECT 1 FROM sqlite_schema LIMIT 1", &[])
            .map(drop)
    }

    /// Lets the pin go: somebody is about to commit.
    pub(crate) fn unpin(&self) {
        let mut idle = self.lock();
        idle.reads = 0;
        if std::mem::take(&mut idle.pinned)
            && let Some(pin) = &idle.pin
            && pin.control("ROLLBACK").is_err()
        {
            idle.pin = None;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A read transaction; ends when dropped.
pub(crate) struct Reader {
    conn: Option<Sqlite>,
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    pub(crate) const fn conn(&mut self) -> &mut Sqlite {
        self.conn.as_mut().expect("BUG: taken only by drop")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take()
            && conn.control("ROLLBACK").is_ok()
        {
            self.readers.lock().connections.push(conn);
        }
    }
}
