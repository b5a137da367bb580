//! Signing in.

use askama::Template;

use crate::ui::{InputKind, Notice, TextField};

/// `/reauthenticate`
#[derive(Debug, Template)]
#[template(path = "pages/reauthenticate.html")]
pub struct ReauthenticatePage {
    /// Why the last try failed, or what was not done.
    pub notice: Option<Notice>,
    /// Proof against forged posts.
    pub csrf: String,
    /// Address in this site to go to afterwards.
    pub next: String,
    /// Whose password is asked for.
    pub email: String,
    /// The password.
    pub password: TextField,
    /// The code, for who has a second factor.
    pub code: Option<TextField>,
}

/// A code of the second factor.
pub(super) fn code_field() -> TextField {
    TextField::new(InputKind::Text, "code", "Code")
        .autocomplete("one-time-code")
        .hint("Six digits of your authenticator, or a recovery code.")
        .required()
}

impl ReauthenticatePage {
    /// The page.
    #[must_use]
    pub fn new(csrf: String, next: String, email: String, notice: Option<Notice>) -> Self {
        Self {
            code: None,
            notice,
            csrf,
            next,
            email,
            password: TextField::new(InputKind::Password, "password", "Password")
                .autocomplete("current-password")
                .required(),
        }
    }
    /// Asking for a code as well.
    #[must_use]
    pub fn with_code(mut self) -> Self {
        self.code = Some(code_field());
        self
    }
}

/// `/sign-in/code`
#[derive(Debug, Template)]
#[template(path = "pages/sign_in_code.html")]
pub struct SignInCodePage {
    /// Why the last try failed.
    pub notice: Option<Notice>,
    /// Proof against forged posts.
    pub csrf: String,
    /// Address in this site to go to afterwards.
    pub return_to: String,
    /// That the password was right, sealed.
    pub pending: String,
    /// The code.
    pub code: TextField,
}

impl SignInCodePage {
    /// The page.
    #[must_use]
    pub fn new(csrf: String, return_to: String, pending: String) -> Self {
        Self {
            notice: None,
            csrf,
            return_to,
            pending,
            code: code_field(),
        }
    }

    /// The page after a try that failed.
    #[must_use]
    pub fn failed(mut self, why: impl Into<String>) -> Self {
        self.notice = Some(Notice::failed(why));
        self
    }
}

/// `/sign-in`
#[derive(Debug, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// Why the last try failed: one sentence for every cause.
    pub notice: Option<Notice>,
    /// Proof against forged posts.
    pub csrf: String,
    /// Address in this site to go to afterwards.
    pub return_to: String,
    /// The address.
    pub email: TextField,
    /// The password.
    pub password: TextField,
    /// Whether strangers may sign up.
    pub may_sign_up: bool,
}

impl SignInPage {
    /// The page, with the address entered before.
    #[must_use]
    pub fn new(csrf: String, return_to: String, email: &str) -> Self {
        Self {
            notice: None,
            csrf,
            return_to,
            email: TextField::new(InputKind::Email, "email", "E-mail")
                .value(email)
                .autocomplete("username")
                .required(),
            password: TextField::new(InputKind::Password, "password", "Password")
                .autocomplete("current-password")
                .required(),
            may_sign_up: false,
        }
    }

    /// With the way to sign up, where strangers may.
    #[must_use]
    pub const fn may_sign_up(mut self, may: bool) -> Self {
        self.may_sign_up = may;
        self
    }

    /// The page after a try that failed.
    #[must_use]
    pub fn failed(mut self, why: impl Into<String>) -> Self {
        self.notice = Some(Notice::failed(why));
        self
    }
}
