//! The write turn and the commit that is shared (group commit).
//!
//! There is one write connection. A transaction of ours is one of SQLite's, or a savepoint in one that
//! others have begun, run by whoever holds the turn. At its end, when others wait, the turn passes on
//! and SQLite's transaction stays open; the last one commits for everybody. Each caller is answered
//! only after that commit, or with its failure.
//!
//! The commit waits for the disk where it is asked for, as every statement may: handing it to another
//! thread would cost more than a commit to a quick disk. There is one at a time, so it holds up one
//! thread of the runtime, which should have one more than there are cores.
//!
//! Whoever gives up the turn with an unanswered batch either leaves it to somebody who waits, or
//! commits; and whoever stops waiting looks after a batch that may have been left to them. Constraints
//! must be immediate: a deferred one would fail at the shared commit and take the batch with it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use rusqlite::OpenFlags;
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard, oneshot},
};

use super::{Sqlite, error, log::Log, reader::Readers};
use crate::{Error, Result, Row, Value, dialect, wakeups::Bell};

/// How many transactions one commit may carry.
const BATCH: usize = 256;

/// The write connection and its queue.
pub(crate) struct Writers {
    turn: Arc<Mutex<Writer>>,
    waiting: AtomicUsize,
    commits: AtomicU64,
    readers: Arc<Readers>,
    log: Arc<Log>,
    runtime: Handle,
    bell: Bell,
    wait: Duration,
}

struct Writer {
    conn: Sqlite,
    /// The outer transaction is open.
    open: bool,
    /// What the holder began.
    begun: Begun,
    batch: Vec<Unanswered>,
}

/// What undoes the work of whoever holds the turn, and nobody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// Nothing is begun.
    Nothing,
    /// Nobody else has written in the outer transaction.
    Outer,
    /// Others have.
    Savepoint,
}

/// A transaction that is done but not durable yet.
struct Unanswered {
    answer: oneshot::Sender<Result<()>>,
    wakes: Vec<&'static str>,
}

/// Counts one caller who waits for the turn; looks after the batch when they stop waiting.
struct Waiting<'a> {
    writers: &'a Arc<Writers>,
    served: bool,
}

impl Writers {
    pub(crate) fn open(
        path: &Path,
        readers: &Arc<Readers>,
        wait: Duration,
        bell: Bell,
    ) -> Result<Arc<Self>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut conn = Sqlite::open(path, flags, dialect::SQLITE_WRITER)?;
        let log = Log::open(path, &mut conn)?;
        conn.raw
            .busy_timeout(Duration::ZERO)
            .map_err(|e| error(&e))?;
        let writer = Writer {
            conn,
            open: false,
            begun: Begun::Nothing,
            batch: Vec::new(),
        };
        Ok(Arc::new(Self {
            turn: Arc::new(Mutex::new(writer)),
            waiting: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
            readers: Arc::clone(readers),
            log,
            runtime: Handle::current(),
            bell,
            wait,
        }))
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(SeqCst)
    }

    /// Waits for the turn and begins.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Turn> {
        let mut turn = self.turn().await?;
        if !turn.writer().open {
            match turn.writer().begin() {
                // Another process writes: wait for it where waiting harms nobody.
                Err(Error::Busy) => {
                    let wait = self.wait;
                    let patient = move || {
                        let began = turn.writer().begin_patiently(wait);
                        (turn, began)
                    };
                    let began = self.runtime.spawn_blocking(patient).await;
                    let (back, began) = began.map_err(Error::unavailable)?;
                    began?;
                    turn = back;
                }
                began => began?,
            }
        }
        turn.writer().begin_own()?;
        Ok(turn)
    }

    async fn turn(self: &Arc<Self>) -> Result<Turn> {
        if let Ok(guard) = Arc::clone(&self.turn).try_lock_owned() {
            return Ok(Turn {
                writers: Arc::clone(self),
                guard: Some(guard),
            });
        }
        self.waiting.fetch_add(1, SeqCst);
        let mut waiting = Waiting {
            writers: self,
            served: false,
        };
        let lock = Arc::clone(&self.turn).lock_owned();
        let guard = tokio::time::timeout(self.wait, lock).await;
        let guard = guard.map_err(|_| Error::Busy)?;
        waiting.served = true;
        Ok(Turn {
            writers: Arc::clone(self),
            guard: Some(guard),
        })
    }

    /// Gives up the turn: to somebody who waits, or after a commit for the whole batch.
    fn pass(self: &Arc<Self>, mut guard: OwnedMutexGuard<Writer>) {
        loop {
            if guard.batch.len() < BATCH && self.waiting.load(SeqCst) > 0 {
                drop(guard);
                // Those who waited may have left before they could see that the turn is free.
                if self.waiting.load(SeqCst) > 0 {
                    return;
                }
                match Arc::clone(&self.turn).try_lock_owned() {
                    Ok(again) => guard = again,
                    Err(_) => return,
                }
            } else if guard.batch.is_empty() {
                return guard.abandon(&Error::Busy);
            } else {
                return self.commit(guard);
            }
        }
    }

    /// Makes the batch durable and answers everybody in it. Blocks for the disk.
    fn commit(&self, mut guard: OwnedMutexGuard<Writer>) {
        self.readers.unpin();
        let done = guard.conn.control("COMMIT");
        if let Err(why) = done {
            tracing::error!(error = %why, transactions = guard.batch.len(), "commit failed");
            return guard.abandon(&why);
        }
        guard.open = false;
        self.commits.fetch_add(1, SeqCst);
        let batch = std::mem::take(&mut guard.batch);
        let turn = self.log.is_due().then_some(guard);
        for done in batch {
            for channel in done.wakes {
                self.bell.ring(channel);
            }
            // Whoever asked may have left; the work is done all the same.
            let _left = done.answer.send(Ok(()));
        }
        if turn.is_some() {
            self.log.tend(&self.runtime);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.writers.waiting.fetch_sub(1, SeqCst);
        if !self.served
            && let Ok(guard) = Arc::clone(&self.writers.turn).try_lock_owned()
        {
            self.writers.pass(guard);
        }
    }
}

impl Writer {
    fn begin(&mut self) -> Result<()> {
        if !self.conn.raw.is_autocommit() {
            self.conn.control("ROLLBACK")?;
        }
        self.conn.control(dialect::SQLITE_BEGIN_WRITE)?;
        self.open = true;
        Ok(())
    }

    /// What the holder writes can be undone without the rest of the batch.
    fn begin_own(&mut self) -> Result<()> {
        self.begun = if self.batch.is_empty() {
            Begun::Outer
        } else {
            self.conn.control("SAVEPOINT tx")?;
            Begun::Savepoint
        };
        Ok(())
    }

    /// Keeps what the holder wrote, for the commit.
    fn keep_own(&mut self) -> Result<()> {
        let kept = match self.begun {
            Begun::Nothing | Begun::Outer => Ok(()),
            Begun::Savepoint => self.conn.control("RELEASE tx"),
        };
        self.check(kept)?;
        self.begun = Begun::Nothing;
        Ok(())
    }

    /// Undoes what the holder wrote and did not keep.
    fn undo_own(&mut self) {
        let undone = match std::mem::replace(&mut self.begun, Begun::Nothing) {
            Begun::Nothing => return,
            Begun::Outer => return self.abandon(&Error::Busy),
            Begun::Savepoint => self.conn.control("ROLLBACK TO tx"),
        };
        let undone = undone.and_then(|()| self.conn.control("RELEASE tx"));
        if let Err(why) = undone {
            tracing::error!(error = %why, "rollback failed");
            self.abandon(&why);
        }
    }

    fn begin_patiently(&mut self, wait: Duration) -> Result<()> {
        let patience = |wait| self.conn.raw.busy_timeout(wait).map_err(|e| error(&e));
        patience(wait)?;
        let began = self.conn.control(dialect::SQLITE_BEGIN_WRITE);
        patience(Duration::ZERO)?;
        self.open = began.is_ok();
        began
    }

    /// Undoes the outer transaction and tells everybody in it.
    fn abandon(&mut self, why: &Error) {
        if !self.conn.raw.is_autocommit()
            && let Err(error) = self.conn.control("ROLLBACK")
        {
            tracing::error!(%error, "rollback failed");
        }
        (self.open, self.begun) = (false, Begun::Nothing);
        for done in self.batch.drain(..) {
            let _left = done.answer.send(Err(why.clone()));
        }
    }

    /// Some failures, a full disk among them, make SQLite undo the outer transaction by itself.
    fn check<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if let Err(why) = &outcome
            && self.conn.raw.is_autocommit()
        {
            self.abandon(why);
        }
        outcome
    }
}

/// The turn of one write transaction; undone when dropped.
pub(crate) struct Turn {
    writers: Arc<Writers>,
    guard: Option<OwnedMutexGuard<Writer>>,
}

impl Turn {
    fn writer(&mut self) -> &mut Writer {
        self.guard.as_mut().expect("BUG: taken only at the end")
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let writer = self.writer();
        let rows = writer.conn.query(sql, params);
        writer.check(rows)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let writer = self.writer();
        let changed = writer.conn.execute(sql, params);
        writer.check(changed)
    }

    pub(crate) fn script(&mut self, sql: &str) -> Result<()> {
        let writer = self.writer();
        let done = writer.conn.script(sql);
        writer.check(done)
    }

    pub(crate) async fn commit(mut self, wakes: Vec<&'static str>) -> Result<()> {
        let writer = self.writer();
        writer.keep_own()?;
        let (answer, done) = oneshot::channel();
        writer.batch.push(Unanswered { answer, wakes });
        drop(self);
        done.await
            .unwrap_or_else(|_| Err(Error::unavailable("shutting down")))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut writer) = self.guard.take() else {
            return;
        };
        writer.undo_own();
        self.writers.pass(writer);
    }
}
