//! Globs over addresses: `*` is any text, `?` any character, case does not count.

/// Whether an endpoint wants to hear of this recipient.
pub(crate) fn covers(pattern: Option<&str>, recipient: &str) -> bool {
    pattern.is_none_or(|pattern| matches(pattern, recipient))
}

/// Linear in both: on a mismatch only the last `*` takes one more character.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((place, taken)) = star else {
                    return false;
                };
                star = Some((place, taken + 1));
                at = place + 1;
                from = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_covers_what_it_says() {
        for (pattern, text, want) in [
            ("*", "a@b.example", true),
            ("*@b.example", "A@B.example", true),
            ("*@b.example", "a@c.example", false),
            ("sales-?@*", "sales-1@x.example", true),
            ("sales-?@*", "sales-12@x.example", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "aabab", true),
            ("", "a", false),
            ("a", "", false),
        ] {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
        assert!(covers(None, "a@b.example"));
    }
}
