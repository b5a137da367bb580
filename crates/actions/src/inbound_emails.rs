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
pub use list::list;
pub(crate) use look::octets;
pub use postscale_store::{
    Direction,
    inbound_email::{InboundFilter, InboundSort},
};
pub use replay::replay;
