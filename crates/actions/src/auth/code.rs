//! Six-digit codes that prove an address. Only a MAC of a code is stored: a million possibilities
//! are searched in no time by whoever reads a plain hash.

use aws_lc_rs::hmac;
use postscale_model::{Sources, TokenHash};

/// A new code: six decimal digits.
pub(crate) fn new_code(sources: &Sources) -> String {
    // The bias of a 64-bit number modulo a million is below one in 10^13.
    let number = u64::from_be_bytes(sources.bytes::<8>()) % 1_000_000;
    format!("{number:06}")
}

/// What is stored of a code that was mailed for `purpose`, bound to the row with that id.
pub(crate) fn code_mac(link_key: &[u8; 32], purpose: &str, id: &str, code: &str) -> TokenHash {
    let key = hmac::Key::new(hmac::HMAC_SHA256, link_key);
    let mut context = hmac::Context::with_key(&key);
    for part in ["postscale code", purpose, id, code] {
        context.update(part.as_bytes());
        context.update(b"\0");
    }
    let tag = context.sign();
    TokenHash::new(
        tag.as_ref()
            .try_into()
            .expect("BUG: HMAC-SHA256 has 32 bytes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_for_one_row_and_one_purpose() {
        let mac = |purpose, id, code| code_mac(&[7; 32], purpose, id, code);
        let right = mac("signup", "1", "004711");
        assert_eq!(right, mac("signup", "1", "004711"));
        for other in [
            mac("invitation", "1", "004711"),
            mac("signup", "2", "004711"),
            mac("signup", "1", "004712"),
            mac("signup", "10", "04711"),
        ] {
            assert_ne!(right, other);
        }
    }
}
