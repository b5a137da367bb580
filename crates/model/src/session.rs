//! Browser sessions.

use crate::{PersonId, SessionId, Timestamp, UserId};

/// A signed-in browser. Nothing authoritative is in the cookie: rights are read per request.
#[derive(Debug, Clone)]
pub struct Session {
    /// Random.
    pub id: SessionId,
    /// Who signed in.
    pub person_id: PersonId,
    /// The membership in use, that is, the current organization.
    pub user_id: Option<UserId>,
    /// When the password was last given.
    pub authenticated_at: Timestamp,
    /// Last request, at minute precision.
    pub last_seen_at: Timestamp,
    /// Absolute end.
    pub expires_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// Peer address at sign-in.
    pub ip: String,
    /// User agent at sign-in, shortened.
    pub user_agent: String,
}
