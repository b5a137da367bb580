//! Making DKIM key pairs.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{self, KeySize},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use postscale_model::DkimAlgorithm;

use super::SignError;

/// A new key pair.
#[derive(Clone)]
pub struct KeyPair {
    /// The private key as PKCS#8.
    pub private_der: Vec<u8>,
    /// The `p=` tag: base64 of the SubjectPublicKeyInfo (RSA) or of the 32 raw octets (Ed25519).
    pub public_key: String,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

/// Makes a key pair from the cryptographic library's own source of randomness.
///
/// An RSA-2048 key takes about 0.1 s, an RSA-4096 key up to some seconds: call it where blocking
/// is allowed.
///
/// # Errors
/// [`SignError::Key`] when the library cannot make or write the key.
pub fn generate(algorithm: DkimAlgorithm) -> Result<KeyPair, SignError> {
    match algorithm {
        DkimAlgorithm::Rsa2048 => generate_rsa(KeySize::Rsa2048),
        DkimAlgorithm::Rsa4096 => generate_rsa(KeySize::Rsa4096),
        DkimAlgorithm::Ed25519 => {
            let pair = Ed25519KeyPair::generate().map_err(|_| SignError::Key)?;
            let document = pair.to_pkcs8v1().map_err(|_| SignError::Key)?;
            Ok(KeyPair {
                private_der: document.as_ref().to_vec(),
                public_key: BASE64_STANDARD.encode(pair.public_key()),
            })
        }
    }
}

fn generate_rsa(size: KeySize) -> Result<KeyPair, SignError> {
    let pair = rsa::KeyPair::generate(size).map_err(|_| SignError::Key)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SignError::Key)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| SignError::Key)?;
    Ok(KeyPair {
        private_der: private.as_ref().to_vec(),
        public_key: BASE64_STANDARD.encode(public.as_ref()),
    })
}
