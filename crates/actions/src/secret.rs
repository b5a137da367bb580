//! Bearer secrets: how they are made, recognised and hashed.
//!
//! An API key reads `ps_live_<id>_<secret><crc>`: base62 of its id, 43 base62 characters of 256
//! random bits, six of a CRC-32 that lets a scanner recognise a leaked key without asking us.

use aws_lc_rs::{digest, hmac};
use postscale_model::{ApiKeyId, Environment, Sources, TokenHash, Word as _};
use secrecy::{ExposeSecret, SecretString};

/// A secret shown once.
pub type Secret = SecretString;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Big-endian bytes in base62, left-padded to `width`.
fn base62(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = Vec::with_capacity(width);
    while digits.len() < width {
        let mut rest = 0u32;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 62).expect("BUG: the quotient of a byte");
            rest = value % 62;
        }
        digits.push(BASE62[usize::try_from(rest).expect("BUG: a remainder")]);
    }
    digits.reverse();
    String::from_utf8(digits).expect("BUG: base62 is ASCII")
}

/// SHA-256 of a bearer token: all that is stored of it.
#[must_use]
pub fn hash_token(token: &str) -> TokenHash {
    let hashed = digest::digest(&digest::SHA256, token.as_bytes());
    TokenHash::new(
        hashed
            .as_ref()
            .try_into()
            .expect("BUG: SHA-256 has 32 bytes"),
    )
}

fn checksum(text: &str) -> String {
    base62(&crc32fast::hash(text.as_bytes()).to_be_bytes(), 6)
}

/// A new key's text for that id.
#[must_use]
pub fn new_api_key_secret(sources: &Sources, id: ApiKeyId, environment: Environment) -> Secret {
    let id = base62(id.as_uuid().as_bytes(), 22);
    let random = base62(&sources.bytes::<32>(), 43);
    let text = ["ps_", environment.as_str(), "_", &id, "_", &random].concat();
    let checksum = checksum(&text);
    SecretString::from([text, checksum].concat())
}

/// The hash of what looks like a key; `None` for what cannot be one, without asking the database.
#[must_use]
pub fn parse_api_key(text: &str) -> Option<TokenHash> {
    let rest = text
        .strip_prefix("ps_live_")
        .or_else(|| text.strip_prefix("ps_test_"))?;
    let split = text
        .len()
        .checked_sub(6)
        .filter(|_| rest.len() == 22 + 1 + 43 + 6)?;
    if !text.is_ascii() {
        return None;
    }
    let (body, crc) = text.split_at(split);
    (checksum(body) == crc).then(|| hash_token(text))
}

/// A session's token, as its cookie carries it.
#[derive(Debug, Clone)]
pub struct SessionToken(SecretString);

impl SessionToken {
    /// A new token of 256 random bits.
    #[must_use]
    pub fn new(sources: &Sources) -> Self {
        Self(SecretString::from(sources.hex::<32>()))
    }
    /// A token presented by a browser; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| Self(SecretString::from(text.to_owned())))
    }
    /// The token's text, for the cookie.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
    /// All that is stored of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        hash_token(self.expose())
    }
}

/// The CSRF token of a session: bound to it, worthless without it, never stored.
#[must_use]
pub fn csrf_token(session: &SessionToken) -> String {
    tag(session, b"postscale csrf token")
}

/// Proves that a text which a browser brings back was given to this session by us.
#[must_use]
pub fn session_proof(session: &SessionToken, text: &str) -> String {
    tag(session, format!("postscale told {text}").as_bytes())
}

fn tag(session: &SessionToken, text: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session.expose().as_bytes());
    let tag = hmac::sign(&key, text);
    tag.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use postscale_model::{Clock, Random, Timestamp};

    use super::*;

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(1_772_366_400)
        }
    }
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xa5);
        }
    }

    fn sources() -> Sources {
        Sources::new(Arc::new(Fixed), Arc::new(Fixed))
    }

    #[test]
    fn a_key_is_recognised_and_a_mistyped_one_is_not() {
        let sources = sources();
        for environment in Environment::ALL {
            let key = new_api_key_secret(&sources, sources.id(), *environment);
            let text = key.expose_secret();
            assert!(text.starts_with(&format!("ps_{environment}_")), "{text}");
            assert_eq!(parse_api_key(text), Some(hash_token(text)));
            let mut wrong = text.to_owned();
            wrong.pop();
            assert_eq!(parse_api_key(&wrong), None, "cut off");
            wrong.push(if text.ends_with('0') { '1' } else { '0' });
            assert_eq!(parse_api_key(&wrong), None, "mistyped");
        }
        for text in ["", "ps_live_", "sk_live_abc", "ps_live_é"] {
            assert_eq!(parse_api_key(text), None, "{text}");
        }
    }

    #[test]
    fn a_csrf_token_belongs_to_one_session() {
        let one = SessionToken::parse(&"a".repeat(64)).expect("a token");
        let other = SessionToken::parse(&"b".repeat(64)).expect("a token");
        assert_ne!(csrf_token(&one), csrf_token(&other));
        assert!(SessionToken::parse("short").is_none());
    }
}
