//! Message ids of a masked conversation (RFC 5322 §3.6.4).
//!
//! The target's ids name the host they write from, so the stranger gets others in their place; and in
//! what the stranger answers the target's program must find its own ids again, or it does not show the
//! answer with what was asked. Nothing is remembered for that: what the stranger sees is the target's
//! id, encrypted by the instance for this alias alone. One id always becomes the same one, so that the
//! stranger's program sees one conversation as well (AES-GCM-SIV under a single nonce, which tells
//! nothing but that two ids are equal: RFC 8452 §9).

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use postscale_model::Address;

use crate::{field::Sections, mailbox_list};

/// Octets of an id that is encrypted; longer ones are left out.
const ID_OCTETS_MAX: usize = 255;
/// Ids of one field that are kept.
const IDS_MAX: usize = 50;
/// Keeps this key apart from any other use of the secret.
const CONTEXT: &[u8] = b"postscale masked threads 1";

/// The key of ids.
pub struct ThreadKey(LessSafeKey);

impl fmt::Debug for ThreadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreadKey")
    }
}

impl ThreadKey {
    /// A key from secret octets that have other uses too.
    ///
    /// # Panics
    /// Never: an HMAC-SHA256 is as long as the key.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), CONTEXT);
        let key = UnboundKey::new(&AES_256_GCM_SIV, own.as_ref());
        Self(LessSafeKey::new(key.expect("BUG: 32 octets are a key")))
    }

    /// The ids of one alias's conversations.
    #[must_use]
    pub const fn of<'a>(&'a self, alias: &'a Address) -> Threads<'a> {
        Threads { key: self, alias }
    }
}

/// The ids of one alias's conversations.
#[derive(Debug, Clone, Copy)]
pub struct Threads<'a> {
    key: &'a ThreadKey,
    alias: &'a Address,
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

impl Threads<'_> {
    /// What the stranger sees of an id of the target, without brackets; nothing for one that is too
    /// long.
    #[must_use]
    pub fn sealed(self, id: &str) -> Option<String> {
        if id.is_empty() || id.len() > ID_OCTETS_MAX {
            return None;
        }
        let mut octets = id.as_bytes().to_vec();
        let aad = Aad::from(self.alias.key());
        let key = &self.key.0;
        key.seal_in_place_append_tag(nonce(), aad, &mut octets)
            .ok()?;
        let local_part = URL_SAFE_NO_PAD.encode(&octets);
        Some(format!("{local_part}@{}", self.alias.domain()))
    }

    /// The id of the target that the stranger knows by this one.
    #[must_use]
    pub fn opened(self, id: &str) -> Option<String> {
        let (local_part, host) = id.rsplit_once('@')?;
        if !host.eq_ignore_ascii_case(self.alias.domain().as_str()) {
            return None;
        }
        let mut octets = URL_SAFE_NO_PAD.decode(local_part).ok()?;
        let aad = Aad::from(self.alias.key());
        let opened = self.key.0.open_in_place(nonce(), aad, &mut octets).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

/// The ids in every field of that name, without brackets and without what is none; of many the last.
pub(super) fn ids(sections: &Sections<'_>, name: &str) -> Vec<String> {
    let fields = sections.fields.iter().filter(|field| field.is(name));
    // Some programs take a long id for words of a text and encode it.
    let text: String = fields
        .map(|field| mailbox_list::decode_words(&field.unfolded()) + " ")
        .collect();
    let all = text.split('<').skip(1).filter_map(|id| id.split_once('>'));
    let is_id = |id: &&str| !id.is_empty() && id.bytes().all(|octet| octet.is_ascii_graphic());
    let mut ids: Vec<String> = all
        .map(|(id, _)| id)
        .filter(is_id)
        .map(str::to_owned)
        .collect();
    ids.drain(..ids.len().saturating_sub(IDS_MAX));
    ids
}

/// A field of ids, a line for each, unless there are none.
pub(super) fn push_ids(out: &mut Vec<u8>, name: &str, ids: &[String]) {
    let Some((first, others)) = ids.split_first() else {
        return;
    };
    out.extend_from_slice(format!("{name}: <{first}>").as_bytes());
    for id in others {
        out.extend_from_slice(format!("\r\n <{id}>").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}
