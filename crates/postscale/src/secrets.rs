//! The master key, and the keys derived from it: one for each purpose, so that what is signed for
//! one never passes for another (HKDF-Expand of RFC 5869 with one block).

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use postscale_model::Sources;
use sha2::Sha256;

use crate::{config::Config, data_dir::DataDir};

/// The file of the key that the node made itself.
const FILE: &str = "secret.key";

/// Keys by purpose.
pub struct Secrets {
    /// Seals DKIM keys and secrets in the database.
    pub seal: [u8; 32],
    /// Signs return paths and links.
    pub links: [u8; 32],
    /// Chains the audit log.
    pub audit: [u8; 32],
    /// Says in the database which key it is kept with.
    pub fingerprint: String,
    /// Where the master key is from.
    pub place: String,
}

impl Secrets {
    /// The keys of this instance: from the setting, else from the data directory, where a new one
    /// is made the first time.
    pub fn load(config: &Config, data: &DataDir, sources: &Sources) -> Result<Self> {
        let place = match config.secret_key {
            Some(_) => "POSTSCALE_SECRET_KEY".to_owned(),
            None => data.path(FILE).display().to_string(),
        };
        Ok(Self::derived_from(
            &master_key(config, data, sources)?,
            place,
        ))
    }

    fn derived_from(master: &[u8; 32], place: String) -> Self {
        Self {
            seal: derive(master, "postscale seal 1"),
            links: derive(master, "postscale links 1"),
            audit: derive(master, "postscale audit 1"),
            fingerprint: hex::encode(derive(master, "postscale fingerprint 1")),
            place,
        }
    }
}

fn master_key(config: &Config, data: &DataDir, sources: &Sources) -> Result<[u8; 32]> {
    if let Some(key) = config.secret_key {
        return Ok(key);
    }
    if let Some(text) = data.read(FILE)? {
        let octets = STANDARD.decode(text.trim()).ok();
        let key = octets.and_then(|octets| octets.try_into().ok());
        return key
            .with_context(|| format!("{} is not 32 bytes in base64", data.path(FILE).display()));
    }
    let key: [u8; 32] = sources.bytes();
    data.write(FILE, &format!("{}\n", STANDARD.encode(key)))?;
    tracing::info!(file = %data.path(FILE).display(), "made a secret key: keep a copy, sealed data cannot be read without it");
    Ok(key)
}

fn derive(master: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(master).expect("BUG: HMAC takes keys of any length");
    mac.update(purpose.as_bytes());
    mac.update(&[1]);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let (one, other) = (
            Secrets::derived_from(&[1; 32], String::new()),
            Secrets::derived_from(&[2; 32], String::new()),
        );
        assert_ne!(one.seal, one.links);
        assert_ne!(one.links, one.audit);
        assert_ne!(one.seal, other.seal);
        assert_ne!(one.links, other.links);
        assert_ne!(one.fingerprint, other.fingerprint);
        for key in [&one.seal, &one.links, &one.audit] {
            assert_ne!(one.fingerprint, hex::encode(key));
        }
    }
}
