//! Reading a remote host's reply (RFC 5321 §4.2.1).
//!
//! Lenient where hosts are sloppy and nothing depends on it (bare LF, text in any encoding), strict
//! about codes. An enhanced code whose class differs from the basic code is left in the text.

use super::{EnhancedCode, Reply, ReplyError};

/// Octets of a whole reply we read; RFC 5321 §4.5.3.1.5 has 512 a line, EHLO has some 20 lines.
const REPLY_OCTETS_MAX: usize = 32 * 1024;

pub(super) fn reply(input: &[u8]) -> Result<Option<(Reply, usize)>, ReplyError> {
    let mut at = 0;
    let mut code = None;
    let mut enhanced = None;
    let mut text = String::new();
    while let Some(end) = memchr::memchr(b'\n', &input[at..]) {
        let line = &input[at..at + end];
        at += end + 1;
        if at > REPLY_OCTETS_MAX {
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (line_code, is_last, rest) = split(line)?;
        let is_first = code.is_none();
        if *code.get_or_insert(line_code) != line_code {
            return Err(ReplyError::CodesDiffer);
        }
        let rest = String::from_utf8_lossy(rest);
        let (line_enhanced, words) = split_enhanced(line_code, &rest);
        if is_first {
            enhanced = line_enhanced;
            text.push_str(words);
        } else {
            text.push('\n');
            text.push_str(if line_enhanced == enhanced {
                words
            } else {
                &rest
            });
        }
        if is_last {
            let text = super::clean(text.into());
            return Ok(Some((
                Reply {
                    code: line_code,
                    enhanced,
                    text,
                },
                at,
            )));
        }
    }
    if input.len() > REPLY_OCTETS_MAX {
        return Err(ReplyError::TooLong);
    }
    // A peer that speaks something else is noticed at its first octets, not by a time-out.
    if at == 0 && input.first().is_some_and(|b| !b.is_ascii_digit()) {
        return Err(ReplyError::NoCode);
    }
    Ok(None)
}

/// Code, whether it is the reply's last line, and the rest.
fn split(line: &[u8]) -> Result<(u16, bool, &[u8]), ReplyError> {
    let (digits, rest) = line.split_at_checked(3).ok_or(ReplyError::NoCode)?;
    let is_code = matches!(digits[0], b'2'..=b'5') && digits.iter().all(u8::is_ascii_digit);
    if !is_code {
        return Err(ReplyError::NoCode);
    }
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest {
        [] => Ok((code, true, rest)),
        [b' ', rest @ ..] => Ok((code, true, rest)),
        [b'-', rest @ ..] => Ok((code, false, rest)),
        _ => Err(ReplyError::NoCode),
    }
}

/// Takes a leading enhanced code off, if it agrees with the basic one.
fn split_enhanced(code: u16, text: &str) -> (Option<EnhancedCode>, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let number = |part: Option<&str>| {
        part.filter(|p| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|p| p.parse::<u16>().ok())
    };
    let mut parts = word.split('.');
    let (class, subject, detail) = (
        number(parts.next()),
        number(parts.next()),
        number(parts.next()),
    );
    match (class, subject, detail, parts.next()) {
        (Some(class @ (2 | 4 | 5)), Some(subject), Some(detail), None) if class == code / 100 => {
            let class = u8::try_from(class).unwrap_or(5);
            (
                Some(EnhancedCode {
                    class,
                    subject,
                    detail,
                }),
                rest,
            )
        }
        _ => (None, text),
    }
}
