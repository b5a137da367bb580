//! Reverse addresses: `reply+<token>@domain` stands for somebody an alias corresponds with. Mail a
//! target of the alias sends there reaches them from the alias.
//!
//! The token is 26 hexadecimal digits and means nothing by itself; whoever keeps the contacts knows.

use postscale_model::{Address, HostName};

/// What comes before the token.
const PREFIX: &str = "reply+";
/// Digits of a token: 104 bits.
const TOKEN_DIGITS: usize = 26;

/// The reverse address with that token.
#[must_use]
pub fn address(token: &str, domain: HostName) -> Option<Address> {
    Address::new([PREFIX, token].concat(), domain).ok()
}

/// The token of a local part that has the form of a reverse address, in lower case.
#[must_use]
pub fn token(local_part: &str) -> Option<String> {
    let lower = local_part.to_ascii_lowercase();
    let token = lower.strip_prefix(PREFIX)?;
    is_token(token.as_bytes()).then(|| token.to_owned())
}

/// Whether these are the digits of a token.
pub(crate) fn is_token(digits: &[u8]) -> bool {
    digits.len() == TOKEN_DIGITS && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Tokens that stand in a text as part of anything like a reverse address, up to so many.
pub(crate) fn mentioned(text: &[u8], tokens: &mut Vec<String>, limit: usize) {
    let spellings = ["+", "%2b", "&#43;", "&#x2b;", "&plus;"];
    for at in memchr::memmem::find_iter(&text.to_ascii_lowercase(), b"reply") {
        let rest = &text[at + 5..];
        let after = spellings.iter().find_map(|plus| {
            let start = rest.get(..plus.len())?;
            start
                .eq_ignore_ascii_case(plus.as_bytes())
                .then(|| &rest[plus.len()..])
        });
        let digits = after.and_then(|after| after.get(..TOKEN_DIGITS));
        let Some(digits) = digits.filter(|digits| is_token(digits)) else {
            continue;
        };
        let token = String::from_utf8_lossy(digits).to_ascii_lowercase();
        if tokens.len() < limit && !tokens.contains(&token) {
            tokens.push(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789";

    #[test]
    fn a_reverse_address_is_known_by_its_form() {
        let address = address(TOKEN, "x.example".parse().unwrap()).unwrap();
        assert_eq!(address.to_string(), format!("reply+{TOKEN}@x.example"));
        for (local_part, want) in [
            (address.local_part(), Some(TOKEN)),
            ("REPLY+0123456789ABCDEF0123456789", Some(TOKEN)),
            ("reply+0123456789abcdef012345678", None),
            ("reply+0123456789abcdef0123456789a", None),
            ("reply+0123456789abcdef012345678g", None),
            ("reply+", None),
            ("reply", None),
            ("info+0123456789abcdef0123456789", None),
        ] {
            assert_eq!(token(local_part).as_deref(), want, "{local_part}");
        }
    }

    #[test]
    fn tokens_are_found_however_a_client_spells_them() {
        let text = format!(
            "Reply+{TOKEN}@x.example reply%2B{}@x reply&#43;{TOKEN} reply+short replyreply+",
            TOKEN.replace('0', "f")
        );
        let mut tokens = Vec::new();
        mentioned(text.as_bytes(), &mut tokens, 10);
        assert_eq!(tokens, [TOKEN.to_owned(), TOKEN.replace('0', "f")]);
        tokens.clear();
        mentioned(text.as_bytes(), &mut tokens, 1);
        assert_eq!(tokens.len(), 1);
    }
}
