//! Strangers create organizations, where the operator lets them (`POSTSCALE_SIGNUPS=open`).
//!
//! An address is proven by a mailed code before anything exists. Every answer is the same for an
//! address that has a login already: its owner is told by mail instead. A login that leads nowhere,
//! because its organization was deleted or its user was taken out of the team, starts over with what
//! is given here, unless it has a second factor, which a mailbox alone must not replace. An address is
//! written to at most once a minute.

use std::{net::IpAddr, time::Duration};

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Address, AuditAction, AuditEvent, EmailChallengeId, Invalid, PersonId};
use postscale_store::{
    Tx, audit_entry, organization, person,
    signup::{self as pending, Signup},
};

use super::{
    Browser, SignedIn, check_login_address, check_name, check_new_password,
    code::{code_mac, new_code},
    login::start_session,
    second_factor,
    setup::{Founder, onboarding},
};
use crate::{App, Error, Result, Rule, system_mail::Notice};

/// How long a code is good.
pub const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How often it can be tried.
const CODE_TRIES: u32 = 5;
/// How long an address is left alone after it was written to.
const MAIL_PAUSE: Duration = Duration::from_secs(60);
/// What the code proves.
const PURPOSE: &str = "signup";

/// Who may create organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signups {
    /// Strangers.
    Open,
    /// The operator.
    Closed,
}

/// What a stranger asks for.
#[derive(Debug)]
pub struct NewSignup {
    /// Address of the login.
    pub email: Address,
    /// Its password.
    pub password: String,
    /// The person's name.
    pub name: String,
    /// The organization's name.
    pub organization: String,
}

/// A code that came by mail.
#[derive(Debug)]
pub struct VerifyEmail {
    /// The address it was mailed to.
    pub email: Address,
    /// The code.
    pub code: String,
}

/// Whether strangers may create organizations.
///
/// # Errors
/// [`Rule::NoSuchObject`] when they may not.
pub fn check_signups_open(app: &App) -> Result<()> {
    match app.signups {
        Signups::Open => Ok(()),
        Signups::Closed => Err(Rule::NoSuchObject.into()),
    }
}

/// Takes a sign-up and mails a code, or the news that there is a login already.
///
/// # Errors
/// [`Rule::NoSuchObject`] while sign-ups are closed; [`Rule::TooManyAttempts`]; [`Invalid`] naming
/// the field.
pub async fn signup(app: &App, caller: &Caller, new: Late<NewSignup>, ip: IpAddr) -> Result<()> {
    check_signups_open(app)?;
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_LOGIN)?;
    drop(tx);
    let new = new.after(&permission)?;
    let name = check_name("name", &new.name)?;
    let organization_name = check_name("organization", &new.organization)?;
    check_new_password("password", &new.password)?;
    check_login_address("email", &new.email)?;
    app.throttle.attempt(&attempts_on(&new.email), ip)?;
    let now = app.sources.now();
    let id: EmailChallengeId = app.sources.id();
    let code = new_code(&app.sources);
    let asked = Signup {
        id,
        name,
        organization_name,
        // Hashed whatever the address: the time it takes says nothing.
        password_hash: app.hasher.hash(&app.sources, new.password).await?,
        code_mac: code_mac(&app.link_key, PURPOSE, &id.to_string(), &code),
        expires_at: now.plus(CODE_LIFETIME),
        created_at: now,
        email: new.email,
    };
    let mut tx = app.store.write().await?;
    if pending::replace(&mut tx, &asked, now.minus(MAIL_PAUSE)).await? {
        let notice = match standing(&mut tx, &asked.email).await? {
            Standing::Known => known_address(app),
            Standing::New | Standing::Nowhere(_) => code_mail(&asked, &code),
        };
        notice.send(app, &mut tx, &asked.email).await?;
    }
    Ok(tx.commit().await?)
}

/// What an address is before it signs up.
enum Standing {
    /// Nobody's.
    New,
    /// That of a login that leads nowhere.
    Nowhere(PersonId),
    /// That of a login.
    Known,
}

async fn standing(tx: &mut Tx, email: &Address) -> Result<Standing> {
    let Some(login) = person::find_login(tx, email).await? else {
        return Ok(Standing::New);
    };
    let leads_nowhere = person::memberships(tx, login.person.id).await?.is_empty();
    Ok(match leads_nowhere && !second_factor::is_enabled(&login) {
        true => Standing::Nowhere(login.person.id),
        false => Standing::Known,
    })
}

/// A key of the throttle apart from that of signing in, so that nobody is kept from signing in by
/// those who use their address here.
fn attempts_on(email: &Address) -> String {
    format!("signup {}", email.key())
}

fn code_mail(asked: &Signup, code: &str) -> Notice {
    let Signup {
        name,
        organization_name,
        ..
    } = asked;
    let minutes = CODE_LIFETIME.as_secs() / 60;
    Notice::new("Your Postscale code")
        .text("Your code is")
        .code(code)
        .text(format!(
            "It is good for {minutes} minutes. It creates the organization \"{organization_name}\" with you, \
             \"{name}\", as its owner. If you did not ask for that under these very names, do nothing and give \
             the code to nobody."
        ))
}

fn known_address(app: &App) -> Notice {
    Notice::new("You already have a Postscale login")
        .text(
            "Somebody, perhaps you, wanted to sign up for Postscale with this address. It has a login \
             already, so nothing was created.",
        )
        .link("Sign in", format!("{}/sign-in", app.links.public_url))
        .text("If it was not you, there is nothing to do.")
}

/// Takes a code: creates the organization on the plan of new ones, and signs its owner in.
///
/// # Errors
/// [`Rule::NoSuchObject`] while sign-ups are closed; [`Rule::TooManyAttempts`]; [`Invalid`] naming
/// `code`, one answer for a wrong, an ended and an unknown one.
pub async fn verify_email(
    app: &App,
    caller: &Caller,
    input: Late<VerifyEmail>,
    browser: &Browser<'_>,
) -> Result<SignedIn> {
    check_signups_open(app)?;
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_LOGIN)?;
    let input = input.after(&permission)?;
    app.throttle.attempt_from(browser.ip)?;
    let wrong = || Error::from(Invalid::field("code", "is wrong or has expired"));
    let asked = pending::take_try(&mut tx, &input.email, CODE_TRIES, app.sources.now())
        .await?
        .ok_or_else(wrong)?;
    let mac = code_mac(&app.link_key, PURPOSE, &asked.id.to_string(), &input.code);
    let standing = standing(&mut tx, &asked.email).await?;
    if mac != asked.code_mac || matches!(standing, Standing::Known) {
        // The try that was taken counts.
        tx.commit().await?;
        return Err(wrong());
    }
    pending::delete(&mut tx, &asked).await?;
    let founder = Founder {
        email: asked.email,
        name: asked.name,
        organization_name: asked.organization_name,
        password_hash: asked.password_hash,
        plan: app.plans.of_new_organizations().to_owned(),
    };
    let known = match standing {
        Standing::Nowhere(person) => Some(person),
        Standing::New | Standing::Known => None,
    };
    let (created, owner) = founder.organization(app, known);
    organization::insert(&mut tx, &created, onboarding(app)).await?;
    let person = match founder.insert(&mut tx, &owner, known).await {
        Ok(person) => person,
        // Somebody else made a login of the address at this very moment.
        Err(error) if error.is_conflict_on(person::EMAIL_KEY) => return Err(wrong()),
        Err(error) => return Err(error.into()),
    };
    audit_entry::acts_as(&mut tx, owner.id);
    let event = AuditEvent::made_of(AuditAction::OrgCreated, &created);
    audit_entry::append(&mut tx, &app.sources, created.id, event).await?;
    tx.commit().await?;
    tracing::info!(organization.id = %created.id, "a stranger created an organization");
    start_session(app, caller, &person, browser).await
}
