//! Received mail: held against its domain's rules ([`rules`]) and taken over inside the SMTP
//! conversation ([`intake`], [`reply`]), announced and forwarded afterwards ([`process`]).

pub mod blocked;
pub(crate) mod came_back;
pub mod forwarding;
pub mod intake;
pub(crate) mod intakes;
mod keeping;
mod outgoing;
pub mod postmaster;
pub(crate) mod process;
pub mod reply;
mod rules;
pub(crate) mod undelivered;
