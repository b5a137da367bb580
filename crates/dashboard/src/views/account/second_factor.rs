//! The reader's second factor.

use askama::Template;

use crate::ui::{InputKind, QrCode, Shell, TextField};

/// `/account/second-factor`
#[derive(Debug, Template)]
#[template(path = "pages/account/second_factor.html")]
pub struct SecondFactorPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Recovery codes not used yet, when there is a second factor.
    pub recovery_codes_left: Option<i64>,
    /// The reader's password, to take it away.
    pub password: TextField,
    /// A code, likewise.
    pub code: TextField,
}

impl SecondFactorPage {
    /// The page.
    #[must_use]
    pub fn new(shell: Shell, recovery_codes_left: Option<i64>) -> Self {
        Self {
            shell,
            recovery_codes_left,
            password: TextField::new(InputKind::Password, "password", "Password")
                .autocomplete("current-password")
                .required(),
            code: code(),
        }
    }
    /// With why it was not taken away.
    #[must_use]
    pub fn wrong(mut self, password: Option<String>, code: Option<String>) -> Self {
        self.password.error = password;
        self.code.error = code;
        self
    }
}

fn code() -> TextField {
    TextField::new(InputKind::Text, "code", "Code")
        .autocomplete("one-time-code")
        .required()
}

/// `/account/second-factor/enroll`
#[derive(Debug, Template)]
#[template(path = "pages/account/enroll.html")]
pub struct EnrollPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The secret as an image for authenticators.
    pub image: QrCode,
    /// The secret in groups, for typing.
    pub secret: String,
    /// The first code.
    pub code: TextField,
}

impl EnrollPage {
    /// The page, with what was wrong with the code entered before.
    #[must_use]
    pub fn new(shell: Shell, image: QrCode, secret: &str, problem: Option<String>) -> Self {
        let letters: Vec<char> = secret.chars().collect();
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|four| four.iter().collect())
            .collect();
        Self {
            shell,
            image,
            secret: groups.join(" "),
            code: code().hint("The six digits it shows now.").error(problem),
        }
    }
}

/// Recovery codes, shown once.
#[derive(Debug, Template)]
#[template(path = "pages/account/recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The codes.
    pub codes: Vec<String>,
}
