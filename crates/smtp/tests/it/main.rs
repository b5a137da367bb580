//! Goal: the wire behaves as RFC 5321 and our limits say, on both sides.
//! Method: transcripts (`C:` and `S:` lines) over loopback sockets, with a handler that records.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that cannot go on has failed it"
)]

mod auth;
mod bdat;
mod client;
mod client_hosts;
mod client_tls;
mod content;
mod limits;
mod order;
mod paths;
mod script;
mod server;
mod shutdown;
mod spool;
mod starttls;
