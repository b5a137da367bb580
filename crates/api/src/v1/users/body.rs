//! A user on the wire.

use postscale_actions::users::UserDetails;
use postscale_model::Word as _;
use serde::Serialize;
use utoipa::ToSchema;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::v1) struct UserBody {
    id: String,
    email: String,
    name: String,
    /// `owner`, `admin` or `member`.
    role: &'static str,
    /// `active` or `deactivated`; `deleted` in the answer to deleting.
    status: &'static str,
    mfa_enabled: bool,
    domain_count: u64,
    api_key_count: u64,
    last_active_at: Option<String>,
    created_at: String,
}

impl From<UserDetails> for UserBody {
    fn from(it: UserDetails) -> Self {
        let user = it.user;
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name,
            role: user.role.as_str(),
            status: user.status.as_str(),
            mfa_enabled: it.mfa_enabled,
            domain_count: it.domain_count,
            api_key_count: it.api_key_count,
            last_active_at: user.last_active_at.map(|at| at.to_rfc3339()),
            created_at: user.created_at.to_rfc3339(),
        }
    }
}
