//! The operator lets an owner in again who lost everything: password, second factor, mailbox.
//!
//! Nobody in the organization can do that for the only owner, and no mailed link helps who lost the
//! mailbox. What the owner made stays, API keys too: this says who signs in, not what they may do.

use postscale_access::SystemScope;
use postscale_model::{
    Address, AuditAction, EmailChallengeKind, Organization, OrganizationId, Person, Role,
};
use postscale_store::{
    Tx, email_challenge,
    person::{self, Login, Membership},
    session,
};
use serde_json::{Value, json};

use super::{
    account::{By, Event, tell},
    check_new_password, second_factor,
};
use crate::{App, Result, system_mail::Notice};

/// Whom to let in again, and by what.
#[derive(Debug)]
pub struct OwnerReset {
    /// Address the owner signs in with.
    pub email: Address,
    /// An organization they must own; any when it is absent.
    pub organization: Option<OrganizationId>,
    /// The password from now on.
    pub password: String,
}

/// An owner who was let in again.
#[derive(Debug)]
pub struct Recovered {
    /// The owner.
    pub person: Person,
    /// Whether a second factor was taken away.
    pub had_second_factor: bool,
    /// Sessions that ended.
    pub ended_sessions: u64,
    /// Every organization the person is in: each has it in its log.
    pub organizations: Vec<Organization>,
}

/// Gives an owner a new password, takes the second factor away, ends every session and whatever was
/// mailed to prove who they are, and forgets the wrong tries. `None`, and nothing done, when the address
/// is no active owner's.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `password`; [`Error::Store`](crate::Error::Store).
pub async fn reset_owner(
    app: &App,
    _scope: &SystemScope,
    reset: OwnerReset,
) -> Result<Option<Recovered>> {
    check_new_password("password", &reset.password)?;
    let hash = app.hasher.hash(&app.sources, reset.password).await?;
    let mut tx = app.store.write().await?;
    let Some(login) = person::find_login(&mut tx, &reset.email).await? else {
        return Ok(None);
    };
    let memberships = person::memberships(&mut tx, login.person.id).await?;
    let mut owned = memberships.iter().filter(|one| one.role == Role::Owner);
    let is_meant = |one: &Membership| {
        reset
            .organization
            .is_none_or(|id| one.organization.id == id)
    };
    if !owned.any(is_meant) {
        return Ok(None);
    }
    let had_second_factor = second_factor::is_enabled(&login);
    let ended_sessions = start_anew(app, &mut tx, &login.person, &hash).await?;
    write_down(app, &mut tx, &login, ended_sessions).await?;
    tx.commit().await?;
    Ok(Some(Recovered {
        person: login.person,
        had_second_factor,
        ended_sessions,
        organizations: memberships
            .into_iter()
            .map(|one| one.organization)
            .collect(),
    }))
}

/// Leaves nothing by which anybody signs in but the new password. Gives how many sessions ended.
async fn start_anew(app: &App, tx: &mut Tx, person: &Person, hash: &str) -> Result<u64> {
    let now = app.sources.now();
    person::update_password(tx, person.id, hash, now).await?;
    person::remove_totp(tx, person.id, now).await?;
    email_challenge::delete_of_person(tx, person.id, None::<EmailChallengeKind>).await?;
    Ok(session::delete_all(tx, person.id).await?)
}

/// Tells the logs of the person's organizations, and the person.
async fn write_down(app: &App, tx: &mut Tx, login: &Login, ended_sessions: u64) -> Result<()> {
    let mut events = vec![
        Event::done(AuditAction::CliOwnerReset)
            .change(Value::Null, json!({ "ended_sessions": ended_sessions })),
        Event::done(AuditAction::AuthPasswordReset),
    ];
    if second_factor::is_enabled(login) {
        events.push(Event::done(AuditAction::AuthMfaReset));
    }
    for event in events {
        tell(app, tx, &login.person, By::Operator, event).await?;
    }
    // Without a link: whoever asked the operator may have no way to prove themselves by one.
    Notice::new("Your Postscale sign-in was changed")
        .text(format!("Hello {},", login.person.name))
        .text(
            "The operator of this Postscale instance set a new password for you, took your second factor \
             away if you had one, and signed out every browser.",
        )
        .text("If you did not ask for that, talk to the operator at once.")
        .send(app, tx, &login.person.email)
        .await
}
