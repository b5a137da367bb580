//! What an alias may look like.

use postscale_mail::reverse;
use postscale_model::{Address, AliasAction, DomainName, Invalid, Sources, Timestamp};

use super::{AliasChange, TARGETS_MAX};

/// Letters and digits of a made-up local part.
const MASKED: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A local part: a dot-atom of at most 64 octets (RFC 5321 §4.5.3.1.1), in lower case.
pub(super) fn local_part(text: &str, domain: &DomainName) -> Result<String, Invalid> {
    let wrong = |problem: &str| Invalid::field("address", problem);
    if text.contains('@') {
        return Err(wrong("must be the part before the @ only"));
    }
    let lower = text.to_lowercase();
    if reverse::token(&lower).is_some() {
        return Err(wrong("has the form of a reverse address"));
    }
    let address: Result<Address, _> = [&lower, "@", domain.as_str()].concat().parse();
    match address {
        Ok(address) if !lower.starts_with('"') && address.local_part() == lower => Ok(lower),
        _ => Err(wrong(
            "must have 1 to 64 letters, digits and signs of a mail address, such as info or \
             first.last",
        )),
    }
}

/// A local part nobody guesses: eight random letters and digits.
pub(super) fn made_up(sources: &Sources) -> String {
    let random: [u8; 32] = sources.bytes();
    random
        .chunks_exact(4)
        .filter_map(|four| Some(u32::from_be_bytes(four.try_into().ok()?)))
        .map(|number| {
            let index = usize::try_from(number % 36).expect("BUG: less than 36");
            char::from(MASKED[index])
        })
        .collect()
}

/// Where an alias forwards to.
pub(super) fn targets(
    action: AliasAction,
    local_part: &str,
    domain: &str,
    targets: &[Address],
) -> Result<(), Invalid> {
    if action == AliasAction::Forward && targets.is_empty() {
        return Err(Invalid::field(
            "forward_to",
            "must name at least one address when action is forward",
        ));
    }
    if targets.len() > TARGETS_MAX {
        return Err(Invalid::field(
            "forward_to",
            "must name at most 20 addresses",
        ));
    }
    let mut seen = std::collections::HashSet::new();
    for (i, target) in targets.iter().enumerate() {
        let field = format!("forward_to[{i}]");
        if !seen.insert(target.key()) {
            return Err(Invalid::field(field, "stands twice"));
        }
        let to_itself =
            target.domain().as_str() == domain && target.local_part().to_lowercase() == local_part;
        if to_itself {
            return Err(Invalid::field(field, "is the alias itself"));
        }
        if reverse::token(target.local_part()).is_some() {
            return Err(Invalid::field(field, "is a reverse address"));
        }
    }
    Ok(())
}

/// What may change of an alias of the shared domain: its address is made up once, and it is a masked
/// address for good.
pub(super) fn shield(change: &AliasChange) -> Result<(), Invalid> {
    let fixed = [
        ("address", change.address.is_some()),
        ("webhook_id", change.webhook_id.is_some()),
        ("is_masked", change.is_masked == Some(false)),
    ];
    match fixed.into_iter().find(|(_, is_given)| *is_given) {
        Some((field, _)) => Err(Invalid::field(
            field,
            "cannot be changed on the shared domain",
        )),
        None => Ok(()),
    }
}

/// The end of an alias.
pub(super) fn end(expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), Invalid> {
    match expires_at {
        Some(end) if end <= now => Err(Invalid::field("expires_at", "must be in the future")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> DomainName {
        "example.com".parse().unwrap()
    }

    #[test]
    fn a_local_part_is_a_dot_atom_in_lower_case() {
        for (text, want) in [
            ("Info", Some("info")),
            ("first.last+tag", Some("first.last+tag")),
            ("ÄNNE", Some("änne")),
            ("", None),
            ("a..b", None),
            (".a", None),
            ("a b", None),
            ("\"a b\"", None),
            ("\"ab\"", None),
            ("info@example.com", None),
            ("Reply+0123456789abcdef0123456789", None),
            ("reply+me", Some("reply+me")),
            ("a\r\nb", None),
            (&"a".repeat(65), None),
        ] {
            assert_eq!(
                local_part(text, &example()).ok().as_deref(),
                want,
                "{text:?}"
            );
        }
    }

    #[test]
    fn targets_are_few_different_and_elsewhere() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        let many: Vec<Address> = (0..21)
            .map(|i| address(&format!("a{i}@b.example")))
            .collect();
        for (action, given, field) in [
            (AliasAction::Forward, vec![], Some("forward_to")),
            (AliasAction::Store, vec![], None),
            (AliasAction::Forward, vec![address("a@b.example")], None),
            (AliasAction::Forward, many, Some("forward_to")),
            (
                AliasAction::Forward,
                vec![address("a@b.example"), address("A@B.example")],
                Some("forward_to[1]"),
            ),
            (
                AliasAction::Store,
                vec![address("INFO@example.com")],
                Some("forward_to[0]"),
            ),
        ] {
            let found = targets(action, "info", "example.com", &given).err();
            let found = found.and_then(|invalid| invalid.fields.into_keys().next());
            assert_eq!(found.as_deref(), field, "{given:?}");
        }
    }
}
