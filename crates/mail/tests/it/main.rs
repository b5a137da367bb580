//! Goal: what this crate says about DNS and about senders is what a real name server makes it say.
//! Method: an authoritative server in process on loopback, and the crate's public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod advice;
mod arc;
mod authenticate;
mod dns;
mod odd;
mod records;
mod reports;
mod robust;
mod route;
mod source;
mod zone;
