//! Read connections: each is a snapshot of the database while it is out.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::OpenFlags;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Sqlite;
use crate::{Error, Result, dialect};

/// The read connections of a store. They are opened as needed, up to a limit.
pub(crate) struct Readers {
    path: PathBuf,
    wait: Duration,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Sqlite>>,
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
        let idle = self.lock().pop();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let conn = match idle {
            Some(conn) => conn,
            None => Sqlite::open(&self.path, flags, dialect::SQLITE_READER)?,
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

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Sqlite>> {
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
            self.readers.lock().push(conn);
        }
    }
}
