//! Signing in and out, signing up, proving who one is, and the first owner.

pub(crate) mod account;
pub(crate) mod code;
pub(crate) mod credentials;
mod device;
mod first_run;
mod login;
mod logout;
mod owner_reset;
mod password_reset;
mod promotion;
mod reauthenticate;
pub(crate) mod second_factor;
mod setup;
mod signup;
mod switch;
mod throttle;

pub use postscale_store::person::Membership;

pub use device::DEVICE_AGE_MAX;
pub use first_run::{SetupLink, check_setup_link, setup_by_link};
pub(crate) use login::start_session;
pub use login::{Browser, Login, SignedIn, Step, finish_login, login};
pub use logout::logout;
pub use owner_reset::{OwnerReset, Recovered, reset_owner};
pub use password_reset::{PasswordReset, is_reset_open, request_reset, reset_password};
pub use promotion::renew_promoted;
pub use reauthenticate::{Reauthentication, check_recent, reauthenticate, require_recent};
pub(crate) use reauthenticate::{check_password, kept, session_of, unchanged};
pub(crate) use setup::check_name;
pub use setup::{Setup, setup};
pub use signup::{
    CODE_LIFETIME, NewSignup, Signups, VerifyEmail, check_signups_open, signup, verify_email,
};
pub use switch::switch;
pub use throttle::Throttle;

/// Characters a password must have at least (NIST SP 800-63B §3.1.1.2).
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Characters a password may have at most: bounds the work of hashing.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// Checks a new password.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `field`.
pub fn check_new_password(field: &str, password: &str) -> Result<(), postscale_model::Invalid> {
    match password.chars().count() {
        PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX => Ok(()),
        0..PASSWORD_CHARS_MIN => Err(postscale_model::Invalid::field(
            field,
            "must have at least 8 characters",
        )),
        _ => Err(postscale_model::Invalid::field(
            field,
            "must have at most 256 characters",
        )),
    }
}

/// Checks the address of a new login: ASCII before the @, so that no two that look alike differ only
/// in how letters are folded. The domain is A-labels already.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `field`.
pub(crate) fn check_login_address(
    field: &str,
    address: &postscale_model::Address,
) -> Result<(), postscale_model::Invalid> {
    if address.local_part().is_ascii() {
        Ok(())
    } else {
        let problem = "must have only ASCII characters before the @";
        Err(postscale_model::Invalid::field(field, problem))
    }
}
