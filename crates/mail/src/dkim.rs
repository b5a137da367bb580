//! DKIM signing (RFC 6376, RFC 8463) and keys.
//!
//! Signs relaxed/relaxed, always the whole body (never `l=`), with RSA-SHA256 or Ed25519-SHA256.
//! Fields that readers trust are *oversigned*: named once more than they occur, so that adding
//! one breaks the signature. A signature expires after seven days, which bounds replay.
//! Verification is in [`crate::authenticate`].

mod canonical;
mod key;
#[cfg(test)]
mod tests;

use std::{fmt::Write as _, time::Duration};

use aws_lc_rs::{digest, rand::SystemRandom, rsa, signature, signature::Ed25519KeyPair};
use base64::{Engine as _, prelude::BASE64_STANDARD};
pub(crate) use canonical::without_trailing_blank_lines;
pub use key::{KeyPair, generate};
use postscale_model::{DkimAlgorithm, DomainName, Selector, Timestamp};

use crate::field::{self, Field};

/// How long a signature is valid (security.md M6).
pub const SIGNATURE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// Fields named once more than they occur, present or not.
const OVERSIGNED: [&str; 11] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];
/// Fields signed, and then oversigned too, when they are there.
const SIGNED_WHEN_PRESENT: [&str; 4] = [
    "In-Reply-To",
    "References",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
/// Columns of a folded line of the signature field.
const FOLD_COLUMNS: usize = 72;

/// The private key is unusable, or the message has nothing to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The octets are no PKCS#8 key of the stated algorithm, or an RSA key below 2048 bits.
    #[error("the DKIM private key cannot be used")]
    Key,
    /// The message has no From field.
    #[error("the message has no From field")]
    NoFrom,
}

enum Private {
    Rsa(Box<rsa::KeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// A parsed private key with the names it signs for. Make it once and keep it.
pub struct Signer {
    private: Private,
    domain: DomainName,
    selector: Selector,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Parses a PKCS#8 private key.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn from_pkcs8(
        algorithm: DkimAlgorithm,
        der: &[u8],
        domain: DomainName,
        selector: Selector,
    ) -> Result<Self, SignError> {
        let private = match algorithm {
            DkimAlgorithm::Rsa2048 | DkimAlgorithm::Rsa4096 => {
                let pair = rsa::KeyPair::from_pkcs8(der).map_err(|_| SignError::Key)?;
                if pair.public_modulus_len() < 256 {
                    return Err(SignError::Key);
                }
                Private::Rsa(Box::new(pair))
            }
            DkimAlgorithm::Ed25519 => Private::Ed25519(
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| SignError::Key)?,
            ),
        };
        Ok(Self {
            private,
            domain,
            selector,
        })
    }

    /// The signing domain.
    #[must_use]
    pub fn domain(&self) -> &DomainName {
        &self.domain
    }

    /// The selector.
    #[must_use]
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// One `DKIM-Signature` field, folded, with its line end. See [`sign`].
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, message: &[u8], now: Timestamp) -> Result<String, SignError> {
        sign(message, &[self], now)
    }

    fn algorithm(&self) -> &'static str {
        match self.private {
            Private::Rsa(_) => "rsa-sha256",
            Private::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn sign_octets(&self, signed: &[u8]) -> Result<String, SignError> {
        match &self.private {
            Private::Rsa(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &signature::RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    signed,
                    &mut out,
                )
                .map_err(|_| SignError::Key)?;
                Ok(BASE64_STANDARD.encode(out))
            }
            Private::Ed25519(pair) => {
                let hash = digest::digest(&digest::SHA256, signed);
                Ok(BASE64_STANDARD.encode(pair.sign(hash.as_ref())))
            }
        }
    }
}

/// Signs a message with each key in turn; the body is canonicalized and hashed once.
///
/// Returns the `DKIM-Signature` fields, folded, to be put before the message. The message has
/// CRLF line ends only.
///
/// # Errors
/// [`SignError`].
pub fn sign(message: &[u8], signers: &[&Signer], now: Timestamp) -> Result<String, SignError> {
    let sections = field::split(message);
    let (names, picked) = signed_fields(&sections.fields);
    if !picked.iter().any(|field| field.is("From")) {
        return Err(SignError::NoFrom);
    }
    let mut headers = Vec::with_capacity(2048);
    for field in &picked {
        canonical::relaxed_field(field.raw(), &mut headers);
        headers.extend_from_slice(b"\r\n");
    }
    let body_hash = BASE64_STANDARD.encode(canonical::relaxed_body_hash(sections.body));
    let mut out = String::new();
    for signer in signers {
        let unsigned = unsigned_field(signer, &names, &body_hash, now);
        let mut signed = headers.clone();
        canonical::relaxed_field(unsigned.as_bytes(), &mut signed);
        out.push_str(&unsigned);
        push_folded(&mut out, &signer.sign_octets(&signed)?);
        out.push_str("\r\n");
    }
    Ok(out)
}

/// The `h=` list, and the fields it stands for in the order they are hashed (RFC 6376 §5.4.2).
fn signed_fields<'a, 'm>(fields: &'a [Field<'m>]) -> (Vec<&'static str>, Vec<&'a Field<'m>>) {
    let mut names = Vec::with_capacity(24);
    let mut picked = Vec::with_capacity(16);
    let mut add = |name: &'static str, always: bool| {
        let before = picked.len();
        picked.extend(fields.iter().rev().filter(|field| field.is(name)));
        let occurrences = picked.len() - before;
        if always || occurrences > 0 {
            names.extend(std::iter::repeat_n(name, occurrences + 1));
        }
    };
    OVERSIGNED.into_iter().for_each(|name| add(name, true));
    SIGNED_WHEN_PRESENT
        .into_iter()
        .for_each(|name| add(name, false));
    (names, picked)
}

/// The field up to and including `b=`, without a line end.
fn unsigned_field(signer: &Signer, names: &[&str], body_hash: &str, now: Timestamp) -> String {
    let mut out = format!(
        "DKIM-Signature: v=1; a={}; c=relaxed/relaxed;\r\n\td={};\r\n\ts={}; t={}; x={};\r\n\th=",
        signer.algorithm(),
        signer.domain,
        signer.selector,
        now.seconds(),
        now.plus(SIGNATURE_LIFETIME).seconds(),
    );
    let mut column = 10;
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push(':');
            column += 1;
        }
        if column + name.len() > FOLD_COLUMNS {
            out.push_str("\r\n\t");
            column = 8;
        }
        out.push_str(name);
        column += name.len();
    }
    write!(out, ";\r\n\tbh={body_hash};\r\n\tb=").expect("BUG: writing to a String cannot fail");
    out
}

/// Appends base64 text after `b=`, broken into lines.
fn push_folded(out: &mut String, mut text: &str) {
    let mut width = FOLD_COLUMNS - 10;
    while text.len() > width {
        let (line, rest) = text.split_at(width);
        out.push_str(line);
        out.push_str("\r\n\t");
        text = rest;
        width = FOLD_COLUMNS - 8;
    }
    out.push_str(text);
}
