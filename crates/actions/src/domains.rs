//! Domains.

mod consequences;
mod create;
mod delete;
mod dns;
mod get;
mod hand_over;
mod list;
mod told;
mod update;
mod verify;

pub use postscale_store::domain::{DomainChange, DomainFilter};

pub use consequences::{Consequence, PreviewedChange, preview};
pub use create::{NewDomain, check_create, create};
pub use delete::delete;
pub(crate) use dns::join;
pub use dns::{DnsRecord, DomainDns, dns};
pub use get::{DomainView, get};
pub(crate) use hand_over::file;
pub use hand_over::{HandOver, HandOverFormat, hand_over};
pub use list::{DomainHealth, list, overview};
pub(crate) use told::tell;
pub use update::update;
pub use verify::{Verified, verify};
