//! What is mailed to prove a person or an address.

use crate::word::words;
use crate::{Address, EmailChallengeId, PersonId, Timestamp, TokenHash};

words! {
    /// What a challenge is for.
    pub enum EmailChallengeKind {
        /// A new password for who lost theirs.
        PasswordReset = "password_reset",
        /// Another address for a person.
        EmailChange = "email_change",
        /// A new account.
        Signup = "signup",
    }
}

/// Something mailed and not answered yet. What was mailed itself is not kept.
#[derive(Debug, Clone)]
pub struct EmailChallenge {
    /// Random.
    pub id: EmailChallengeId,
    /// What it is for.
    pub kind: EmailChallengeKind,
    /// Whose, when there is a person already.
    pub person_id: Option<PersonId>,
    /// Where it was mailed.
    pub email: Address,
    /// Hash of the link's token or of the code.
    pub secret_hash: TokenHash,
    /// Its end.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}
