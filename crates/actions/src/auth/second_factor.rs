//! Codes by the clock (TOTP, RFC 6238) and recovery codes.
//!
//! SHA-1, six digits, 30 seconds: what every authenticator understands. One step to either side is
//! accepted for clocks that differ, and each step once.

use postscale_model::{AuditAction, PersonId, Timestamp, TokenHash};
use postscale_store::{
    Tx,
    person::{self, Login},
    recovery_code,
};
use totp_rs::{Builder, Totp};

use super::account::{By, Event, tell, warn};
use crate::{App, Error, Result, hash_token};

/// Octets of a secret (RFC 4226 §4 recommends 160 bits).
pub(crate) const SECRET_BYTES: usize = 20;
/// Recovery codes a person gets.
pub(crate) const RECOVERY_CODES: usize = 10;
/// Octets of a recovery code: 80 bits, more than can be guessed at a hash.
const RECOVERY_BYTES: usize = 10;
/// What an authenticator shows.
const ISSUER: &str = "Postscale";

/// Where a person's secret is sealed for.
pub(crate) fn place(person: PersonId) -> String {
    format!("persons.totp_secret.{person}")
}

/// Whether sign-in asks for a code.
pub(crate) fn is_enabled(login: &Login) -> bool {
    login.totp.as_ref().is_some_and(|totp| totp.is_enabled)
}

/// Whether the person has a second factor.
pub(crate) async fn has_one(tx: &mut Tx, person: PersonId) -> Result<bool> {
    let login = person::find_login_of(tx, person).await?;
    Ok(login.is_some_and(|login| is_enabled(&login)))
}

/// The generator of a secret.
pub(crate) fn generator(secret: &[u8], account: &str) -> Result<Totp> {
    Builder::new()
        .with_secret(secret.to_vec())
        .with_skew(1)
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build()
        .map_err(|error| Error::Broken(format!("a second factor: {error}")))
}

/// The time-step a code is of, if it is good now.
pub(crate) fn step(totp: &Totp, code: &str, now: Timestamp) -> Option<i64> {
    let now = u64::try_from(now.seconds()).ok()?;
    totp.check(code, now)
        .and_then(|step| i64::try_from(step).ok())
}

/// The sealed secret of a person, opened.
pub(crate) fn open(app: &App, login: &Login) -> Result<Option<Totp>> {
    let Some(totp) = &login.totp else {
        return Ok(None);
    };
    let secret = app
        .seal
        .open(&place(login.person.id), &totp.sealed_secret)?;
    generator(&secret, &login.person.email.to_string()).map(Some)
}

/// A code as typed: without the blanks and hyphens people put in.
fn typed(code: &str) -> String {
    let kept = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    kept.take(64).collect::<String>().to_ascii_lowercase()
}

/// Uses a code up: one of the generator, or a recovery code. `false` when it is wrong or was used
/// before.
pub(crate) async fn accept(app: &App, tx: &mut Tx, login: &Login, code: &str) -> Result<bool> {
    let code = typed(code);
    let (id, now) = (login.person.id, app.sources.now());
    if code.len() == 6 {
        let Some(totp) = open(app, login)? else {
            return Ok(false);
        };
        return match step(&totp, &code, now) {
            Some(step) => Ok(person::use_totp_step(tx, id, step).await?),
            None => Ok(false),
        };
    }
    if !recovery_code::consume(tx, id, &hash_token(&code), now).await? {
        return Ok(false);
    }
    let left = recovery_code::count_left(tx, id).await?;
    let used = Event::done(AuditAction::AuthMfaRecoveryUsed)
        .change(serde_json::Value::Null, serde_json::json!({ "left": left }));
    tell(app, tx, &login.person, By::Themselves(None), used).await?;
    let what = format!("A recovery code was used in place of your authenticator. {left} are left.");
    warn(app, tx, &login.person, &what).await?;
    Ok(true)
}

/// New recovery codes: as shown, and as kept.
pub(crate) fn recovery_codes(app: &App) -> (Vec<String>, Vec<TokenHash>) {
    let code = || {
        let digits = app.sources.hex::<RECOVERY_BYTES>();
        let groups: Vec<&str> = [0, 5, 10, 15]
            .iter()
            .map(|&at| &digits[at..at + 5])
            .collect();
        groups.join("-")
    };
    let shown: Vec<String> = (0..RECOVERY_CODES).map(|_| code()).collect();
    let kept = shown.iter().map(|code| hash_token(&typed(code)));
    let kept = kept.collect();
    (shown, kept)
}
