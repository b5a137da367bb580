//! Payloads of jobs: what the system promised to do later.

use crate::Address;

/// Kind of the job that looks a domain's records up; its key is the domain's id and it has no
/// payload. It is promised when a domain is made or changed, and promises itself again.
pub const VERIFY_DOMAIN: &str = "verify_domain";

/// Kind of the job that asks an address outside the organization whether mail may be forwarded to
/// it; its key is the token's.
pub const ASK_FORWARD_TARGET: &str = "ask_forward_target";

/// Payload of [`ASK_FORWARD_TARGET`]. It is gone once the question was written, as the token is a
/// secret of the address.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AskForwardTarget {
    /// Who is asked.
    pub target: Address,
    /// Whose mail it is.
    pub alias: Address,
    /// Name of the organization that wants to forward.
    pub organization: String,
    /// What confirms, as it stands in the link.
    pub token: String,
}
