//! Variable return paths that cannot be forged (VERP with a MAC).
//!
//! The local part names one recipient of one message and the day it was made, and carries the
//! first 96 bits of an HMAC-SHA256 over both, so that a bounce counts only when it answers mail
//! that was really sent (security.md M9, M14). It is case-insensitive, as some servers change
//! case, and 56 octets long, under the 64 of RFC 5321 §4.5.3.1.1. It is valid for 14 days.

use aws_lc_rs::{constant_time, hmac};
use postscale_model::{RecipientId, Timestamp};

const PREFIX: &str = "bounces-";
/// Keeps these MACs apart from any other use of the key.
const CONTEXT: &[u8] = b"postscale return path 1";
const TAG_OCTETS: usize = 12;
const PAYLOAD_OCTETS: usize = 18;
/// Days a return path is believed.
pub const VALID_DAYS: i64 = 14;
const SECONDS_PER_DAY: i64 = 24 * 3600;
/// Base32 of RFC 4648 §6 in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The key of the MAC.
pub struct ReturnPathKey(hmac::Key);

impl std::fmt::Debug for ReturnPathKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReturnPathKey")
    }
}

impl ReturnPathKey {
    /// A key from secret octets.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The local part for one recipient.
    #[must_use]
    pub fn encode(&self, recipient: RecipientId, now: Timestamp) -> String {
        let mut octets = Vec::with_capacity(PAYLOAD_OCTETS + TAG_OCTETS);
        octets.extend_from_slice(&day_number(now).to_be_bytes());
        octets.extend_from_slice(recipient.as_uuid().as_bytes());
        octets.extend_from_slice(&self.tag(&octets));
        PREFIX.to_owned() + &to_base32(&octets)
    }

    /// The recipient a local part names, when we made it and it has not expired.
    #[must_use]
    pub fn decode(&self, local_part: &str, now: Timestamp) -> Option<RecipientId> {
        let text = local_part.to_ascii_lowercase();
        let octets = from_base32(text.strip_prefix(PREFIX)?)?;
        let (payload, tag) = octets.split_at_checked(PAYLOAD_OCTETS)?;
        constant_time::verify_slices_are_equal(&self.tag(payload), tag).ok()?;
        let (day, id) = payload.split_first_chunk::<2>()?;
        let age = i64::from(day_number(now)) - i64::from(u16::from_be_bytes(*day));
        if !(-1..=VALID_DAYS).contains(&age) {
            return None;
        }
        Some(RecipientId::from_uuid(uuid::Uuid::from_slice(id).ok()?))
    }

    fn tag(&self, payload: &[u8]) -> [u8; TAG_OCTETS] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(CONTEXT);
        context.update(payload);
        let mut tag = [0; TAG_OCTETS];
        tag.copy_from_slice(&context.sign().as_ref()[..TAG_OCTETS]);
        tag
    }
}

/// Whether a local part looks like a return path, valid or not.
#[must_use]
pub fn is_return_path(local_part: &str) -> bool {
    local_part
        .get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Days since the epoch; good until the year 2149.
fn day_number(at: Timestamp) -> u16 {
    u16::try_from(at.seconds().div_euclid(SECONDS_PER_DAY)).unwrap_or(0)
}

fn to_base32(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0u32, 0);
    for octet in octets {
        bits = (bits << 8) | u32::from(*octet);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
    }
    if held > 0 {
        out.push(char::from(ALPHABET[(bits << (5 - held) & 31) as usize]));
    }
    out
}

/// The inverse of [`to_base32`] for exactly the octets a return path has.
fn from_base32(text: &str) -> Option<[u8; PAYLOAD_OCTETS + TAG_OCTETS]> {
    let mut out = [0; PAYLOAD_OCTETS + TAG_OCTETS];
    if text.len() != out.len() * 8 / 5 {
        return None;
    }
    let (mut bits, mut held, mut next) = (0u32, 0, out.iter_mut());
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            *next.next()? = (bits >> held & 255) as u8;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn setting() -> (ReturnPathKey, RecipientId, Timestamp) {
        let id = "0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b".parse().unwrap();
        (
            ReturnPathKey::new(&[7; 32]),
            id,
            Timestamp::from_seconds(1_772_366_400),
        )
    }

    #[test]
    fn a_return_path_names_its_recipient_for_fourteen_days() {
        let (key, id, now) = setting();
        let local = key.encode(id, now);
        assert_eq!(local.len(), 56);
        assert!(is_return_path(&local));
        for (later, want) in [(0, Some(id)), (14, Some(id)), (15, None)] {
            assert_eq!(
                key.decode(&local, now.plus(DAY * later)),
                want,
                "{later} days"
            );
        }
        assert_eq!(key.decode(&local, now.minus(DAY * 2)), None);
        assert_eq!(key.decode(&local.to_ascii_uppercase(), now), Some(id));
    }

    #[test]
    fn every_changed_letter_and_every_other_key_is_refused() {
        let (key, id, now) = setting();
        let local = key.encode(id, now);
        assert_eq!(ReturnPathKey::new(&[8; 32]).decode(&local, now), None);
        for at in 0..local.len() {
            let mut changed = local.clone().into_bytes();
            changed[at] = if changed[at] == b'q' { b'r' } else { b'q' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(key.decode(&changed, now), None, "{changed}");
        }
        for junk in [
            "",
            "bounces-",
            "bounces-äöü",
            &local[..55],
            &(local.clone() + "a"),
        ] {
            assert_eq!(key.decode(junk, now), None, "{junk}");
        }
    }
}
