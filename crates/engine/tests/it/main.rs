//! Goal: what happens by itself happens as promised, on both databases.
//! Method: the product in process with the engine running; real sockets and a real name server on
//! loopback, and a clock that only the test moves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bounces;
mod delivery;
mod dkim;
mod endpoint;
mod forwarding;
mod instance;
mod intake;
mod invitations;
mod isolation;
mod masked;
mod quota;
mod reports;
mod retention;
mod rules;
mod shutdown;
mod sink;
mod stats;
mod system_mail;
mod verification;
mod warming;
mod warming_share;
mod webhook_addresses;
mod webhooks;
