//! Messages that were received.

mod attachment;
mod delete;
mod get;
mod list;
mod replay;

pub use attachment::{Download, attachment};
pub use delete::delete;
pub(crate) use get::note_look;
pub use get::{InboundContent, InboundView, content, get};
pub use list::list;
pub use postscale_store::inbound_email::{Direction, InboundFilter, InboundSort};
pub use replay::replay;
