//! SQLite's log, which holds what was committed till it is copied into the database: a checkpoint.
//!
//! SQLite would copy it within a commit that makes it long, and everybody would wait for all of it. Here
//! a thread that serves nobody else copies it while others commit. What these add meanwhile is copied
//! while nobody can, so that the log is copied to its end: only then is it started anew.
//!
//! A log that somebody reads from for long is copied in vain, and tried again when it is longer.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
};

use rusqlite::{OpenFlags, wal::CheckpointMode};
use tokio::runtime::Handle;

use super::{Sqlite, error};
use crate::{Error, Result, dialect};

/// From how many pages on it is copied: what is written again and again, such as an index, is copied once
/// for many commits.
const PAGES: u32 = 3000;
/// How many more there may be before commits wait.
const PAGES_MEANWHILE: u32 = 1000;

/// The log of a database that this process writes.
pub(crate) struct Log {
    /// Its pages at the last commit.
    pages: Arc<AtomicU32>,
    copying: Mutex<Copying>,
    conn: Mutex<Sqlite>,
}

/// How far it is copied.
struct Copying {
    stage: Stage,
    /// From how many pages on it is copied next.
    due: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody copies.
    Resting,
    /// A thread copies, or will.
    Most,
    /// Only the end is left.
    End,
}

impl Log {
    /// The log of the database that `writer` writes, which copies nothing itself any more.
    pub(crate) fn open(path: &Path, writer: &mut Sqlite) -> Result<Arc<Self>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let conn = Sqlite::open(path, flags, dialect::SQLITE_COPIER)?;
        let pages = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&pages);
        let hook = move |_: &mut _, pages| {
            counted.store(u32::try_from(pages).unwrap_or_default(), SeqCst);
            Ok(())
        };
        let hooked = writer.raw.wal_hook(Some(hook));
        hooked.map_err(|e| error(&e))?;
        Ok(Arc::new(Self {
            pages,
            copying: Mutex::new(Copying {
                stage: Stage::Resting,
                due: PAGES,
            }),
            conn: Mutex::new(conn),
        }))
    }

    /// Whether it has to be looked after now, by whoever has the turn.
    pub(crate) fn is_due(&self) -> bool {
        let pages = self.pages.load(SeqCst);
        let copying = lock(&self.copying);
        match copying.stage {
            Stage::Resting => pages >= copying.due,
            Stage::Most => copying.is_late(pages),
            Stage::End => true,
        }
    }

    /// Looks after it. Nobody may commit meanwhile.
    pub(crate) fn tend(self: &Arc<Self>, runtime: &Handle) {
        let mut copying = lock(&self.copying);
        if copying.stage == Stage::Resting {
            copying.stage = Stage::Most;
            let log = Arc::clone(self);
            runtime.spawn_blocking(move || log.copy_most());
        } else {
            drop(copying);
            self.copy_end();
        }
    }

    /// Copies what is there, and what came while that was copied.
    fn copy_most(&self) {
        let conn = lock(&self.conn);
        // Whoever commits may have been quicker.
        if lock(&self.copying).stage == Stage::Most {
            copy(&conn);
            copy(&conn);
            lock(&self.copying).stage = Stage::End;
        }
    }

    /// Copies the rest, after what is being copied. While somebody reads from it that is tried again
    /// after every commit, and then when it has grown.
    fn copy_end(&self) {
        let conn = lock(&self.conn);
        let pages = self.pages.load(SeqCst);
        let is_anew = pages < PAGES;
        let is_done = is_anew || copy(&conn);
        let mut copying = lock(&self.copying);
        let is_late = copying.is_late(pages);
        if is_done {
            copying.due = PAGES;
        } else if is_late {
            copying.due = pages.saturating_add(PAGES_MEANWHILE);
        }
        copying.stage = if is_done || is_late {
            Stage::Resting
        } else {
            Stage::End
        };
    }
}

impl Copying {
    const fn is_late(&self, pages: u32) -> bool {
        pages >= self.due.saturating_add(PAGES_MEANWHILE)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies what nobody needs to read from the log any more, waiting for nobody; whether that was all.
fn copy(conn: &Sqlite) -> bool {
    let copied = conn
        .raw
        .wal_checkpoint_v2(Some("main"), CheckpointMode::PASSIVE);
    match copied.map_err(|e| error(&e)) {
        Ok((pages, copied)) => pages == copied,
        // Another process copies.
        Err(Error::Busy) => false,
        Err(why) => {
            tracing::error!(error = %why, "the log cannot be copied into the database");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::params;

    /// A database that is written, and its log.
    struct Written {
        writer: Sqlite,
        log: Arc<Log>,
        directory: TempDir,
    }

    impl Written {
        fn open() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("test.db");
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
            let mut writer = Sqlite::open(&path, flags, dialect::SQLITE_WRITER).unwrap();
            let log = Log::open(&path, &mut writer).unwrap();
            writer
                .script("CREATE TABLE notes (name TEXT, body BYTEA)")
                .unwrap();
            Self {
                writer,
                log,
                directory,
            }
        }

        /// Commits so many pages and a few more.
        fn write(&mut self, name: &str, pages: u32) {
            let octets = vec![7_u8; pages as usize * 4096];
            let insert = "INSERT INTO notes (name, body) VALUES ($1, $2)";
            self.writer.execute(insert, &params![name, octets]).unwrap();
        }

        fn pages(&self) -> u32 {
            self.log.pages.load(SeqCst)
        }

        /// What a thread does that was asked to copy.
        fn copy_most(&self) {
            lock(&self.log.copying).stage = Stage::Most;
            self.log.copy_most();
        }

        /// Somebody with a snapshot.
        fn reader(&self) -> Sqlite {
            let path = self.directory.path().join("test.db");
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
            let reader = Sqlite::open(&path, flags, dialect::SQLITE_READER).unwrap();
            reader.control(dialect::SQLITE_BEGIN_READ).unwrap();
            reader
        }
    }

    fn names(conn: &mut Sqlite) -> Vec<String> {
        let rows = conn.query("SELECT name FROM notes ORDER BY name", &[]);
        let rows = rows.unwrap();
        rows.iter().map(|row| row.text("name").unwrap()).collect()
    }

    #[test]
    fn a_log_that_was_copied_to_its_end_is_started_anew() {
        let mut written = Written::open();
        written.write("a", PAGES - 100);
        assert!(!written.log.is_due());
        written.write("b", 100);
        assert!(written.log.is_due());
        // As if it were committed while the thread copies.
        let mut reader = written.reader();
        assert_eq!(names(&mut reader), ["a", "b"]);
        written.write("c", 10);
        written.copy_most();
        drop(reader);
        written.write("d", 10);
        assert!(written.pages() > PAGES, "nobody was at its end");
        assert!(written.log.is_due());
        written.log.copy_end();
        written.write("e", 10);
        assert!(written.pages() < 20, "{}", written.pages());
        assert!(!written.log.is_due());
        let mut reader = written.reader();
        assert_eq!(names(&mut reader), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn a_log_that_was_started_anew_before_somebody_looked_is_left_alone() {
        let mut written = Written::open();
        written.write("a", PAGES);
        written.copy_most();
        written.write("b", 10);
        assert!(written.pages() < 20, "{}", written.pages());
        written.log.copy_end();
        let conn = lock(&written.log.conn);
        let state = conn
            .raw
            .wal_checkpoint_v2(Some("main"), CheckpointMode::NOOP);
        let (pages, copied) = state.unwrap();
        assert!(copied < pages, "{copied} of {pages}");
        assert!(!written.log.is_due());
    }

    #[test]
    fn commits_wait_for_whoever_copies_when_the_log_grows_too_long_meanwhile() {
        let mut written = Written::open();
        written.write("a", PAGES);
        lock(&written.log.copying).stage = Stage::Most;
        assert!(!written.log.is_due());
        written.write("b", PAGES_MEANWHILE);
        assert!(written.log.is_due());
        // The thread that was asked has not begun.
        written.log.copy_end();
        written.log.copy_most();
        written.write("c", 10);
        assert!(written.pages() < 20, "{}", written.pages());
        assert!(!written.log.is_due());
    }

    #[test]
    fn a_log_that_somebody_reads_from_is_copied_when_it_is_longer() {
        let mut written = Written::open();
        written.write("a", 10);
        let mut reader = written.reader();
        assert_eq!(names(&mut reader), ["a"]);
        written.write("b", PAGES);
        written.copy_most();
        written.log.copy_end();
        assert!(written.log.is_due(), "after every commit");
        written.write("c", PAGES_MEANWHILE);
        written.log.copy_end();
        assert!(!written.log.is_due(), "in vain till now");
        written.write("d", PAGES_MEANWHILE);
        assert!(written.log.is_due());
        assert_eq!(names(&mut reader), ["a"]);
        drop(reader);
        written.copy_most();
        written.log.copy_end();
        written.write("e", 10);
        assert!(written.pages() < 20, "{}", written.pages());
        assert_eq!(names(&mut written.reader()), ["a", "b", "c", "d", "e"]);
        written.write("f", PAGES);
        assert!(written.log.is_due(), "as long as ever");
    }
}
