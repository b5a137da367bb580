//! Where XML and JSON are read from: a stream within its limits, whose octets are UTF-8 whatever the
//! reporter wrote.

use std::io::{self, BufRead, Read};

use super::EVENT_OCTETS_MAX;

/// Octets read at once.
const PIECE: usize = 32 * 1024;
/// Octets of a character at most: what may be left over from the piece before.
const CHARACTER: usize = 4;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What the error of a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Limit {
    /// More came out than may.
    #[error("more came out than may")]
    Octets,
    /// One thing in it is too long.
    #[error("one thing in it is too long")]
    Event,
}

impl Limit {
    /// The limit an error tells of.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// A bounded stream of UTF-8.
pub(super) struct Source<R> {
    inner: R,
    /// Octets that may still be read.
    left: u64,
    /// Octets handed out since [`Source::next_event`].
    of_event: u64,
    piece: Vec<u8>,
    at: usize,
    /// The valid part of the piece.
    end: usize,
    is_over: bool,
    is_begun: bool,
}

impl<R: Read> Source<R> {
    pub(super) fn new(inner: R, octets_max: u64) -> Self {
        Self {
            inner,
            left: octets_max,
            of_event: 0,
            piece: Vec::with_capacity(PIECE + CHARACTER),
            at: 0,
            end: 0,
            is_over: false,
            is_begun: false,
        }
    }

    /// Another tag or text begins.
    pub(super) const fn next_event(&mut self) {
        self.of_event = 0;
    }

    /// The next piece, behind the begin of a character that was cut.
    fn refill(&mut self) -> io::Result<()> {
        self.piece.drain(..self.end);
        (self.at, self.end) = (0, 0);
        let known = self.piece.len();
        self.piece.resize(known + PIECE, 0);
        let read = loop {
            match self.inner.read(&mut self.piece[known..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.piece.truncate(known + read);
        self.is_over = read == 0;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self
            .left
            .checked_sub(read)
            .ok_or_else(|| io::Error::other(Limit::Octets))?;
        if !self.is_begun {
            let is_short = self.piece.len() < BYTE_ORDER_MARK.len();
            if is_short && !self.is_over {
                return Ok(());
            }
            if self.piece.starts_with(BYTE_ORDER_MARK) {
                self.piece.drain(..BYTE_ORDER_MARK.len());
            }
            self.is_begun = true;
        }
        self.end = self.make_valid();
        Ok(())
    }

    /// Puts a mark where octets are no UTF-8; returns where what may be handed out ends.
    fn make_valid(&mut self) -> usize {
        let mut from = 0;
        while let Err(error) = std::str::from_utf8(&self.piece[from..]) {
            let bad = from + error.valid_up_to();
            let Some(length) = error.error_len() else {
                if !self.is_over {
                    return bad;
                }
                self.piece[bad..].fill(b'?');
                break;
            };
            self.piece[bad..bad + length].fill(b'?');
            from = bad + length;
        }
        self.piece.len()
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.end && !self.is_over {
            self.refill()?;
        }
        if self.of_event > EVENT_OCTETS_MAX {
            return Err(io::Error::other(Limit::Event));
        }
        Ok(&self.piece[self.at..self.end])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
        self.of_event += u64::try_from(amount).unwrap_or(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one octet at a time.
    struct Dripping<'a>(&'a [u8]);
    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    #[test]
    fn what_is_no_utf_8_is_marked_wherever_pieces_end() {
        for (octets, want) in [
            (&b"plain"[..], "plain"),
            ("\u{feff}Grüße".as_bytes(), "Grüße"),
            (b"Gr\xfc\xdfe", "Gr??e"),
            (b"cut \xe2\x82", "cut ??"),
            (b"\xf0\x9f\x98\x80\xff", "\u{1f600}?"),
            (b"", ""),
        ] {
            for drips in [false, true] {
                let inner: Box<dyn Read> = if drips {
                    Box::new(Dripping(octets))
                } else {
                    Box::new(octets)
                };
                let mut text = String::new();
                let read = Source::new(inner, 100).read_to_string(&mut text);
                assert_eq!(text, want, "{read:?}");
            }
        }
    }

    #[test]
    fn a_stream_ends_at_its_limit() {
        let mut source = Source::new(io::repeat(b'a'), 100);
        let error = source.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(Limit::of(&error), Some(Limit::Octets));
    }
}
