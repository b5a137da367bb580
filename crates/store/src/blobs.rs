//! Blobs: bodies too large for a row, in a directory or in a bucket of an S3-like service.
//!
//! A blob is written before the row that names it and is never changed. [`Blobs::put`] returns when it
//! would survive the loss of power: the file and its directory are synced, or the service answered.

use std::sync::Arc;

use bytes::Bytes;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path,
};

use crate::{Error, Result};

/// Where blobs are kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<dyn ObjectStore>);

impl Blobs {
    /// Opens `file:DIRECTORY`, which is made when absent.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the address is of another kind or the directory cannot be used.
    pub fn open(address: &str) -> Result<Self> {
        let Some(directory) = address.strip_prefix("file:") else {
            let why = format!("blobs are kept in file:DIRECTORY, not in {address}");
            return Err(Error::Unavailable(why));
        };
        Self::directory(directory.strip_prefix("//").unwrap_or(directory).as_ref())
    }

    /// Keeps blobs as files of a directory, which is made when absent.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the directory cannot be used.
    pub fn directory(directory: &std::path::Path) -> Result<Self> {
        std::fs::create_dir_all(directory).map_err(Error::unavailable)?;
        let files = LocalFileSystem::new_with_prefix(directory).map_err(|e| failed(&e))?;
        Ok(Self(Arc::new(files.with_fsync(true))))
    }

    /// Keeps `bytes` under `key`, durably. A key is made of words joined by slashes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be kept, [`Error::Corrupt`] when the key is no key.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        let put = self.0.put(&path(key)?, PutPayload::from(bytes)).await;
        put.map(drop).map_err(|e| failed(&e))
    }

    /// The bytes under `key`, if any.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when they cannot be read, [`Error::Corrupt`] when the key is no key.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let found = match self.0.get(&path(key)?).await {
            Ok(found) => found.bytes().await,
            Err(why) => Err(why),
        };
        match found {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(why) => Err(failed(&why)),
        }
    }

    /// Forgets what is under `key`. Nothing there is fine.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be deleted, [`Error::Corrupt`] when the key is no key.
    pub async fn delete(&self, key: &str) -> Result<()> {
        match self.0.delete(&path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(why) => Err(failed(&why)),
        }
    }
}

fn path(key: &str) -> Result<Path> {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if key.split('/').all(word) {
        return Path::parse(key).map_err(Error::corrupt);
    }
    Err(Error::Corrupt(format!("{key:?} is not a blob's key")))
}

fn failed(error: &object_store::Error) -> Error {
    Error::unavailable(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_blob_is_kept_read_and_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let address = format!("file:{}", directory.path().join("blobs").display());
        let blobs = Blobs::open(&address).unwrap();
        let key = "emails/ab/abcd-1";
        assert_eq!(blobs.get(key).await, Ok(None));
        blobs.put(key, b"body".to_vec()).await.unwrap();
        let again = Blobs::open(&address).unwrap();
        assert_eq!(again.get(key).await, Ok(Some(Bytes::from_static(b"body"))));
        blobs.delete(key).await.unwrap();
        assert_eq!(blobs.get(key).await, Ok(None));
        assert_eq!(blobs.delete(key).await, Ok(()));
    }

    #[tokio::test]
    async fn a_key_cannot_leave_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::directory(directory.path()).unwrap();
        for key in [
            "",
            "/",
            "a//b",
            "../a",
            "a/../b",
            "/etc/passwd",
            "a.b",
            "a\0",
        ] {
            let refused = blobs.put(key, Vec::new()).await;
            assert!(matches!(refused, Err(Error::Corrupt(_))), "{key:?}");
        }
    }

    #[test]
    fn an_unknown_address_is_refused() {
        assert!(matches!(Blobs::open("ftp://x"), Err(Error::Unavailable(_))));
    }
}
