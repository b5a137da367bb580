//! An organization's beginning: the first set-up of the instance, and signing up.

use std::collections::BTreeMap;

use askama::Template;

use crate::ui::{InputKind, Notice, TextField};

/// What was entered into the form, but for the password.
#[derive(Debug, Clone, Default)]
pub struct FoundingEntry {
    /// The organization's name.
    pub organization: String,
    /// The person's name.
    pub name: String,
    /// The address of the login.
    pub email: String,
}

/// `/setup/{token}` and `/signup`
#[derive(Debug, Template)]
#[template(path = "pages/founding.html")]
pub struct FoundingPage {
    /// Heading and title.
    pub heading: &'static str,
    /// What this is about, in a sentence or two.
    pub lead: &'static str,
    /// Label of the button.
    pub button: &'static str,
    /// Where the form goes.
    pub action: String,
    /// Whether there is a sign-in page to go to instead.
    pub may_sign_in: bool,
    /// What is wrong with the form as a whole.
    pub notice: Option<Notice>,
    /// Proof against forged posts.
    pub csrf: String,
    /// The organization's name.
    pub organization: TextField,
    /// The person's name.
    pub name: TextField,
    /// The address of the login.
    pub email: TextField,
    /// Its password.
    pub password: TextField,
}

impl FoundingPage {
    /// The page that sets the instance up.
    #[must_use]
    pub fn setup(csrf: String, token: &str, entry: &FoundingEntry) -> Self {
        Self {
            heading: "Set up Postscale",
            lead: "Nobody has set this instance up yet. You become the owner of its first organization.",
            button: "Create organization",
            action: format!("/setup/{token}"),
            may_sign_in: false,
            ..Self::sign_up(csrf, entry)
        }
    }

    /// The page for strangers.
    #[must_use]
    pub fn sign_up(csrf: String, entry: &FoundingEntry) -> Self {
        Self {
            heading: "Sign up",
            lead: "You create an organization and become its owner. A code proves your address.",
            button: "Send the code",
            action: "/signup".to_owned(),
            may_sign_in: true,
            notice: None,
            csrf,
            organization: TextField::new(InputKind::Text, "organization", "Organization")
                .value(&entry.organization)
                .autocomplete("organization")
                .required(),
            name: TextField::new(InputKind::Text, "name", "Your name")
                .value(&entry.name)
                .autocomplete("name")
                .required(),
            email: TextField::new(InputKind::Email, "email", "E-mail")
                .value(&entry.email)
                .autocomplete("username")
                .required(),
            password: TextField::new(InputKind::Password, "password", "Password")
                .autocomplete("new-password")
                .hint("At least 8 characters.")
                .required(),
        }
    }

    /// With what is wrong, by field, and what no field is to blame for.
    #[must_use]
    pub fn refused(mut self, mut problems: BTreeMap<&str, String>, rest: Option<Notice>) -> Self {
        for field in [
            &mut self.organization,
            &mut self.name,
            &mut self.email,
            &mut self.password,
        ] {
            field.error = problems.remove(field.name);
        }
        self.notice = rest;
        self
    }
}

/// After `/signup`: the code that came by mail.
#[derive(Debug, Template)]
#[template(path = "pages/signup_code.html")]
pub struct SignupCodePage {
    /// Proof against forged posts.
    pub csrf: String,
    /// The address the code went to.
    pub email: String,
    /// The code.
    pub code: TextField,
}

impl SignupCodePage {
    /// The page; `problem` is what was wrong with the code entered before.
    #[must_use]
    pub fn new(csrf: String, email: String, problem: Option<String>) -> Self {
        Self {
            csrf,
            email,
            code: TextField::new(InputKind::Text, "code", "Code")
                .autocomplete("one-time-code")
                .hint("Six digits, good for ten minutes.")
                .error(problem)
                .required(),
        }
    }
}
