//! What both HTTP surfaces share: routes that cannot be registered without an action, extractors
//! that verify nothing and decide nothing, one [`Problem`] with two renderings, and the layers
//! every answer passes.
//!
//! Deliberately absent: JSON shapes (the API's), pages (the dashboard's), decisions (`access`).

mod browser;
mod caller;
mod cookie;
mod counts;
mod download;
mod file;
mod form;
mod json;
mod layers;
mod path;
mod peer;
mod problem;
mod query;
mod renewal;
mod routes;
mod serve;
mod settings;
mod state;
mod surfaces;

pub use browser::FromBrowser;
pub use caller::{BrowserSession, RequestCaller};
pub use cookie::{ended_session_cookie, let_in, renew_session};
pub use download::{access_review, aliases, audit_log, dmarc_records, download, values};
pub use file::{FileBody, FileForm};
pub use form::{Form, FormBody};
pub use json::{JsonBody, late_value};
pub use layers::{RequestId, unfailing};
pub use path::{Name, Ref, Segment};
pub use peer::{Peer, PeerAddress};
pub use problem::{Problem, ProblemExtension};
pub use query::{Query, sought};
pub use routes::{Body, Operation, Route, Routes, Surface};
pub use serve::serve;
pub use settings::Settings;
pub use state::Web;
pub use surfaces::{Surfaces, is_api, requested_host};
