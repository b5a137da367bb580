//! A person signs in.

use std::net::IpAddr;

use postscale_access::Caller;
use postscale_access::{Gate, Late, action};
use postscale_model::{Address, Person, Session};
use postscale_store::{person, session};

use crate::{App, Error, Result, Rule, SessionToken};

/// What a person gives to sign in.
#[derive(Debug)]
pub struct Login {
    /// Address of the login.
    pub email: String,
    /// Its password.
    pub password: String,
}

/// A person who signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The session's token, for the cookie.
    pub token: SessionToken,
    /// The membership in use.
    pub current: person::Membership,
    /// Every organization the person may switch to.
    pub memberships: Vec<person::Membership>,
    /// The person.
    pub person: Person,
}

/// Longest user agent kept.
const USER_AGENT_CHARS_MAX: usize = 200;

/// Signs a person in. One answer for an unknown address, a wrong password, an unproven address
/// and a person who is an active user nowhere; it takes as long for each.
///
/// # Errors
/// [`Rule::InvalidCredentials`], [`Rule::TooManyAttempts`], [`Error::Store`].
pub async fn login(
    app: &App,
    caller: &Caller,
    login: Late<Login>,
    ip: IpAddr,
    user_agent: &str,
) -> Result<SignedIn> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_LOGIN)?;
    let Login { email, password } = login.after(&permission)?;
    app.throttle
        .attempt(&email.trim().to_ascii_lowercase(), ip)?;
    let found = match email.trim().parse::<Address>() {
        Ok(address) => person::find_login(&mut tx, &address).await?,
        Err(_) => None,
    };
    drop(tx);
    let (person, hash) = found
        .map(|login| (login.person, login.password_hash))
        .unzip();
    let matches = app.hasher.verify(password, hash.flatten()).await?;
    let person = person
        .filter(|person| matches && person.email_verified_at.is_some())
        .ok_or(Rule::InvalidCredentials)?;

    start_session(app, person, ip, user_agent).await
}

/// Starts a session of a person who has proven to be that person.
///
/// # Errors
/// [`Rule::InvalidCredentials`] when they are an active user nowhere.
pub(crate) async fn start_session(
    app: &App,
    person: Person,
    ip: IpAddr,
    user_agent: &str,
) -> Result<SignedIn> {
    let mut tx = app.store.write().await?;
    let memberships = person::memberships(&mut tx, person.id).await?;
    let current = memberships
        .first()
        .cloned()
        .ok_or(Error::Rule(Rule::InvalidCredentials))?;
    let token = SessionToken::new(&app.sources);
    let now = app.sources.now();
    let session = Session {
        id: app.sources.id(),
        person_id: person.id,
        user_id: Some(current.user_id),
        authenticated_at: now,
        last_seen_at: now,
        expires_at: now.plus(session::AGE_MAX),
        created_at: now,
        ip: ip.to_string(),
        user_agent: user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(USER_AGENT_CHARS_MAX)
            .collect(),
    };
    session::insert(&mut tx, &session, &token.hash()).await?;
    tx.commit().await?;
    Ok(SignedIn {
        token,
        current,
        memberships,
        person,
    })
}
