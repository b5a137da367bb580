//! Browsers that signed in to an account before.
//!
//! A cookie remembers it: random octets and a MAC over them and the person, so that it says nothing
//! and is worth nothing for another account. It proves no identity; it only keeps strangers who guess
//! from using up the tries of the account's owner.

use std::time::Duration;

use aws_lc_rs::{constant_time, hmac};
use postscale_model::PersonId;

use crate::{App, hash_token};

/// How long a browser is remembered.
pub const DEVICE_AGE_MAX: Duration = Duration::from_secs(180 * 24 * 3600);

/// Hex digits of the random part and of the MAC.
const DIGITS: (usize, usize) = (32, 64);

/// A browser that signed in to the account it is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Device(postscale_model::TokenHash);

fn mac(app: &App, random: &str, person: PersonId) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &app.link_key[..]);
    let text = format!("postscale device {random} {person}");
    let tag = hmac::sign(&key, text.as_bytes());
    tag.as_ref()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// A new cookie value for a browser in which a person just signed in.
pub(crate) fn remember(app: &App, person: PersonId) -> String {
    let random = app.sources.hex::<16>();
    let mac = mac(app, &random, person);
    random + &mac
}

/// The browser, when its cookie was made for this person.
pub(crate) fn recognise(app: &App, cookie: Option<&str>, person: PersonId) -> Option<Device> {
    let cookie = cookie.filter(|text| text.len() == DIGITS.0 + DIGITS.1 && text.is_ascii())?;
    let (random, given) = cookie.split_at(DIGITS.0);
    let expected = mac(app, random, person);
    constant_time::verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).ok()?;
    Some(Device(hash_token(random)))
}
