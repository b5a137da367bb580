//! A person signs in.
//!
//! One answer for an unknown address, a wrong password, an unproven address, a person who is an
//! active user nowhere, and an account with too many failures; each takes as long: one look-up, one
//! Argon2, one write. Only who gave everything right and lost their organization because it was
//! deleted is told so.

use std::{net::IpAddr, time::Duration};

use postscale_access::{Caller, Credential, Gate, Late, Permission, action};
use postscale_model::{Address, AuditAction, Person, PersonId, Session, Timestamp};
use postscale_store::{
    Tx, audit_entry,
    person::{self, Login as Account, Membership},
    session,
};

use super::{
    account::{By, Event, tell},
    credentials::{self, From, count_failure, count_nobodys_failure, is_locked},
    device::{recognise, remember},
    kept, second_factor,
};
use crate::{App, Result, Rule, SessionToken, hash_token};

/// What a person gives to sign in.
#[derive(Debug)]
pub struct Login {
    /// Address of the login.
    pub email: String,
    /// Its password.
    pub password: String,
    /// A code of the second factor.
    pub code: Option<String>,
}

/// The browser a person signs in with.
#[derive(Debug, Clone, Copy)]
pub struct Browser<'a> {
    /// Where it is.
    pub ip: IpAddr,
    /// What it calls itself.
    pub user_agent: &'a str,
    /// The cookie that says it signed in before.
    pub device: Option<&'a str>,
}

/// A person who signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The session's token, for the cookie.
    pub token: SessionToken,
    /// For the cookie that remembers the browser.
    pub device: String,
    /// The membership in use.
    pub current: Membership,
    /// Every organization the person may switch to.
    pub memberships: Vec<Membership>,
    /// The person.
    pub person: Person,
}

/// How far a sign-in came.
#[derive(Debug)]
pub enum Step {
    /// The person is in.
    Done(Box<SignedIn>),
    /// The password was right, and a code is due: this goes with it to [`finish_login`].
    CodeDue(String),
}

/// Longest user agent kept.
const USER_AGENT_CHARS_MAX: usize = 200;
/// How long a password that was right may wait for its code.
const CODE_WAIT: Duration = Duration::from_secs(5 * 60);
/// What the waiting is sealed for.
const PENDING: &str = "auth.login.pending";

/// Signs a person in.
///
/// # Errors
/// [`Rule::InvalidCredentials`], [`Rule::InvalidCode`], [`Rule::TooManyAttempts`],
/// [`Error::Store`](crate::Error::Store).
pub async fn login(
    app: &App,
    caller: &Caller,
    login: Late<Login>,
    browser: &Browser<'_>,
) -> Result<Step> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_LOGIN)?;
    let Login {
        email,
        password,
        code,
    } = login.after(&permission)?;
    let address = email.trim().parse::<Address>().ok();
    let found = match &address {
        Some(address) => person::find_login(&mut tx, address).await?,
        None => None,
    };
    drop(tx);
    let from = from(app, browser, found.as_ref());
    // However an address is spelled, its tries are counted together.
    let key = address.map_or_else(|| email.trim().to_ascii_lowercase(), |it| it.key());
    app.throttle.sign_in(&key, browser.ip, from.device())?;
    let hash = found.as_ref().and_then(|login| login.password_hash.clone());
    let matches = app.hasher.verify(password, hash.clone()).await?;

    let (mut tx, _) = begin(app, caller).await?;
    // Between the look-up and now the password may have been changed, and until the session is there it
    // may not: a change ends the sessions it finds.
    let found = match found {
        Some(login) => person::keep_login_of(&mut tx, login.person.id).await?,
        None => None,
    };
    let Some(account) = found else {
        count_nobodys_failure(&app.sources, &mut tx).await?;
        tx.commit().await?;
        return Err(Rule::InvalidCredentials.into());
    };
    let is_good = matches && account.password_hash == hash && !is_locked(&account, from);
    if !is_good || account.person.email_verified_at.is_none() {
        count_failure(app, &mut tx, &account, from, AuditAction::AuthLoginFail).await?;
        tx.commit().await?;
        return Err(Rule::InvalidCredentials.into());
    }
    if second_factor::is_enabled(&account) && code.is_none() {
        return Ok(Step::CodeDue(pending(app, &account)));
    }
    let signed_in = complete(app, tx, caller, &account, code.as_deref(), browser).await?;
    Ok(Step::Done(Box::new(signed_in)))
}

/// Signs a person in whose password was right a short while ago.
///
/// # Errors
/// [`Rule::InvalidCredentials`] when that is no longer so; [`Rule::InvalidCode`],
/// [`Rule::TooManyAttempts`], [`Error::Store`](crate::Error::Store).
pub async fn finish_login(
    app: &App,
    caller: &Caller,
    given: Late<(String, String)>,
    browser: &Browser<'_>,
) -> Result<SignedIn> {
    let (mut tx, permission) = begin(app, caller).await?;
    let (pending, code) = given.after(&permission)?;
    let (person, password) = opened(app, &pending).ok_or(Rule::InvalidCredentials)?;
    let account = person::keep_login_of(&mut tx, person)
        .await?
        .ok_or(Rule::InvalidCredentials)?;
    let from = from(app, browser, Some(&account));
    if fingerprint(&account) != password || is_locked(&account, from) {
        return Err(Rule::InvalidCredentials.into());
    }
    complete(app, tx, caller, &account, Some(&code), browser).await
}

/// A write transaction in which nobody is known yet.
async fn begin(app: &App, caller: &Caller) -> Result<(Tx, Permission)> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_LOGIN)?;
    audit_entry::acts_as_nobody(&mut tx);
    Ok((tx, permission))
}

fn from(app: &App, browser: &Browser<'_>, account: Option<&Account>) -> From {
    account
        .and_then(|account| recognise(app, browser.device, account.person.id))
        .map_or(From::Stranger, From::Known)
}

/// Asks for the code, if one is due, and begins the session.
async fn complete(
    app: &App,
    mut tx: Tx,
    caller: &Caller,
    account: &Account,
    code: Option<&str>,
    browser: &Browser<'_>,
) -> Result<SignedIn> {
    let from = from(app, browser, Some(account));
    if let Err(error) = credentials::take_code(app, &mut tx, account, code, from).await {
        return Err(kept(tx, error).await);
    }
    begin_session(app, tx, caller, &account.person, browser).await
}

/// Starts a session of a person who has proven to be that person.
///
/// # Errors
/// [`Rule::InvalidCredentials`] when they are an active user nowhere, [`Rule::OrganizationDeleted`]
/// when that is because an organization of theirs was deleted.
pub(crate) async fn start_session(
    app: &App,
    caller: &Caller,
    person: &Person,
    browser: &Browser<'_>,
) -> Result<SignedIn> {
    let mut tx = app.store.write().await?;
    // What let them prove it was asked before; here the caller is only who the log speaks of.
    Gate::open(&mut tx, caller).await?;
    audit_entry::acts_as_nobody(&mut tx);
    begin_session(app, tx, caller, person, browser).await
}

async fn begin_session(
    app: &App,
    mut tx: Tx,
    caller: &Caller,
    person: &Person,
    browser: &Browser<'_>,
) -> Result<SignedIn> {
    let memberships = person::memberships(&mut tx, person.id).await?;
    let Some(current) = memberships.first().cloned() else {
        count_nobodys_failure(&app.sources, &mut tx).await?;
        let was_deleted = person::lost_organization(&mut tx, person.id).await?;
        tx.commit().await?;
        return Err(match was_deleted {
            true => Rule::OrganizationDeleted.into(),
            false => Rule::InvalidCredentials.into(),
        });
    };
    person::forget_failures(&mut tx, person.id).await?;
    let token = SessionToken::new(&app.sources);
    let session = new_session(app, person.id, &current, browser);
    session::insert(&mut tx, &session, &token.hash()).await?;
    // A browser has one session: whoever was signed in here before is not any more.
    if let Some(Credential::Session(old)) = caller.credential() {
        session::delete_by_token(&mut tx, old).await?;
    }
    let by = By::Themselves(Some(session.id));
    let ok = Event::done(AuditAction::AuthLoginOk);
    tell(app, &mut tx, person, by, ok).await?;
    tx.commit().await?;
    Ok(SignedIn {
        token,
        device: remember(app, person.id),
        current,
        memberships,
        person: person.clone(),
    })
}

fn new_session(
    app: &App,
    person: PersonId,
    current: &Membership,
    browser: &Browser<'_>,
) -> Session {
    let now = app.sources.now();
    Session {
        id: app.sources.id(),
        person_id: person,
        user_id: Some(current.user_id),
        authenticated_at: now,
        last_seen_at: now,
        expires_at: now.plus(session::AGE_MAX),
        created_at: now,
        ip: browser.ip.to_string(),
        user_agent: browser
            .user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(USER_AGENT_CHARS_MAX)
            .collect(),
    }
}

/// Which password it is, without being it: another one ends what waits.
fn fingerprint(account: &Account) -> String {
    let hash = hash_token(account.password_hash.as_deref().unwrap_or_default());
    let octets = hash.as_bytes().iter().take(8);
    octets.map(|octet| format!("{octet:02x}")).collect()
}

/// Says, sealed, whose password was right and until when that counts.
fn pending(app: &App, account: &Account) -> String {
    let until = app.sources.now().plus(CODE_WAIT).micros();
    let text = format!("{} {until} {}", account.person.id, fingerprint(account));
    let sealed = app.seal.seal(&app.sources, PENDING, text.as_bytes());
    sealed.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn opened(app: &App, pending: &str) -> Option<(PersonId, String)> {
    let octets: Option<Vec<u8>> = (0..pending.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(pending.get(at..at + 2)?, 16).ok())
        .collect();
    let text = String::from_utf8(app.seal.open(PENDING, &octets?).ok()?).ok()?;
    let mut words = text.split(' ');
    let person = words.next()?.parse().ok()?;
    let until = Timestamp::from_micros(words.next()?.parse().ok()?);
    let fingerprint = words.next()?.to_owned();
    (app.sources.now() < until).then_some((person, fingerprint))
}
