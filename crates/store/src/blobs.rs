//! Blobs: bodies too large for a row, in a directory or in a bucket of an S3-like service.
//!
//! A blob is written before the row that names it and is never changed. [`Blobs::put`] returns when it
//! would survive the loss of power: the file and its directory are synced, or the service answered.

mod s3;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path,
};

use crate::{Error, Result};

/// Where blobs are kept. Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<dyn ObjectStore>);

/// What a bucket needs beyond its address.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BlobSettings {
    /// Where the service is, when it is not Amazon's: a `https://` URL, or `http://` on this machine.
    pub endpoint: Option<String>,
    /// The `AWS_*` variables of the environment; others are passed over.
    pub variables: Vec<(String, String)>,
}

impl fmt::Debug for BlobSettings {
    /// Leaves the secrets out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.variables.iter().map(|(name, _)| name);
        f.debug_struct("BlobSettings")
            .field("endpoint", &self.endpoint)
            .field("variables", &names.collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for Blobs {
    /// Leaves the secrets out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blobs({})", self.0)
    }
}

impl Blobs {
    /// Opens `file:DIRECTORY`, which is made when absent, or `s3://bucket/prefix`, which is not
    /// contacted yet and may be away.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the address or the settings make no sense or the directory cannot
    /// be used.
    pub fn open(address: &str, settings: &BlobSettings) -> Result<Self> {
        if let Some(place) = address.strip_prefix("s3://") {
            return s3::open(place, settings).map(Self);
        }
        if let Some(directory) = address.strip_prefix("file:") {
            return Self::directory(directory.strip_prefix("//").unwrap_or(directory).as_ref());
        }
        let why = "blobs are kept in file:DIRECTORY or in s3://bucket/prefix";
        Err(Error::unavailable(why))
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
    pub async fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<()> {
        let payload = PutPayload::from(bytes.into());
        let put = self.0.put(&path(key)?, payload).await;
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
            Err(why) if is_absent(&why) => Ok(None),
            Err(why) => Err(failed(&why)),
        }
    }

    /// Forgets what is under `key`. Nothing there is fine.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be deleted, [`Error::Corrupt`] when the key is no key.
    pub async fn delete(&self, key: &str) -> Result<()> {
        match self.0.delete(&path(key)?).await {
            Ok(()) => Ok(()),
            Err(why) if is_absent(&why) => Ok(()),
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

/// Nothing is under the key. A bucket that is not there is no such answer.
fn is_absent(error: &object_store::Error) -> bool {
    match error {
        object_store::Error::NotFound { source, .. } => {
            !source.to_string().contains("NoSuchBucket")
        }
        _ => false,
    }
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
        let blobs = Blobs::open(&address, &BlobSettings::default()).unwrap();
        let key = "emails/ab/abcd-1";
        assert_eq!(blobs.get(key).await, Ok(None));
        blobs.put(key, b"body".to_vec()).await.unwrap();
        let again = Blobs::open(&address, &BlobSettings::default()).unwrap();
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
        let refused = Blobs::open("ftp://x", &BlobSettings::default());
        assert!(matches!(refused, Err(Error::Unavailable(_))));
    }
}
