//! Cursors: where a listing goes on, as its client hands it back. Opaque, and worth something only
//! to who got it and for the same filter: anything else is refused.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use postscale_access::{Actor, Means, Permission};
use postscale_model::Invalid;

use crate::App;

/// Octets of the tag that are kept.
const TAG: usize = 16;

/// Reads and writes the cursors of one listing: its caller's, for its filter.
pub(crate) struct Cursors {
    key: hmac::Key,
    bound: Vec<u8>,
}

impl Cursors {
    /// Those of the listing of that name for who is permitted it. The filter is what was asked for,
    /// in a fixed order.
    pub(crate) fn new(
        app: &App,
        permission: &Permission,
        listing: &str,
        filter: &[Option<String>],
    ) -> Self {
        Self::of(app, permission.actor(), listing, filter)
    }

    /// Those of the listing of that name for who asks.
    pub(crate) fn of(
        app: &App,
        actor: Option<&Actor>,
        listing: &str,
        filter: &[Option<String>],
    ) -> Self {
        let who = actor.map(|actor| match actor.means() {
            Means::Session { .. } => actor.user().to_string(),
            Means::Key { key, .. } => key.to_string(),
        });
        let mut bound = Vec::new();
        let parts = ["cursor", listing].map(|part| Some(part.to_owned()));
        for part in parts.iter().chain([&who]).chain(filter) {
            let text = part.as_deref().unwrap_or_default();
            bound.push(u8::from(part.is_some()));
            bound.extend(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            bound.extend(text.as_bytes());
        }
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &app.link_key[..]),
            bound,
        }
    }

    fn tag(&self, position: &[u8]) -> [u8; TAG] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&self.bound);
        context.update(position);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&context.sign().as_ref()[..TAG]);
        tag
    }

    /// The cursor of a position.
    pub(crate) fn write(&self, position: i64) -> String {
        self.seal(&position.to_be_bytes())
    }

    /// The cursor of a position that is a text.
    pub(crate) fn write_text(&self, position: &str) -> String {
        self.seal(position.as_bytes())
    }

    fn seal(&self, position: &[u8]) -> String {
        let whole = [&self.tag(position), position].concat();
        BASE64_URL_SAFE_NO_PAD.encode(whole)
    }

    /// The position of a cursor.
    ///
    /// # Errors
    /// [`Invalid`] when this listing has not given it.
    pub(crate) fn read(&self, cursor: &str) -> Result<i64, Invalid> {
        let position = self.open(cursor)?.try_into().map_err(|_| foreign())?;
        Ok(i64::from_be_bytes(position))
    }

    /// The position of a cursor, when it is a text.
    ///
    /// # Errors
    /// As [`Cursors::read`].
    pub(crate) fn read_text(&self, cursor: &str) -> Result<String, Invalid> {
        String::from_utf8(self.open(cursor)?).map_err(|_| foreign())
    }

    fn open(&self, cursor: &str) -> Result<Vec<u8>, Invalid> {
        let whole = BASE64_URL_SAFE_NO_PAD
            .decode(cursor)
            .map_err(|_| foreign())?;
        let (tag, position) = whole.split_first_chunk::<TAG>().ok_or_else(foreign)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(tag, &self.tag(position))
            .map_err(|_| foreign())?;
        Ok(position.to_vec())
    }
}

/// The refusal of what no listing of that caller and those filters gave.
pub(crate) fn foreign() -> Invalid {
    Invalid::field("cursor", "is not one of this listing and these filters")
}
