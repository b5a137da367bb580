//! Received mail: taken over inside the SMTP conversation ([`intake`]), announced and forwarded
//! afterwards ([`process`]).

mod forwarding;
pub mod intake;
pub(crate) mod process;
