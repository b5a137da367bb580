//! The first organization and its owner.

use postscale_model::{Address, Invalid, Organization, Person, Role, User, UserStatus};
use postscale_store::{organization, person, user};

use super::check_new_password;
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
    let name = check_name("name", &setup.name)?;
    let organization_name = check_name("organization", &setup.organization)?;
    check_new_password("password", &setup.password)?;
    let hash = app.hasher.hash(&app.sources, setup.password).await?;
    let now = app.sources.now();
    let person = Person {
        id: app.sources.id(),
        email: setup.email,
        name,
        email_verified_at: Some(now),
        created_at: now,
    };
    let created = Organization {
        id: app.sources.id(),
        name: organization_name,
        plan: setup.plan,
        created_at: now,
    };
    let owner = User {
        id: app.sources.id(),
        organization_id: created.id,
        person_id: person.id,
        email: person.email.clone(),
        name: person.name.clone(),
        role: Role::Owner,
        status: UserStatus::Active,
        last_active_at: None,
        created_at: now,
    };
    let mut tx = app.store.write().await?;
    organization::insert(&mut tx, &created).await?;
    organization::complete_setup(&mut tx, created.id, now)
        .await
        .map_err(|error| {
            if error.is_conflict_on(organization::INSTANCE_SETUP_KEY) {
                Rule::AlreadySetUp.into()
            } else {
                Error::Store(error)
            }
        })?;
    person::insert(&mut tx, &person, Some(&hash)).await?;
    user::insert(&mut tx, &owner).await?;
    tx.commit().await?;
    Ok((created, owner))
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
