//! Cursors: where a listing goes on, as its client hands it back. Opaque, and worth something only
//! to who got it and for the same filter: anything else is refused.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use postscale_access::{Actor, Means, Permission};
use postscale_model::Invalid;
use postscale_store::{Listed, Page, Part, Position};

use crate::App;

/// What is asked of a listing that goes on by cursor.
#[derive(Debug, Default)]
pub struct Asked<F> {
    /// Which rows, in which order.
    pub filter: F,
    /// Where to go on: the cursor a page before gave.
    pub cursor: Option<String>,
}

/// From the beginning.
impl<F> From<F> for Asked<F> {
    fn from(filter: F) -> Self {
        Self {
            filter,
            cursor: None,
        }
    }
}

/// A page of such a listing.
#[derive(Debug)]
pub struct CursorPage<T> {
    /// Which part it is.
    pub page: Page,
    /// The rows, and how many fit the filter.
    pub listed: Listed<T>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

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

    /// Behind which row of a listing in parts a cursor goes on; none is its beginning.
    ///
    /// # Errors
    /// As [`Cursors::read`].
    pub(crate) fn behind(&self, cursor: Option<&str>) -> Result<Option<Position>, Invalid> {
        let read = |cursor| {
            let text = String::from_utf8(self.open(cursor)?).ok();
            text.as_deref()
                .and_then(Position::parse)
                .ok_or_else(foreign)
        };
        cursor.map(read).transpose()
    }

    /// A part as a page, with the cursor of the next one.
    pub(crate) fn page<T>(&self, page: Page, part: Part<T>) -> CursorPage<T> {
        let next = part.next.map(|next| self.seal(next.to_string().as_bytes()));
        CursorPage {
            page,
            listed: part.listed,
            next_cursor: next,
        }
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
fn foreign() -> Invalid {
    Invalid::field("cursor", "is not one of this listing and these filters")
}
