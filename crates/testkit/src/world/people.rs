//! Organizations, people, sessions and grants.

use postscale_access::{Gate, action};
use postscale_actions::SessionToken;
use postscale_model::{
    Address, DomainId, Grant, Level, Organization, OrganizationId, Person, Role, Session, User,
    UserStatus,
};
use postscale_store::{
    grant,
    organization::{self, Onboarding},
    params, person, session, user,
};

use super::{Presented, Seat, Seeder};
use crate::NOW;

/// Who is who. `downgraded` and `bereft` only make keys.
const PEOPLE: [(&str, Role); 8] = [
    ("owner", Role::Owner),
    ("admin", Role::Admin),
    ("member_rw", Role::Member),
    ("member_read", Role::Member),
    ("member_hidden", Role::Member),
    ("deactivated", Role::Member),
    ("downgraded", Role::Member),
    ("bereft", Role::Member),
];
/// Who is only acted upon, in our organization.
const PEERS: [(&str, Role); 2] = [("second_owner", Role::Owner), ("second_admin", Role::Admin)];
/// Who is only acted upon, in the other one.
const THEIR_PEERS: [(&str, Role); 2] = [
    ("their_second_owner", Role::Owner),
    ("their_member", Role::Member),
];

impl Seeder<'_> {
    /// Both organizations and everybody in them.
    pub(super) async fn people(&mut self, password: &str, with_peers: bool) {
        let peers = |them: &'static [(&'static str, Role)]| if with_peers { them } else { &[] };
        let ours = self.organization("Acme").await;
        for (name, role) in PEOPLE.iter().chain(peers(&PEERS)) {
            self.person(name, *role, ours, password).await;
        }
        let theirs = self.organization("Umbrella").await;
        self.person("other_org_owner", Role::Owner, theirs, password)
            .await;
        for (name, role) in peers(&THEIR_PEERS) {
            self.person(name, *role, theirs, password).await;
        }
        let anybody = Seat {
            presented: Presented::Nothing,
            ..self.seats["owner"].clone()
        };
        self.seats.insert("anonymous", anybody);
    }

    async fn organization(&mut self, name: &str) -> OrganizationId {
        let new = Organization {
            id: self.app.sources.id(),
            name: name.to_owned(),
            plan: self.app.plans.of_new_organizations().to_owned(),
            created_at: NOW,
        };
        organization::insert(&mut self.tx, &new, Onboarding::Done)
            .await
            .expect("an organization");
        new.id
    }

    async fn person(
        &mut self,
        name: &'static str,
        role: Role,
        organization_id: OrganizationId,
        password: &str,
    ) {
        let sources = &self.app.sources;
        let address = format!("{name}@people.example");
        let email: Address = address.parse().expect("an address");
        let somebody = Person {
            id: sources.id(),
            email: email.clone(),
            name: name.to_owned(),
            email_verified_at: Some(NOW),
            created_at: NOW,
        };
        let member = User {
            id: sources.id(),
            organization_id,
            person_id: somebody.id,
            email,
            name: name.to_owned(),
            role,
            status: UserStatus::Active,
            last_active_at: None,
            created_at: NOW,
        };
        let token = SessionToken::new(sources);
        let signed_in = Session {
            id: sources.id(),
            person_id: somebody.id,
            user_id: Some(member.id),
            authenticated_at: NOW,
            last_seen_at: NOW,
            expires_at: NOW.plus(session::AGE_MAX),
            created_at: NOW,
            ip: "192.0.2.1".to_owned(),
            user_agent: "test".to_owned(),
        };
        let tx = &mut self.tx;
        person::insert(tx, &somebody, Some(password))
            .await
            .expect("a person");
        user::insert(tx, &member).await.expect("a user");
        session::insert(tx, &signed_in, &token.hash())
            .await
            .expect("a session");
        let seat = Seat {
            presented: Presented::Session(token.expose().to_owned()),
            organization: organization_id,
            user: member.id,
            email: address,
            session: Some(signed_in.id),
        };
        self.seats.insert(name, seat);
    }

    /// Levels of the members. `bereft` lost the shared domain and has only the closed one.
    pub(super) async fn grants(&mut self, shared: DomainId, closed: DomainId) {
        for (name, domain, level) in [
            ("member_rw", shared, Level::Write),
            ("member_read", shared, Level::Read),
            ("downgraded", shared, Level::Read),
            ("bereft", closed, Level::Read),
            ("deactivated", shared, Level::Write),
        ] {
            let caller = self.caller("owner", action::DOMAIN_CREATE.into());
            let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
            let permission = gate.permit(action::DOMAIN_CREATE).expect("permission");
            let given = Grant {
                user_id: self.seats[name].user,
                domain_id: domain,
                level,
                expires_at: None,
                created_at: NOW,
            };
            let by = Some(self.seats["owner"].user);
            grant::insert(&mut self.tx, &permission, &given, by)
                .await
                .expect("a grant");
        }
    }

    /// Deactivates one user, sessions and keys left behind: they must be dead all the same.
    pub(super) async fn off_board(&mut self) {
        let user = self.seats["deactivated"].user;
        let sql = "UPDATE users SET status = 'deactivated' WHERE id = $1";
        self.run(sql, &params![user]).await;
    }
}
