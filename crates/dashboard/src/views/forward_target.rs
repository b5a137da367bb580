//! Somebody outside is asked whether mail may be forwarded to them.

use askama::Template;

/// `/forward-targets/{token}`
#[derive(Debug, Template)]
#[template(path = "pages/forward_target.html")]
pub struct ForwardTargetPage {
    /// Proof against forged posts.
    pub csrf: String,
    /// The link's token.
    pub token: String,
    /// Where mail would be forwarded to.
    pub address: String,
    /// Who would forward.
    pub organization: String,
    /// Whether the address agreed already.
    pub confirmed: bool,
}
