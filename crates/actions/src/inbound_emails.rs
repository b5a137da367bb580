//! Messages that were received.

mod attachment;
mod delete;
mod get;
mod html;
mod list;
mod look;
mod replay;

pub use attachment::{Download, attachment};
pub use delete::delete;
pub use get::{InboundContent, InboundView, get};
pub use html::html;
pub use list::{InboundPage, InboundQuery, list};
pub(crate) use look::octets;
pub use postscale_store::inbound_email::{Direction, InboundFilter, InboundSort};
pub use replay::replay;
