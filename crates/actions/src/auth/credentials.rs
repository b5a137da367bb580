//! Checking what a person gives to prove who they are, and what a wrong answer leads to.

use std::time::Duration;

use postscale_model::{AuditAction, EmailChallengeKind, Sources};
use postscale_store::{
    Tx, email_challenge,
    person::{self, Login},
};

use super::{
    account::{By, Event, tell},
    device::Device,
    second_factor,
};
use crate::{App, Result, Rule, hash_token, system_mail::Notice};

/// Wrong answers in a row after which strangers cannot sign in before the password was reset (NIST
/// SP 800-63B-4 §3.2.2).
const FAILURES_MAX: i64 = 100;
/// The same for browsers that signed in before: what strangers do leaves them as many again.
const FAILURES_KNOWN_MAX: i64 = 200;

/// Whether a browser is known to the account, and which.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From {
    /// Any browser.
    Stranger,
    /// One that signed in before.
    Known(Device),
    /// One that is signed in now.
    SignedIn,
}

impl From {
    pub(crate) const fn device(&self) -> Option<&Device> {
        match self {
            Self::Known(device) => Some(device),
            Self::Stranger | Self::SignedIn => None,
        }
    }
    const fn failures_max(self) -> i64 {
        match self {
            Self::Stranger => FAILURES_MAX,
            Self::Known(_) | Self::SignedIn => FAILURES_KNOWN_MAX,
        }
    }
}

/// Whether too many wrong answers came before.
pub(crate) const fn is_locked(login: &Login, from: From) -> bool {
    login.failed_logins >= from.failures_max()
}

/// Counts a wrong answer and tells of it. What is refused because of the count is not counted again.
pub(crate) async fn count_failure(
    app: &App,
    tx: &mut Tx,
    login: &Login,
    from: From,
    action: AuditAction,
) -> Result<()> {
    let person = &login.person;
    let counted = person::count_failure(tx, person.id, from.failures_max()).await?;
    tell(app, tx, person, By::Somebody, Event::failed(action)).await?;
    if counted == Some(FAILURES_MAX) {
        let locked = Event::failed(AuditAction::AuthLoginLocked);
        tell(app, tx, person, By::Somebody, locked).await?;
        let forgot = format!("{}/forgot-password", app.links.public_url);
        Notice::new("Somebody tries to sign in as you")
            .text(format!("Hello {},", person.name))
            .text(format!(
                "{FAILURES_MAX} wrong passwords or codes in a row were given for your account. \
                 Browsers that never signed in to it cannot do so now, even with the right \
                 password, until you choose a new one:"
            ))
            .link("Choose a new password", forgot)
            .send(app, tx, &person.email)
            .await?;
    }
    Ok(())
}

/// As much work for nobody as a wrong answer is for somebody: a write that leaves nothing. Without
/// it the time of an answer would tell which accounts exist.
pub(crate) async fn count_nobodys_failure(sources: &Sources, tx: &mut Tx) -> Result<()> {
    let decoy = decoy(sources);
    email_challenge::open(tx, &decoy, Duration::ZERO).await?;
    email_challenge::consume(tx, &decoy).await?;
    Ok(())
}

/// A challenge to an address nobody has.
pub(crate) fn decoy(sources: &Sources) -> postscale_model::EmailChallenge {
    let random = sources.hex::<16>();
    let now = sources.now();
    postscale_model::EmailChallenge {
        id: sources.id(),
        kind: EmailChallengeKind::PasswordReset,
        person_id: None,
        email: format!("{random}@invalid.invalid")
            .parse()
            .expect("BUG: hex digits are a local part"),
        secret_hash: hash_token(&random),
        expires_at: now,
        created_at: now,
    }
}

/// Takes the code of a person's second factor, when there is one. On a wrong one the failure is
/// counted in this transaction, which must then be committed.
///
/// # Errors
/// [`Rule::SecondFactorRequired`] when a code is due and none was given; [`Rule::InvalidCode`];
/// [`Rule::TooManyAttempts`].
pub(crate) async fn take_code(
    app: &App,
    tx: &mut Tx,
    login: &Login,
    code: Option<&str>,
    from: From,
) -> Result<()> {
    if !second_factor::is_enabled(login) {
        return Ok(());
    }
    let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
        return Err(Rule::SecondFactorRequired.into());
    };
    app.throttle.code(login.person.id, from.device())?;
    if second_factor::accept(app, tx, login, code).await? {
        return Ok(());
    }
    count_failure(app, tx, login, from, AuditAction::AuthLoginMfaFail).await?;
    Err(Rule::InvalidCode.into())
}
