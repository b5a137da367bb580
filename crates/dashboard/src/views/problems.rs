//! Pages for what cannot be shown. They carry nothing of who asks or for what, so that a hidden
//! object and one that never existed look the same to the last byte.

use askama::Template;

/// What cannot be seen or does not exist. Constant.
#[derive(Debug, Default, Template)]
#[template(path = "pages/problems/not_found.html")]
pub struct NotFoundPage;

/// What can be seen but not done.
#[derive(Debug, Default, Template)]
#[template(path = "pages/problems/forbidden.html")]
pub struct ForbiddenPage;

/// A request that cannot be understood, is too large or came too late to count.
#[derive(Debug, Template)]
#[template(path = "pages/problems/refused.html")]
pub struct RefusedPage {
    /// What is wrong with it, in a sentence for its sender.
    pub message: String,
}

/// A fault of ours, or a database that is away.
#[derive(Debug, Template)]
#[template(path = "pages/problems/failed.html")]
pub struct FailedPage {
    /// Finds the request in the log.
    pub request_id: String,
}
