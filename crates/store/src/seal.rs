//! Sealing: how secrets that must be read again (DKIM keys, webhook and TOTP secrets) are kept.
//!
//! XChaCha20-Poly1305 with a random nonce. The associated data is the place of the value, such as
//! `dkim_keys.private_key.<id>`: a sealed value moved to another row or column does not open. A
//! password or token is not sealed but hashed, elsewhere.

use std::sync::Arc;

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use postscale_model::Sources;

use crate::{Error, Result};

/// The first byte of every sealed value: which way it was sealed.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Seals and opens with one master key. Cheap to clone.
#[derive(Clone)]
pub struct Seal(Arc<XChaCha20Poly1305>);

impl Seal {
    /// Takes the master key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(XChaCha20Poly1305::new(&Key::from(key))))
    }

    /// Seals `plain` for the place `aad`: table, column and id of the row, joined by dots.
    ///
    /// # Panics
    /// Never for what fits in memory.
    #[must_use]
    pub fn seal(&self, sources: &Sources, aad: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = sources.bytes();
        let payload = Payload {
            msg: plain,
            aad: aad.as_bytes(),
        };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.expect("BUG: sealing fails only beyond 256 GiB");
        [&[VERSION], &nonce[..], &sealed].concat()
    }

    /// Opens what was sealed for the place `aad`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it was changed, sealed for another place, or with another key.
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || Error::Corrupt(format!("{aad} does not open with this master key"));
        let (&version, rest) = sealed.split_first().ok_or_else(broken)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        if version != VERSION {
            return Err(broken());
        }
        let payload = Payload {
            msg: sealed,
            aad: aad.as_bytes(),
        };
        let opened = self.0.decrypt(&XNonce::from(*nonce), payload);
        opened.map_err(|_| broken())
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use postscale_model::{Clock, Random, Timestamp};

    use super::*;

    struct Counting(AtomicU8);
    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
        }
    }
    impl Clock for Counting {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }
    }

    fn sources() -> Sources {
        Sources::new(Arc::new(Counting(0.into())), Arc::new(Counting(0.into())))
    }

    #[test]
    fn what_was_sealed_opens_only_in_its_place_and_unchanged() {
        let (seal, place) = (Seal::new([7; 32]), "webhooks.secret.1");
        let sealed = seal.seal(&sources(), place, b"whsec_1");
        assert_eq!(seal.open(place, &sealed), Ok(b"whsec_1".to_vec()));
        let broken = |seal: &Seal, place: &str, sealed: &[u8]| {
            assert!(matches!(seal.open(place, sealed), Err(Error::Corrupt(_))));
        };
        broken(&seal, "webhooks.secret.2", &sealed);
        broken(&seal, "webhooks.other.1", &sealed);
        broken(&Seal::new([8; 32]), place, &sealed);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            broken(&seal, place, &changed);
            broken(&seal, place, &sealed[..index]);
        }
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let (seal, sources) = (Seal::new([7; 32]), sources());
        assert_ne!(
            seal.seal(&sources, "a", b"x"),
            seal.seal(&sources, "a", b"x")
        );
    }
}
