//! Domains.

mod create;
mod delete;
mod dns;
mod get;
mod list;
mod told;
mod update;
mod verify;

pub use postscale_store::domain::{DomainChange, DomainFilter};

pub use create::{NewDomain, check_create, create};
pub use delete::delete;
pub(crate) use dns::join;
pub use dns::{DnsRecord, DomainDns, dns};
pub use get::{DomainView, get};
pub use list::list;
pub use update::update;
pub use verify::{Verified, verify};
