//! Goal: queued mail leaves, signed, and what becomes of it is written down.
//! Method: a real store, a real name server, a real SMTP server that answers by local part.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod delivery;
mod zone;
