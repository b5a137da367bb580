//! One function per command.

mod audit_verify;
mod migrate;
mod openapi;
mod owner_reset;
mod password;
mod routes;
mod serve;
mod setup;

pub use audit_verify::audit_verify;
pub use migrate::migrate;
pub use openapi::openapi;
pub use owner_reset::{OwnerResetArguments, owner_reset};
pub use routes::routes;
pub use serve::serve;
pub use setup::{SetupArguments, create_first_owner, setup};
