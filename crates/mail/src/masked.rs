//! Mail of masked addresses, both ways.
//!
//! [`mask`] turns what a stranger wrote to an alias into what the alias's target gets: every address
//! the target could answer to is a reverse address. [`unmask`] turns what the target wrote to a
//! reverse address into what the stranger gets: it comes from the alias and names the target nowhere.
//! Who the addresses stand for, and who may write, is the caller's to know.

mod header;
mod mask;
mod scrub;
#[cfg(test)]
mod tests;
mod threads;
mod unmask;
mod words;

pub use mask::{CORRESPONDENTS_MAX, Reverses, correspondents, mask};
pub use threads::{ThreadKey, Threads};
pub use unmask::{MENTIONED_MAX, Unmasking, mentioned, message_id, unmask};
