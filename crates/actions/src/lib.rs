//! What a *caller* may ask for: one function per use case, shared by the API, the dashboard and
//! SMTP submission, so that no surface can do what another refuses.
//!
//! Every function opens the gate in the transaction that does its work: authenticate, authorize,
//! only then look at the input, then write. What happens *by itself* is the engine's.

pub mod access;
pub mod aliases;
pub mod api_keys;
mod app;
pub mod audit;
pub mod auth;
pub mod billing;
mod body;
mod csv;
mod cursor;
pub mod dkim;
pub mod dmarc;
pub mod domains;
pub mod emails;
mod error;
pub mod forward_targets;
pub mod guest_links;
pub mod inbound_emails;
mod inflow;
pub mod invitations;
pub mod me;
pub mod mta_sts;
mod note;
pub mod organizations;
mod password;
mod pieces;
mod rate;
pub mod rules;
mod secret;
mod shown_html;
pub mod stats;
mod system_mail;
mod turn;
pub mod users;
mod verified;
pub mod warming;
pub mod webhooks;

pub use app::{App, Limits, Links, Parts};
pub use cursor::{Asked, CursorPage};
pub use error::{Error, Result, Rule};
pub use inflow::{Inflow, InflowLimits};
pub use password::Hasher;
pub use pieces::Pieces;
pub use postscale_store::{Listed, Page};
pub use secret::{
    Secret, SessionToken, csrf_token, hash_token, new_api_key_secret, parse_api_key, session_proof,
};
pub use shown_html::shown_html;
pub use verified::verified;
