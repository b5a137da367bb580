//! A new password for who lost theirs.

use askama::Template;

use crate::ui::{InputKind, TextField};

/// `/forgot-password`
#[derive(Debug, Template)]
#[template(path = "pages/forgot_password.html")]
pub struct ForgotPasswordPage {
    /// Proof against forged posts.
    pub csrf: String,
    /// Where the link goes.
    pub email: TextField,
}

impl ForgotPasswordPage {
    /// The page, with what was entered before and what was wrong with it.
    #[must_use]
    pub fn new(csrf: String, email: &str, problem: Option<String>) -> Self {
        Self {
            csrf,
            email: TextField::new(InputKind::Email, "email", "E-mail")
                .value(email)
                .autocomplete("username")
                .error(problem)
                .required(),
        }
    }
}

/// After `/forgot-password`: the same whoever's address it is.
#[derive(Debug, Template)]
#[template(path = "pages/link_sent.html")]
pub struct LinkSentPage {
    /// What was entered.
    pub email: String,
}

/// `/reset-password/{token}`
#[derive(Debug, Template)]
#[template(path = "pages/reset_password.html")]
pub struct ResetPasswordPage {
    /// Proof against forged posts.
    pub csrf: String,
    /// The link's token.
    pub token: String,
    /// The password from now on.
    pub password: TextField,
}

impl ResetPasswordPage {
    /// The page, with what was wrong with the password entered before.
    #[must_use]
    pub fn new(csrf: String, token: String, problem: Option<String>) -> Self {
        Self {
            csrf,
            token,
            password: TextField::new(InputKind::Password, "password", "New password")
                .autocomplete("new-password")
                .hint("At least 8 characters. Every browser is signed out.")
                .error(problem)
                .required(),
        }
    }
}
