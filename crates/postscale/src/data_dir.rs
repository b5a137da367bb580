//! The data directory: private to the user who runs the node, used by one node at a time.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// How long what was seen of the disk's room is as good as new: it cannot fill by much meanwhile.
const ROOM_SEEN: Duration = Duration::from_millis(100);

/// The directory with everything a node keeps on its own disk. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
    room: Arc<Mutex<Option<Room>>>,
}

/// The room that a disk had.
#[derive(Debug, Clone, Copy)]
struct Room {
    free_bytes: u64,
    seen: Instant,
}

/// Held while a node runs; the system gives it back however the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl DataDir {
    /// Opens it; made with mode 0700 when absent.
    pub fn open(path: &Path) -> Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.with_context(|| format!("cannot make the data directory {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            room: Arc::default(),
        })
    }

    /// A file or directory in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Keeps other nodes away from it.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.path("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another node runs on the data directory {}",
                    self.path.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    /// The text of a file, if it is there.
    pub fn read(&self, name: &str) -> Result<Option<String>> {
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes a file that only its owner reads, at once and for good: whoever looks sees the old
    /// text or the new one, never a part.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let (path, beside) = (self.path(name), self.path(&format!(".{name}.new")));
        let written = (|| {
            let mut options = OpenOptions::new();
            let mut file = options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(&self.path)?.sync_all()
        })();
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Octets that can still be written to its disk.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.path)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// As [`Self::free_bytes`] a moment ago, for those who ask with every message.
    pub fn free_bytes_lately(&self) -> io::Result<u64> {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = *room
            && known.seen.elapsed() < ROOM_SEEN
        {
            return Ok(known.free_bytes);
        }
        let (free_bytes, seen) = (self.free_bytes()?, Instant::now());
        *room = Some(Room { free_bytes, seen });
        Ok(free_bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn directory_and_files_are_their_owners_alone() {
        let above = tempfile::tempdir().unwrap();
        let data = DataDir::open(&above.path().join("a/data")).unwrap();
        data.write("secret", "one").unwrap();
        data.write("secret", "two").unwrap();
        assert_eq!(data.read("secret").unwrap().as_deref(), Some("two"));
        assert_eq!(data.read("absent").unwrap(), None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&above.path().join("a/data")), 0o700);
        assert_eq!(mode(&data.path("secret")), 0o600);
        assert!(!data.path(".secret.new").exists());
        assert!(data.free_bytes().unwrap() > 0);
    }

    #[test]
    fn two_nodes_do_not_share_a_data_directory() {
        let above = tempfile::tempdir().unwrap();
        let data = DataDir::open(above.path()).unwrap();
        let lock = data.lock().unwrap();
        assert!(
            data.lock()
                .unwrap_err()
                .to_string()
                .starts_with("another node runs")
        );
        drop(lock);
        assert!(data.lock().is_ok());
    }
}
