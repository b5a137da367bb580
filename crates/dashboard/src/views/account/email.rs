//! Another address to sign in with.

use askama::Template;

use crate::ui::{InputKind, Shell, TextField};

/// `/account/email`
#[derive(Debug, Template)]
#[template(path = "pages/account/email.html")]
pub struct EmailPage {
    /// What surrounds it, with the address now.
    pub shell: Shell,
    /// The address from now on.
    pub email: TextField,
    /// The reader's password.
    pub password: TextField,
}

impl EmailPage {
    /// The page, with what was entered before.
    #[must_use]
    pub fn new(shell: Shell, email: &str) -> Self {
        Self {
            shell,
            email: TextField::new(InputKind::Email, "email", "New address")
                .value(email)
                .autocomplete("email")
                .hint("We mail a code there.")
                .required(),
            password: TextField::new(InputKind::Password, "password", "Password")
                .autocomplete("current-password")
                .required(),
        }
    }
    /// With why it was refused.
    #[must_use]
    pub fn wrong(mut self, email: Option<String>, password: Option<String>) -> Self {
        self.email.error = email;
        self.password.error = password;
        self
    }
}

/// `/account/email/confirm`
#[derive(Debug, Template)]
#[template(path = "pages/account/email_code.html")]
pub struct EmailCodePage {
    /// What surrounds it.
    pub shell: Shell,
    /// The mailed code.
    pub code: TextField,
}

impl EmailCodePage {
    /// The page, with what was wrong with the code entered before.
    #[must_use]
    pub fn new(shell: Shell, problem: Option<String>) -> Self {
        Self {
            shell,
            code: TextField::new(InputKind::Text, "code", "Code")
                .autocomplete("one-time-code")
                .hint("Six digits, good for 15 minutes.")
                .error(problem)
                .required(),
        }
    }
}
