//! A server's answer: RFC 5321 §4.2 with the enhanced codes of RFC 3463.
//!
//! The class digit is stated once, by the constructor, so the basic and the enhanced code cannot
//! disagree. The replies this crate gives are listed in [`crate::replies`]; this file is the type,
//! how it is written to the wire and how a remote host's lines are read.

use std::{borrow::Cow, fmt};

/// Octets of text in one line: 512 with code, enhanced code and CRLF (RFC 5321 §4.5.3.1.5).
const LINE_TEXT_OCTETS_MAX: usize = 480;

/// What the first digit says (RFC 5321 §4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// 2yz: done.
    Positive,
    /// 3yz: go on.
    Intermediate,
    /// 4yz: try again later.
    Transient,
    /// 5yz: do not try this again.
    Permanent,
}

/// The second part of an enhanced code (RFC 3463 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// X.0: nothing more is known.
    Undefined = 0,
    /// X.1: the address.
    Addressing = 1,
    /// X.2: the mailbox.
    Mailbox = 2,
    /// X.3: the receiving system.
    System = 3,
    /// X.4: the network or routing.
    Network = 4,
    /// X.5: the protocol.
    Protocol = 5,
    /// X.6: the message's content.
    Content = 6,
    /// X.7: security or policy.
    Security = 7,
}

/// `class.subject.detail` (RFC 3463 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnhancedCode {
    /// 2, 4 or 5: always the first digit of the reply it belongs to.
    class: u8,
    subject: u16,
    detail: u16,
}

/// One reply, ours or a remote host's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    enhanced: Option<EnhancedCode>,
    text: Cow<'static, str>,
}

/// Why lines from a remote host are no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The line does not begin with a code from 200 to 599 and a space, a hyphen or nothing.
    #[error("the reply has no code")]
    NoCode,
    /// Lines of one reply have different codes.
    #[error("the lines of the reply have different codes")]
    CodesDiffer,
    /// A line or the whole reply is longer than a client needs to bear.
    #[error("the reply is too long")]
    TooLong,
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Controls other than the line break between the lines of a reply become spaces.
fn clean(text: Cow<'static, str>) -> Cow<'static, str> {
    if !text.chars().any(|c| c.is_control() && c != '\n') {
        return text;
    }
    let cleaned = text
        .replace("\r\n", "\n")
        .replace(|c: char| c.is_control() && c != '\n', " ");
    Cow::Owned(cleaned)
}

impl Reply {
    fn new(
        class: u8,
        yz: u8,
        subject: Subject,
        detail: u16,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        debug_assert!(
            yz < 100,
            "BUG: the last two digits of a reply code are below 100"
        );
        Self {
            code: u16::from(class) * 100 + u16::from(yz),
            enhanced: Some(EnhancedCode {
                class,
                subject: subject as u16,
                detail,
            }),
            text: clean(text.into()),
        }
    }
    /// A 2yz reply: `Reply::ok(50, Subject::Undefined, 0, "OK")` is `250 2.0.0 OK`.
    ///
    /// A line break in `text` makes a reply of several lines.
    #[must_use]
    pub fn ok(yz: u8, subject: Subject, detail: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(2, yz, subject, detail, text)
    }
    /// A 4yz reply: try again later.
    #[must_use]
    pub fn transient(
        yz: u8,
        subject: Subject,
        detail: u16,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(4, yz, subject, detail, text)
    }
    /// A 5yz reply: do not try this again.
    #[must_use]
    pub fn permanent(
        yz: u8,
        subject: Subject,
        detail: u16,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(5, yz, subject, detail, text)
    }
    /// A reply of the kinds that carry no enhanced code: greetings, 3yz, and whatever answers EHLO or
    /// HELO (RFC 2034 §4).
    #[must_use]
    pub(crate) fn bare(code: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            enhanced: None,
            text: clean(text.into()),
        }
    }
    /// The same as an answer to EHLO or HELO.
    #[must_use]
    pub(crate) fn without_enhanced(mut self) -> Self {
        self.enhanced = None;
        self
    }
    /// The three digits.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }
    /// The enhanced code, where there is one.
    #[must_use]
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.enhanced
    }
    /// The text without any code, its lines joined by `\n`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
    /// What the first digit says.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self.code / 100 {
            2 => Severity::Positive,
            3 => Severity::Intermediate,
            5 => Severity::Permanent,
            _ => Severity::Transient,
        }
    }
    /// Whether this is a 2yz reply.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.severity() == Severity::Positive
    }
    /// Writes the reply as it goes on the wire.
    pub fn render(&self, out: &mut Vec<u8>) {
        let mut lines = self.text.split('\n').flat_map(wrap).peekable();
        while let Some(line) = lines.next() {
            let separator = if lines.peek().is_some() { b'-' } else { b' ' };
            out.extend(self.code.to_string().as_bytes());
            out.push(separator);
            if let Some(enhanced) = self.enhanced {
                out.extend(enhanced.to_string().as_bytes());
                out.push(b' ');
            }
            out.extend(
                line.iter()
                    .map(|b| if matches!(b, b' '..=b'~') { *b } else { b'?' }),
            );
            out.extend(b"\r\n");
        }
    }
    /// Reads one reply from the start of `input`: the reply and the octets it took, `None` while
    /// it is incomplete.
    ///
    /// # Errors
    /// [`ReplyError`] when the lines are no reply or too long.
    pub(crate) fn parse(input: &[u8]) -> Result<Option<(Self, usize)>, ReplyError> {
        parse::reply(input)
    }
}

/// Pieces of a line that fit, at least one.
fn wrap(line: &str) -> impl Iterator<Item = &[u8]> {
    let empty = line.is_empty().then_some(&b""[..]);
    empty
        .into_iter()
        .chain(line.as_bytes().chunks(LINE_TEXT_OCTETS_MAX))
}

impl fmt::Display for Reply {
    /// One line: `550 5.1.1 No such user`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        for line in self.text.split('\n') {
            write!(f, " {line}")?;
        }
        Ok(())
    }
}

mod parse;
#[cfg(test)]
mod tests;
