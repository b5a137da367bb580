//! A message while it comes in: finds its real end, undoes transparency, watches line ends.
//!
//! Works on whatever pieces the network gives, with one `memchr` step per line and one copy of each
//! octet. After a fault nothing more is kept, but the end is still looked for: the session must not
//! lose its place, or the rest of the message would be read as commands (SMTP smuggling).

use memchr::memchr3;

use crate::{Reply, replies};

/// Octets of a line with its CRLF; RFC 5321 §4.5.3.1.6 asks for 1,000, senders do more.
const LINE_OCTETS_MAX: usize = 8192;
/// What the first piece of the buffer may take on the word of a SIZE parameter.
const FIRST_RESERVE_MAX: usize = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// After CRLF, or at the beginning.
    LineStart,
    /// In a line.
    Line,
    /// After a CR in a line.
    Cr,
    /// After a dot that began a line.
    Dot,
    /// After a dot that began a line, and a CR.
    DotCr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    BadLineEnds,
    LineTooLong,
    TooLarge,
    /// Not the message's, but ours.
    NoRoom,
}

impl Fault {
    pub(super) fn reply(self) -> Reply {
        match self {
            Self::BadLineEnds => replies::bad_line_ends(),
            Self::LineTooLong => replies::line_too_long(),
            Self::TooLarge => replies::message_too_large(),
            Self::NoRoom => replies::disk_full(),
        }
    }
}

pub(super) struct Content {
    body: Vec<u8>,
    /// Octets that came before and are kept elsewhere.
    spooled: usize,
    size_max: usize,
    state: State,
    line_octets: usize,
    fault: Option<Fault>,
}

impl Content {
    pub(super) fn new(size_max: usize, size_announced: Option<u64>) -> Self {
        let announced = usize::try_from(size_announced.unwrap_or(0)).unwrap_or(usize::MAX);
        Self {
            body: Vec::with_capacity(announced.min(FIRST_RESERVE_MAX).min(size_max)),
            spooled: 0,
            size_max,
            state: State::LineStart,
            line_octets: 0,
            fault: None,
        }
    }

    /// Takes a piece of DATA; says how much of it belongs to the message once the end is in it.
    pub(super) fn push_dotted(&mut self, input: &[u8]) -> Option<usize> {
        let mut at = 0;
        // What lies between `kept` and `at` is content not yet copied.
        let mut kept = 0;
        while let Some(&byte) = input.get(at) {
            match (self.state, byte) {
                (State::LineStart, b'.') => {
                    self.keep(&input[kept..at]);
                    at += 1;
                    kept = at;
                    self.state = State::Dot;
                }
                (State::Dot, b'\r') => {
                    at += 1;
                    kept = at;
                    self.state = State::DotCr;
                }
                (State::DotCr, b'\n') => {
                    self.state = State::LineStart;
                    return Some(at + 1);
                }
                (State::DotCr, _) => {
                    self.fail(Fault::BadLineEnds);
                    self.state = State::Line;
                }
                _ => at += self.step(&input[at..]),
            }
        }
        self.keep(&input[kept..]);
        None
    }

    /// Takes a piece of a BDAT chunk, where dots mean nothing.
    pub(super) fn push_plain(&mut self, input: &[u8]) {
        let mut at = 0;
        while at < input.len() {
            at += self.step(&input[at..]);
        }
        self.keep(input);
    }

    /// What is wrong with the message so far.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// What is kept here of the message.
    pub(super) fn kept(&self) -> &[u8] {
        &self.body
    }

    /// Octets that are kept elsewhere.
    pub(super) fn spooled(&self) -> usize {
        self.spooled
    }

    /// What is kept here is kept elsewhere now.
    pub(super) fn forget_kept(&mut self) {
        self.spooled += self.body.len();
        self.body.clear();
    }

    /// The message cannot be kept.
    pub(super) fn give_up(&mut self) {
        self.fail(Fault::NoRoom);
    }

    /// The message, or the rest of it, with a last CRLF if BDAT ended without.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Fault> {
        match self.state {
            State::Cr | State::DotCr => self.fail(Fault::BadLineEnds),
            State::Line => self.keep(b"\r\n"),
            State::LineStart | State::Dot => {}
        }
        self.fault.map_or(Ok(self.body), Err)
    }

    /// Moves at least one octet on, up to the next CR, LF or NUL. Not for dots.
    fn step(&mut self, input: &[u8]) -> usize {
        if self.state == State::Cr {
            if input.first() == Some(&b'\n') {
                self.count(1);
                self.line_octets = 0;
                self.state = State::LineStart;
                return 1;
            }
            self.fail(Fault::BadLineEnds);
        }
        self.state = State::Line;
        let Some(found) = memchr3(b'\r', b'\n', 0, input) else {
            self.count(input.len());
            return input.len();
        };
        self.count(found + 1);
        if input.get(found) == Some(&b'\r') {
            self.state = State::Cr;
        } else {
            self.fail(Fault::BadLineEnds);
        }
        found + 1
    }

    fn count(&mut self, octets: usize) {
        self.line_octets = self.line_octets.saturating_add(octets);
        if self.line_octets > LINE_OCTETS_MAX {
            self.fail(Fault::LineTooLong);
        }
    }

    fn keep(&mut self, octets: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        let needed = self.body.len() + octets.len();
        if self.spooled + needed > self.size_max {
            return self.fail(Fault::TooLarge);
        }
        if needed > self.body.capacity() {
            // Doubling, but never beyond what a message may have.
            let capacity = (self.body.capacity() * 2)
                .max(4096)
                .min(self.size_max)
                .max(needed);
            self.body.reserve_exact(capacity - self.body.len());
        }
        self.body.extend_from_slice(octets);
    }

    /// The first fault is the one told.
    fn fail(&mut self, fault: Fault) {
        if self.fault.is_none() {
            self.fault = Some(fault);
            self.body = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests;
