//! The demo's organizations, people and what each of them may see.

use std::time::Duration;

use anyhow::{Context as _, Result};
use postscale_access::{Caller, DomainRef};
use postscale_actions::{
    App,
    users::{self, AccessChange, WantedGrant},
};
use postscale_model::{
    Address, Level, Organization, OrganizationId, Person, Role, User, UserId, UserStatus,
};
use postscale_store::{
    organization::{self, Onboarding},
    person, user,
};

/// The demo's main organization.
pub const ACME: &str = "Acme";
/// Another one, to switch to.
pub const GLOBEX: &str = "Globex";
/// Login of the demo owner.
pub const OWNER: &str = "olivia@people.test";

/// How long the contractor's grant lasts.
const CONTRACT: Duration = Duration::from_secs(14 * 24 * 3600);

/// Somebody who can sign in.
pub struct DemoUser {
    /// Login.
    pub email: &'static str,
    /// Shown name.
    pub name: &'static str,
    /// Role in [`ACME`].
    pub role: Role,
    /// Which pattern of the guide it shows.
    pub pattern: &'static str,
    /// Domains of a member.
    pub grants: &'static [(&'static str, Level)],
}

use Level::{Read, Write};

/// Everybody in [`ACME`].
pub const USERS: [DemoUser; 7] = [
    DemoUser {
        email: OWNER,
        name: "Olivia Owner",
        role: Role::Owner,
        pattern: "owner: everything, in two organizations",
        grants: &[],
    },
    DemoUser {
        email: "adam@people.test",
        name: "Adam Admin",
        role: Role::Admin,
        pattern: "admin: every domain",
        grants: &[],
    },
    DemoUser {
        email: "dev@people.test",
        name: "Dana Developer",
        role: Role::Member,
        pattern: "staging and production: writes staging.acme.test, reads acme.test",
        grants: &[("staging.acme.test", Write), ("acme.test", Read)],
    },
    DemoUser {
        email: "client-a@people.test",
        name: "Carla of Client A",
        role: Role::Member,
        pattern: "agency: client-a.test and nothing else",
        grants: &[("client-a.test", Write)],
    },
    DemoUser {
        email: "client-b@people.test",
        name: "Bela of Client B",
        role: Role::Member,
        pattern: "agency: client-b.test, mail.client-b.test and nothing else",
        grants: &[("client-b.test", Write), ("mail.client-b.test", Write)],
    },
    DemoUser {
        email: "support@people.test",
        name: "Sam Support",
        role: Role::Member,
        pattern: "support: reads five domains",
        grants: &[
            ("acme.test", Read),
            ("staging.acme.test", Read),
            ("client-a.test", Read),
            ("client-b.test", Read),
            ("mail.client-b.test", Read),
        ],
    },
    DemoUser {
        email: "contractor@people.test",
        name: "Cora Contractor",
        role: Role::Member,
        pattern: "contractor: reads acme.test, for two weeks",
        grants: &[("acme.test", Read)],
    },
];

/// Makes organizations and users, all or nothing, once.
pub async fn insert_all(app: &App, password: &str) -> Result<()> {
    let hash = app.hasher.hash(&app.sources, password.to_owned()).await?;
    let now = app.sources.now();
    let mut tx = app.store.write().await?;
    if person::find_login(&mut tx, &OWNER.parse()?)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let [acme, globex] = [ACME, GLOBEX].map(|name| Organization {
        id: app.sources.id(),
        name: name.to_owned(),
        plan: "unlimited".to_owned(),
        created_at: now,
    });
    organization::insert(&mut tx, &acme, Onboarding::Done).await?;
    organization::insert(&mut tx, &globex, Onboarding::Done).await?;
    if !organization::is_set_up(&mut tx).await? {
        organization::complete_setup(&mut tx, acme.id, now).await?;
    }
    for demo in &USERS {
        let person = Person {
            id: app.sources.id(),
            email: demo.email.parse()?,
            name: demo.name.to_owned(),
            email_verified_at: Some(now),
            created_at: now,
        };
        person::insert(&mut tx, &person, Some(&hash)).await?;
        let member = member(app, &person, acme.id, demo.role);
        user::insert(&mut tx, &member).await?;
        if demo.email == OWNER {
            let mut elsewhere = member;
            elsewhere.id = app.sources.id();
            elsewhere.organization_id = globex.id;
            // The oldest membership is the one a person starts in.
            elsewhere.created_at = now.plus(Duration::from_secs(1));
            user::insert(&mut tx, &elsewhere).await?;
        }
    }
    Ok(tx.commit().await?)
}

fn member(app: &App, person: &Person, organization_id: OrganizationId, role: Role) -> User {
    User {
        id: app.sources.id(),
        organization_id,
        person_id: person.id,
        email: person.email.clone(),
        name: person.name.clone(),
        role,
        status: UserStatus::Active,
        last_active_at: None,
        created_at: person.created_at,
    }
}

/// Gives the members what they may see, as an owner does.
pub async fn grant_all(app: &App, owner: &Caller) -> Result<()> {
    let ends = app.sources.now().plus(CONTRACT);
    for demo in USERS.iter().filter(|demo| demo.role == Role::Member) {
        let mut tx = app.store.read().await?;
        let member = user_of(&mut tx, demo.email).await?;
        drop(tx);
        let is_contractor = demo.pattern.starts_with("contractor");
        let wanted = demo.grants.iter().map(|(domain, level)| WantedGrant {
            domain: DomainRef::parse(domain),
            level: *level,
            expires_at: is_contractor.then_some(ends),
            note: String::new(),
        });
        let change = AccessChange {
            grants: wanted.collect(),
            replaces: None,
        };
        users::replace_access(app, owner, Some(member), change.into()).await?;
    }
    Ok(())
}

async fn user_of(tx: &mut postscale_store::Tx, email: &str) -> Result<UserId> {
    let address: Address = email.parse()?;
    let login = person::find_login(tx, &address).await?;
    let login = login.with_context(|| format!("no demo login {email}"))?;
    let memberships = person::memberships(tx, login.person.id).await?;
    let first = memberships.first();
    Ok(first
        .with_context(|| format!("{email} is a user nowhere"))?
        .user_id)
}
