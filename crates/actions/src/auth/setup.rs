//! The first organization and its owner.

use postscale_access::{Caller, Gate, action};
use postscale_model::{
    Address, AuditAction, AuditEvent, Invalid, Organization, Person, PersonId, Role, User,
    UserStatus,
};
use postscale_store::{
    self as store, Acting, Tx, audit_entry,
    organization::{self, Onboarding},
    person, user,
};

use super::{check_login_address, check_new_password};
use crate::{App, Error, Result, Rule};

/// Who becomes the first owner, and of what.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The owner's address; taken as proven, because whoever sets up owns the machine.
    pub email: Address,
    /// The owner's name.
    pub name: String,
    /// The organization's name.
    pub organization: String,
    /// The owner's password.
    pub password: String,
    /// The organization's plan.
    pub plan: String,
}

/// Creates the first organization and its owner. Two racing set-ups make one.
///
/// # Errors
/// [`Rule::AlreadySetUp`]; [`Invalid`] naming the field.
pub async fn setup(app: &App, setup: Setup) -> Result<(Organization, User)> {
    let (organization, owner, _) = set_up(app, setup, None).await?;
    Ok((organization, owner))
}

/// As [`setup`], by somebody in a browser where there is a caller.
pub(super) async fn set_up(
    app: &App,
    setup: Setup,
    caller: Option<&Caller>,
) -> Result<(Organization, User, Person)> {
    let name = check_name("name", &setup.name)?;
    let organization_name = check_name("organization", &setup.organization)?;
    check_new_password("password", &setup.password)?;
    check_login_address("email", &setup.email)?;
    let founder = Founder {
        email: setup.email,
        name,
        organization_name,
        password_hash: app.hasher.hash(&app.sources, setup.password).await?,
        plan: setup.plan,
    };
    let mut tx = app.store.write().await?;
    if let Some(caller) = caller {
        Gate::open(&mut tx, caller)
            .await?
            .permit(action::AUTH_LOGIN)?;
    }
    let (created, owner) = founder.organization(app, None);
    // With a shell on the host the plan was chosen before, by the settings.
    let onboarding = caller.map_or(Onboarding::Done, |_| onboarding(app));
    organization::insert(&mut tx, &created, onboarding).await?;
    organization::complete_setup(&mut tx, created.id, created.created_at)
        .await
        .map_err(|error| {
            if error.is_conflict_on(organization::INSTANCE_SETUP_KEY) {
                Rule::AlreadySetUp.into()
            } else {
                Error::Store(error)
            }
        })?;
    let person = founder.insert(&mut tx, &owner, None).await?;
    if caller.is_some() {
        audit_entry::acts_as(&mut tx, owner.id);
    } else {
        audit_entry::acts(&mut tx, Acting::cli());
    }
    let event = AuditEvent::made_of(AuditAction::OrgCreated, &created);
    audit_entry::append(&mut tx, &app.sources, created.id, event).await?;
    tx.commit().await?;
    Ok((created, owner, person))
}

/// Whether somebody who founds an organization in a browser has a plan to choose.
pub(super) fn onboarding(app: &App) -> Onboarding {
    match app.plans.offered().count() {
        0 | 1 => Onboarding::Done,
        _ => Onboarding::Due,
    }
}

/// Somebody about to own a new organization, with everything checked.
pub(super) struct Founder {
    /// Proven.
    pub email: Address,
    /// The person's name.
    pub name: String,
    /// The organization's name.
    pub organization_name: String,
    /// Argon2 PHC string.
    pub password_hash: String,
    /// The organization's plan.
    pub plan: String,
}

impl Founder {
    /// The organization and its owner, not stored yet. The owner is somebody new, or a person whose
    /// login leads nowhere.
    pub(super) fn organization(&self, app: &App, known: Option<PersonId>) -> (Organization, User) {
        let now = app.sources.now();
        let organization = Organization {
            id: app.sources.id(),
            name: self.organization_name.clone(),
            plan: self.plan.clone(),
            created_at: now,
        };
        let owner = User {
            id: app.sources.id(),
            organization_id: organization.id,
            person_id: known.unwrap_or_else(|| app.sources.id()),
            email: self.email.clone(),
            name: self.name.clone(),
            role: Role::Owner,
            status: UserStatus::Active,
            last_active_at: None,
            created_at: now,
        };
        (organization, owner)
    }

    /// Stores the person and the owner of an organization that is stored already; the person. A known
    /// one starts over.
    pub(super) async fn insert(
        self,
        tx: &mut Tx,
        owner: &User,
        known: Option<PersonId>,
    ) -> Result<Person, store::Error> {
        let person = Person {
            id: owner.person_id,
            email: self.email,
            name: self.name,
            email_verified_at: Some(owner.created_at),
            created_at: owner.created_at,
        };
        match known {
            Some(id) => {
                let given = (person.name.as_str(), self.password_hash.as_str());
                person::start_over(tx, id, given, owner.created_at).await?;
            }
            None => person::insert(tx, &person, Some(&self.password_hash)).await?,
        }
        user::insert(tx, owner).await?;
        Ok(person)
    }
}

/// Characters of a person's or organization's name at most.
const NAME_CHARS_MAX: usize = 80;

/// A name for people: one line, trimmed, not empty, at most 80 characters.
pub(crate) fn check_name(field: &str, name: &str) -> Result<String, Invalid> {
    let name = name.trim();
    if name.is_empty() {
        Err(Invalid::field(field, "must not be empty"))
    } else if name.chars().count() > NAME_CHARS_MAX {
        Err(Invalid::field(field, "must have at most 80 characters"))
    } else if name.chars().any(char::is_control) {
        Err(Invalid::field(field, "must not contain control characters"))
    } else {
        Ok(name.to_owned())
    }
}
