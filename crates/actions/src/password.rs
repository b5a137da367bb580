//! Password hashing: Argon2id, on the blocking pool, a few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use postscale_model::Sources;
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Memory of one hash in KiB (OWASP's first recommendation: 19 MiB, two passes).
const MEMORY_KIB: u32 = 19 * 1024;
/// Hashes computed at once: bounds memory and leaves cores to everybody else.
const AT_ONCE: usize = 2;

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    /// Checked when there is no such account, so that absence takes as long as a wrong password.
    dummy: Arc<str>,
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).expect("BUG: Argon2 parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str, salt: &[u8; 16]) -> Result<String> {
    let hash = argon2().hash_password_with_salt(password.as_bytes(), salt);
    hash.map(|hash| hash.to_string())
        .map_err(|e| Error::Broken(format!("argon2: {e}")))
}

impl Hasher {
    /// A hasher; makes its dummy hash now.
    ///
    /// # Errors
    /// When Argon2 cannot run at all.
    pub fn new(sources: &Sources) -> Result<Self> {
        let dummy = hash_now(&sources.hex::<16>(), &sources.bytes())?.into();
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            dummy,
        })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|e| Error::Broken(e.to_string()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| Error::Broken(e.to_string()))?
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// When hashing breaks.
    pub async fn hash(&self, sources: &Sources, password: String) -> Result<String> {
        let salt = sources.bytes();
        self.blocking(move || hash_now(&password, &salt)).await
    }

    /// Whether the password belongs to the hash. Without a hash it takes as long and is `false`.
    ///
    /// # Errors
    /// When hashing breaks.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.to_string());
        let matches = self
            .blocking(move || {
                let parsed = PasswordHash::new(&hash)
                    .map_err(|e| Error::Broken(format!("stored hash: {e}")))?;
                Ok(argon2()
                    .verify_password(password.as_bytes(), &parsed)
                    .is_ok())
            })
            .await?;
        Ok(matches && known)
    }
}
