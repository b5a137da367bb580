//! Received mail: held against its domain's rules ([`rules`]) and taken over inside the SMTP
//! conversation ([`intake`]), announced and forwarded afterwards ([`process`]).

mod forwarding;
pub mod intake;
pub mod postmaster;
pub(crate) mod process;
mod rules;
