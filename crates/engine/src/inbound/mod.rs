//! Received mail: taken over inside the SMTP conversation ([`intake`]), announced and forwarded
//! afterwards ([`process`]).

mod forwarding;
pub mod intake;
pub mod postmaster;
pub(crate) mod process;
