//! Lists of mailboxes in header fields (RFC 5322 §3.4), read strictly or leniently.
//!
//! [`parse`] is the one reader that decides who a message claims to be from: group syntax,
//! encoded words inside an address, source routes and leftovers are errors, because two readers
//! could see two different authors. [`parse_leniently`] keeps what can be used and drops the rest.

use mail_parser::{HeaderValue, parsers::MessageStream};
use postscale_model::{Address, AddressError, Mailbox};

/// Nesting of comments we follow.
const COMMENT_DEPTH_MAX: usize = 10;
/// Octets of a display name we keep.
const DISPLAY_NAME_OCTETS_MAX: usize = 320;

/// Why a list is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ListError {
    #[error("uses group syntax")]
    Group,
    #[error("has an encoded word inside an address")]
    EncodedAddress,
    #[error("has an unquoted address where a name is due")]
    AddressAsName,
    #[error("is not a list of addresses")]
    Malformed,
    #[error("{0}")]
    Address(#[from] AddressError),
}

enum Token {
    Atom(String),
    Quoted(String),
    Angle(String),
    Comma,
}

/// Reads an unfolded field body.
pub(crate) fn parse(text: &str) -> Result<Vec<Mailbox>, ListError> {
    let tokens = tokens(text)?;
    tokens
        .split(|token| matches!(token, Token::Comma))
        .map(mailbox)
        .collect()
}

fn mailbox(tokens: &[Token]) -> Result<Mailbox, ListError> {
    match tokens {
        [phrase @ .., Token::Angle(address)] => {
            let mut words = Vec::new();
            for token in phrase {
                match token {
                    Token::Atom(word) if word.contains('@') => {
                        return Err(ListError::AddressAsName);
                    }
                    Token::Atom(word) | Token::Quoted(word) => words.push(word.as_str()),
                    Token::Angle(_) | Token::Comma => return Err(ListError::Malformed),
                }
            }
            Ok(Mailbox {
                display_name: display_name(&decode_words(&words.join(" "))),
                address: address_of(address)?,
            })
        }
        [Token::Atom(address)] => Ok(address_of(address)?.into()),
        [Token::Quoted(local), Token::Atom(domain)] if domain.starts_with('@') => {
            let quoted = local.replace('\\', "\\\\").replace('"', "\\\"");
            Ok(address_of(&format!("\"{quoted}\"{domain}"))?.into())
        }
        _ => Err(ListError::Malformed),
    }
}

fn address_of(text: &str) -> Result<Address, ListError> {
    if text.contains("=?") {
        return Err(ListError::EncodedAddress);
    }
    Ok(text.trim_matches([' ', '\t']).parse()?)
}

fn tokens(text: &str) -> Result<Vec<Token>, ListError> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            ' ' | '\t' => {
                chars.next();
            }
            ',' => {
                chars.next();
                tokens.push(Token::Comma);
            }
            '(' => skip_comment(&mut chars)?,
            '"' => {
                chars.next();
                tokens.push(Token::Quoted(delimited(&mut chars, '"', false)?));
            }
            '<' => {
                chars.next();
                tokens.push(Token::Angle(delimited(&mut chars, '>', true)?));
            }
            ':' | ';' => return Err(ListError::Group),
            '>' | ')' | '\\' => return Err(ListError::Malformed),
            _ => {
                let mut atom = String::new();
                while let Some(c) = chars.next_if(|c| !" \t,()\"<>:;\\".contains(*c)) {
                    atom.push(c);
                }
                tokens.push(Token::Atom(atom));
            }
        }
    }
    Ok(tokens)
}

pub(crate) type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Text up to `end`, after what opened it; with `keep_quotes`, quoted strings inside are kept as they stand.
pub(crate) fn delimited(
    chars: &mut Chars<'_>,
    end: char,
    keep_quotes: bool,
) -> Result<String, ListError> {
    let mut out = String::new();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                if keep_quotes {
                    out.push('\\');
                }
                out.push(chars.next().ok_or(ListError::Malformed)?);
            }
            '"' if keep_quotes => {
                quoted = !quoted;
                out.push('"');
            }
            c if c == end && !quoted => return Ok(out),
            c => out.push(c),
        }
    }
    Err(ListError::Malformed)
}

/// Goes past a comment and those in it.
pub(crate) fn skip_comment(chars: &mut Chars<'_>) -> Result<(), ListError> {
    let mut depth = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(());
        }
        if depth > COMMENT_DEPTH_MAX {
            break;
        }
    }
    Err(ListError::Malformed)
}

/// Decodes encoded words (RFC 2047) of an unfolded text.
pub(crate) fn decode_words(text: &str) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let line = format!("{text}\n");
    match MessageStream::new(line.as_bytes()).parse_unstructured() {
        HeaderValue::Text(decoded) => decoded.into_owned(),
        _ => String::new(),
    }
}

/// A name as it may be shown and written again: no controls, bounded, not empty.
fn display_name(text: &str) -> Option<String> {
    let mut name: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut end = name.len().min(DISPLAY_NAME_OCTETS_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// What can be used of an unfolded field body; groups count as their members.
pub(crate) fn parse_leniently(text: &str) -> Vec<Mailbox> {
    if let Ok(list) = parse(text) {
        return list;
    }
    let line = format!("{text}\n");
    match MessageStream::new(line.as_bytes()).parse_address() {
        HeaderValue::Address(list) => list
            .iter()
            .filter_map(|found| {
                Some(Mailbox {
                    display_name: found.name().and_then(display_name),
                    address: found.address()?.trim().parse().ok()?,
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_read_with_names_comments_and_quotes() {
        for (text, want) in [
            ("a@b.example", "a@b.example"),
            ("<a@b.example>", "a@b.example"),
            ("Ann (from work) <a@b.example>", "Ann <a@b.example>"),
            ("root@b.example (Cron (Daemon))", "root@b.example"),
            (
                "John Q. \"Jo\" Public <a@b.example>",
                "\"John Q. Jo Public\" <a@b.example>",
            ),
            ("=?utf-8?q?J=C3=B6rg?= <a@b.example>", "Jörg <a@b.example>"),
            ("\"a b\"@b.example", "\"a b\"@b.example"),
            ("<\"x>y\"@b.example>", "\"x>y\"@b.example"),
        ] {
            let list = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(
                list.iter().map(Mailbox::to_string).collect::<Vec<_>>(),
                [want]
            );
        }
        assert_eq!(
            parse("a@b.example, \"x, y\" <c@d.example>").map(|l| l.len()),
            Ok(2)
        );
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        use ListError::*;
        for (text, why) in [
            ("Team: a@b.example;", Group),
            ("a@b.example;", Group),
            ("=?utf-8?q?a=40evil.example?=@b.example", EncodedAddress),
            ("a@=?utf-8?q?b.example?=", EncodedAddress),
            ("a@b.example <c@d.example>", AddressAsName),
            ("<a@b.example> <c@d.example>", Malformed),
            ("<a@b.example> x", Malformed),
            ("a@b.example c@d.example", Malformed),
            ("a@b.example,", Malformed),
            ("", Malformed),
            ("(unclosed a@b.example", Malformed),
            ("\"unclosed <a@b.example>", Malformed),
            ("<a@b.example", Malformed),
            ("<@x.example:a@b.example>", Address(AddressError::LocalPart)),
            ("nobody", Address(AddressError::NoAt)),
        ] {
            assert_eq!(parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_lenient_reader_keeps_what_it_can() {
        let keys = |text: &str| {
            let list = parse_leniently(text);
            list.iter()
                .map(|m| m.address.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            keys("Team: a@b.example, c@d.example;"),
            ["a@b.example", "c@d.example"]
        );
        assert_eq!(keys("undisclosed-recipients:;"), Vec::<String>::new());
        assert_eq!(keys("junk, a@b.example"), ["a@b.example"]);
    }
}
