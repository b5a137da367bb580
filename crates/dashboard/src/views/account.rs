//! The reader's own account: who they are, what they reach, where they are signed in.

use askama::Template;

mod email;
mod second_factor;
mod security;

pub use email::{EmailCodePage, EmailPage};
pub use second_factor::{EnrollPage, RecoveryCodesPage, SecondFactorPage};
pub use security::{EventRow, happened};

use crate::ui::{InputKind, Moment, Shell, TextField};

/// `/account`
#[derive(Debug, Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    /// What surrounds it, with name, address, organization and role.
    pub shell: Shell,
    /// What the reader reaches.
    pub access: Access,
    /// Where the reader is signed in, this browser first.
    pub sessions: Vec<SessionRow>,
    /// What happened to the reader's sign-in and keys last, newest first.
    pub events: Vec<EventRow>,
    /// The password now.
    pub current_password: TextField,
    /// The new one.
    pub new_password: TextField,
    /// Whether sign-in asks for a code.
    pub has_second_factor: bool,
}

impl AccountPage {
    /// The page.
    #[must_use]
    pub fn new(
        shell: Shell,
        access: Access,
        (sessions, events): (Vec<SessionRow>, Vec<EventRow>),
        has_second_factor: bool,
    ) -> Self {
        let password = |name, label| TextField::new(InputKind::Password, name, label).required();
        Self {
            shell,
            access,
            sessions,
            events,
            current_password: password("current_password", "Current password")
                .autocomplete("current-password"),
            new_password: password("new_password", "New password")
                .autocomplete("new-password")
                .hint("At least 8 characters. Every other browser is signed out."),
            has_second_factor,
        }
    }
    /// With why a change of password was refused.
    #[must_use]
    pub fn wrong_password(mut self, current: Option<String>, new: Option<String>) -> Self {
        self.current_password.error = current;
        self.new_password.error = new;
        self
    }
    fn has_other_sessions(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_this)
    }
}

/// What somebody reaches.
#[derive(Debug)]
pub enum Access {
    /// Every domain.
    Everything,
    /// These: address in this site, name, level as shown.
    Domains(Vec<(String, String, &'static str)>),
}

/// A browser that is signed in.
#[derive(Debug)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// Browser and system, as far as known.
    pub browser: String,
    /// Peer address at sign-in.
    pub ip: String,
    /// Last request.
    pub last_seen_at: Moment,
    /// When it signed in.
    pub created_at: Moment,
    /// This very browser.
    pub is_this: bool,
}
