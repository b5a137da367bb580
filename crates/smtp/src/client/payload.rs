//! A message on its way out: checked first, then made transparent (RFC 5321 §4.5.2) piece by piece.

use memchr::{memchr3_iter, memmem};

use super::MessageFault;

/// Octets of a write. RFC 5321 §4.5.3.2.5 times each piece.
const PIECE_OCTETS: usize = 64 * 1024;

/// Refuses what a weaker host could read as the end of the message.
pub(super) fn check(message: &[u8]) -> Result<(), MessageFault> {
    let mut is_after_cr = false;
    let mut next = 0;
    for at in memchr3_iter(b'\r', b'\n', 0, message) {
        let is_pair = is_after_cr && at == next;
        match message.get(at) {
            Some(b'\n') if is_pair => is_after_cr = false,
            Some(0) => return Err(MessageFault::Nul),
            Some(b'\r') if !is_after_cr => is_after_cr = true,
            _ => return Err(MessageFault::BareLineEnd),
        }
        next = at + 1;
    }
    if is_after_cr {
        Err(MessageFault::BareLineEnd)
    } else {
        Ok(())
    }
}

/// Pieces of `message` for the wire: dots doubled, last line ended,
/// final dot.
pub(super) struct Pieces<'a> {
    rest: &'a [u8],
    is_line_start: bool,
    is_done: bool,
    buffer: Vec<u8>,
}

impl<'a> Pieces<'a> {
    /// `message` has passed [`check`].
    pub(super) fn new(message: &'a [u8]) -> Self {
        let capacity = (message.len() + message.len() / 16 + 8).min(PIECE_OCTETS + 8);
        let buffer = Vec::with_capacity(capacity);
        Self {
            rest: message,
            is_line_start: true,
            is_done: false,
            buffer,
        }
    }

    /// The next piece to write, and whether it ends with the final dot.
    pub(super) fn next_piece(&mut self) -> Option<(&[u8], bool)> {
        if self.is_done {
            return None;
        }
        self.buffer.clear();
        while self.buffer.len() < PIECE_OCTETS && !self.rest.is_empty() {
            if self.is_line_start && self.rest.starts_with(b".") {
                self.buffer.push(b'.');
            }
            let room = (PIECE_OCTETS - self.buffer.len())
                .max(3)
                .min(self.rest.len());
            // Up to the next dot that begins a line, or as much as there is room for; a CRLF across
            // the edge is looked at whole, or its dot would leave single.
            let window = &self.rest[..self.rest.len().min(room + 2)];
            let (taken, is_line_start) = match memmem::find(window, b"\r\n.") {
                Some(at) => (at + 2, true),
                None => (room, self.rest[..room].ends_with(b"\n")),
            };
            self.buffer.extend_from_slice(&self.rest[..taken]);
            self.rest = &self.rest[taken..];
            self.is_line_start = is_line_start;
        }
        if self.rest.is_empty() {
            self.is_done = true;
            if !self.is_line_start {
                self.buffer.extend_from_slice(b"\r\n");
            }
            self.buffer.extend_from_slice(b".\r\n");
        }
        Some((&self.buffer, self.is_done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_the_wire(message: &[u8]) -> Vec<u8> {
        let mut pieces = Pieces::new(message);
        let mut wire = Vec::new();
        while let Some((piece, _)) = pieces.next_piece() {
            wire.extend_from_slice(piece);
        }
        wire
    }

    #[test]
    fn dots_are_doubled_and_the_last_line_ended() {
        for (message, want) in [
            ("", ".\r\n"),
            ("a", "a\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            (".\r\n.\r\n", "..\r\n..\r\n.\r\n"),
            ("a.\r\n..b\r\n\r\n.", "a.\r\n...b\r\n\r\n..\r\n.\r\n"),
        ] {
            assert_eq!(
                on_the_wire(message.as_bytes()),
                want.as_bytes(),
                "{message:?}"
            );
        }
    }

    #[test]
    fn pieces_may_end_anywhere() {
        for offset in 0..6 {
            let mut message = vec![b'x'; PIECE_OCTETS - offset];
            message.extend_from_slice(b"\r\n.y\r\n");
            let mut want = vec![b'x'; PIECE_OCTETS - offset];
            want.extend_from_slice(b"\r\n..y\r\n.\r\n");
            assert!(on_the_wire(&message) == want, "{offset}");
        }
    }

    #[test]
    fn stray_line_ends_never_leave() {
        for message in [
            "\n", "\r", "a\nb", "a\rb", "a\r", "\r\r\n", "\n\r\n", "a\r\n\n", "\r\n\r",
        ] {
            assert_eq!(
                check(message.as_bytes()),
                Err(MessageFault::BareLineEnd),
                "{message:?}"
            );
        }
        assert_eq!(check(b"a\0"), Err(MessageFault::Nul));
        for message in ["", "a", "\r\n", "a\r\n\r\nb\r\n"] {
            assert_eq!(check(message.as_bytes()), Ok(()), "{message:?}");
        }
    }
}
