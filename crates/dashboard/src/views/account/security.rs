//! What happened to the reader's sign-in and keys, in words that name neither who did it nor to what:
//! the reader may not see every name that the log has.

use postscale_actions::me::By;
use postscale_model::AuditAction;

use crate::{
    ui::{Chip, Moment},
    views::audit::phrase,
};

/// Something that happened.
#[derive(Debug)]
pub struct EventRow {
    /// What.
    pub what: &'static str,
    /// How it ended, unless well.
    pub outcome: Option<Chip>,
    /// From where; empty when it is not told.
    pub ip: String,
    /// When.
    pub at: Moment,
}

/// What happened to the reader.
#[must_use]
pub fn happened(action: AuditAction, by: By) -> &'static str {
    use AuditAction as A;
    match (action, by) {
        (A::AuthPasswordReset, By::Operator) => "The operator set a new password for you",
        (A::AuthMfaReset, By::Operator) => "The operator removed your second factor",
        (A::SessionRevoked, By::Manager) => "Somebody who manages the team ended your sessions",
        (A::AuthLoginOk, _) => "Signed in",
        (A::AuthLoginFail, _) => "Wrong password",
        (A::AuthLoginMfaFail, _) => "Wrong code of the second factor",
        (A::AuthLoginLocked, _) => "Too many wrong tries: new browsers are kept out",
        (A::AuthLogout, _) => "Signed out",
        (A::AuthPasswordChanged, _) => "Password changed",
        (A::AuthPasswordResetRequested, _) => "Link to a new password asked for",
        (A::AuthPasswordReset, _) => "New password set by a mailed link",
        (A::AuthMfaEnrolled, _) => "Second factor set up",
        (A::AuthMfaRemoved, _) => "Second factor removed",
        (A::AuthMfaReset, _) => "Recovery codes replaced",
        (A::AuthMfaRecoveryUsed, _) => "Signed in with a recovery code",
        (A::AuthEmailChanged, _) => "E-mail address changed",
        (A::SessionRevoked, _) => "Other browsers signed out",
        (A::KeyCreated, _) => "API key created",
        (A::KeyUpdated, _) => "API key changed",
        (A::KeyNarrowed, _) => "API key narrowed",
        (A::KeyRotated, _) => "Secret of an API key rotated",
        (A::KeyRevoked, _) => "API key revoked",
        (A::KeyExpired, _) => "API key expired",
        (A::KeyDenied, _) => "API key refused",
        (other, _) => phrase(other),
    }
}

#[cfg(test)]
mod tests {
    use postscale_model::Word as _;

    use super::*;

    #[test]
    fn all_that_is_listed_has_words_of_its_own() {
        for action in AuditAction::ALL {
            if ["auth", "session", "key"].contains(&action.area()) {
                assert_ne!(happened(*action, By::You), phrase(*action), "{action}");
            }
        }
    }
}
