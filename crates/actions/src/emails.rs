//! Messages that are sent.

mod accept;
mod get;
mod list;
mod send;
mod submit;

pub use postscale_mail::{
    compose::{Draft, DraftAttachment},
    parse::{Parsed, parse},
};
pub use postscale_store::email::EmailFilter;

pub use get::{EmailView, events, get, html};
pub use list::list;
pub use send::{Accepted, NewMessage, RECIPIENTS_MAX, Rest, send};
pub use submit::{Submission, check_sender, submit};
