//! Two organizations with two domains each, and in each everybody whose view of them differs.
//!
//! Proofs come from the real gate: these tests are also tests of how rights are read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use postscale_access::{
    Caller, Credential, Denied, DomainRef, Gate, Granted, ListAction, OfDomain, On,
    OrganizationAction, Permission, Refusal, Scope, Stored, SystemScope, Writable, action, cap,
};
use postscale_model::{
    ApiKey, Capability, Clock, Domain, DomainId, DomainType, Environment, Grant, KeyScope, Level,
    Organization, OrganizationId, Person, Random, Role, Session, Sources, Timestamp, TokenHash,
    User, UserId, UserStatus,
};
use postscale_store::{
    Page, Store, Tx, api_key, domain, grant,
    organization::{self, Onboarding},
    person, session, user,
};
use postscale_testkit::database::TestDatabase;

/// When these tests happen.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Everything on one page.
pub const ALL: Page = Page {
    limit: 100,
    offset: 0,
};

/// An instant after [`NOW`].
pub fn later(seconds: u64) -> Timestamp {
    NOW.plus(std::time::Duration::from_secs(seconds))
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The owner.
    Owner,
    /// A member who may read the first domain.
    Reader,
    /// A member who may write the first domain.
    Writer,
    /// A member without any domain.
    Stranger,
    /// A key of the owner for the first domain.
    OwnersKey,
    /// A key of the reader that names both domains.
    ReadersKey,
}

/// Who sees which domains of their own organization.
pub const VIEWS: [(Who, &[usize]); 6] = [
    (Who::Owner, &[0, 1]),
    (Who::Reader, &[0]),
    (Who::Writer, &[0]),
    (Who::Stranger, &[]),
    (Who::OwnersKey, &[0]),
    (Who::ReadersKey, &[0]),
];

const PEOPLE: [Who; 4] = [Who::Owner, Who::Reader, Who::Writer, Who::Stranger];

/// One organization.
pub struct Team {
    pub id: OrganizationId,
    pub domains: [DomainId; 2],
    pub users: [UserId; 4],
}

pub struct World {
    pub store: Store,
    pub sources: Sources,
    pub teams: [Team; 2],
}

struct Still;
impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// Different bytes each time, the same in every run (splitmix64).
struct Seeded(AtomicU64);
impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The token of somebody.
fn token(team: usize, who: Who) -> TokenHash {
    TokenHash::new([(team * 16) as u8 + who as u8; 32])
}

/// What somebody presents.
pub fn credential(team: usize, who: Who) -> Credential {
    match who {
        Who::OwnersKey | Who::ReadersKey => Credential::ApiKey(token(team, who)),
        _ => Credential::Session(token(team, who)),
    }
}

/// Authority of these tests.
#[expect(clippy::disallowed_methods, reason = "tests stand for every job")]
pub fn system() -> SystemScope {
    SystemScope::for_job("test")
}

impl World {
    /// Seeds the database.
    pub async fn new(database: &TestDatabase) -> Self {
        let store = database.store().clone();
        store.migrate(NOW).await.unwrap();
        let sources = Sources::new(Arc::new(Still), Arc::new(Seeded(7.into())));
        let teams = [
            seed(&store, &sources, 0).await,
            seed(&store, &sources, 1).await,
        ];
        Self {
            store,
            sources,
            teams,
        }
    }

    pub async fn read(&self) -> Tx {
        self.store.read().await.unwrap()
    }

    pub async fn write(&self) -> Tx {
        self.store.write().await.unwrap()
    }

    pub fn user(&self, team: usize, who: Who) -> UserId {
        self.teams[team].users[PEOPLE.iter().position(|w| *w == who).unwrap()]
    }

    /// What somebody may list.
    pub async fn scope(&self, tx: &mut Tx, team: usize, who: Who, action: ListAction) -> Scope {
        let caller = Caller::new(Some(credential(team, who)), [action.into()], NOW);
        let mut gate = Gate::open(tx, &caller).await.unwrap();
        gate.scope(action).unwrap()
    }

    /// What somebody may do with a domain.
    pub async fn domain<C: cap::Cap>(
        &self,
        tx: &mut Tx,
        (team, who): (usize, Who),
        action: On<C>,
        id: DomainId,
    ) -> Result<Granted<Domain, C>, Refusal> {
        let caller = Caller::new(Some(credential(team, who)), [action.into()], NOW);
        let mut gate = Gate::open(tx, &caller).await.unwrap();
        gate.domain(action, &DomainRef::Id(id))
            .await
            .map_err(refusal)
    }

    /// A domain its owner may write.
    pub async fn writable(&self, tx: &mut Tx, team: usize, domain: usize) -> Writable<Domain> {
        let id = self.teams[team].domains[domain];
        self.domain(tx, (team, Who::Owner), action::ALIAS_CREATE, id)
            .await
            .unwrap()
    }

    /// What somebody may do with something of domains.
    pub async fn object<T: OfDomain, C: cap::Cap>(
        &self,
        tx: &mut Tx,
        (team, who): (usize, Who),
        action: On<C>,
        id: T::Id,
    ) -> Result<Granted<T, C>, Refusal>
    where
        Tx: Stored<T, Error = postscale_store::Error>,
    {
        let caller = Caller::new(Some(credential(team, who)), [action.into()], NOW);
        let mut gate = Gate::open(tx, &caller).await.unwrap();
        gate.object(action, Some(id)).await.map_err(refusal)
    }
}

fn refusal<E: std::fmt::Debug>(denied: Denied<E>) -> Refusal {
    match denied {
        Denied::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// What the owner may do in the organization.
pub async fn permission(tx: &mut Tx, team: usize, action: OrganizationAction) -> Permission {
    let caller = Caller::new(Some(credential(team, Who::Owner)), [action.into()], NOW);
    Gate::open(tx, &caller)
        .await
        .unwrap()
        .permit(action)
        .unwrap()
}

async fn seed(store: &Store, sources: &Sources, team: usize) -> Team {
    let mut tx = store.write().await.unwrap();
    let id = sources.id();
    let name = format!("Team {team}");
    let new = Organization {
        id,
        name,
        plan: "unlimited".to_owned(),
        created_at: NOW,
    };
    organization::insert(&mut tx, &new, Onboarding::Done)
        .await
        .unwrap();
    let mut users = Vec::new();
    for who in PEOPLE {
        users.push(seed_user(&mut tx, sources, (team, id), who).await);
    }
    let permission = permission(&mut tx, team, action::DOMAIN_CREATE).await;
    let domains = [sources.id(), sources.id()];
    for (index, domain) in domains.into_iter().enumerate() {
        let name = format!("d{index}.team{team}.example");
        domain::insert(&mut tx, &permission, &new_domain(domain, id, &name))
            .await
            .unwrap();
    }
    for (who, level) in [(1, Level::Read), (2, Level::Write)] {
        let (user_id, domain_id) = (users[who], domains[0]);
        let grant = Grant {
            user_id,
            domain_id,
            level,
            expires_at: None,
            created_at: NOW,
        };
        grant::insert(&mut tx, &permission, &grant, Some(users[0]))
            .await
            .unwrap();
    }
    let team_of = Team {
        id,
        domains,
        users: users.try_into().unwrap(),
    };
    for (who, creator, named) in [(Who::OwnersKey, 0, 1), (Who::ReadersKey, 1, 2)] {
        let key = new_key(sources, id, team_of.users[creator]);
        let mut proofs = Vec::new();
        for domain in &domains[..named] {
            let owner = Some(credential(team, Who::Owner));
            let action = action::KEY_CREATE_SCOPED;
            let caller = Caller::new(owner, [action.into()], NOW);
            let mut gate = Gate::open(&mut tx, &caller).await.unwrap();
            proofs.push(gate.domain(action, &DomainRef::Id(*domain)).await.unwrap());
        }
        api_key::insert_for_domains(&mut tx, &proofs, &key, &token(team, who))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    team_of
}

async fn seed_user(
    tx: &mut Tx,
    sources: &Sources,
    (team, organization_id): (usize, OrganizationId),
    who: Who,
) -> UserId {
    let email: postscale_model::Address = format!("{who:?}@team{team}.example")
        .to_lowercase()
        .parse()
        .unwrap();
    let new = Person {
        id: sources.id(),
        email: email.clone(),
        name: format!("{who:?}"),
        email_verified_at: Some(NOW),
        created_at: NOW,
    };
    person::insert(tx, &new, None).await.unwrap();
    let member = User {
        id: sources.id(),
        organization_id,
        person_id: new.id,
        email,
        name: new.name.clone(),
        role: if who == Who::Owner {
            Role::Owner
        } else {
            Role::Member
        },
        status: UserStatus::Active,
        last_active_at: None,
        created_at: NOW,
    };
    user::insert(tx, &member).await.unwrap();
    let signed_in = Session {
        id: sources.id(),
        person_id: new.id,
        user_id: Some(member.id),
        authenticated_at: NOW,
        last_seen_at: NOW,
        expires_at: later(3600),
        created_at: NOW,
        ip: "192.0.2.1".to_owned(),
        user_agent: "test".to_owned(),
    };
    session::insert(tx, &signed_in, &token(team, who))
        .await
        .unwrap();
    member.id
}

fn new_key(sources: &Sources, organization_id: OrganizationId, created_by: UserId) -> ApiKey {
    ApiKey {
        id: sources.id(),
        organization_id,
        created_by,
        name: "key".to_owned(),
        environment: Environment::Live,
        capability: Capability::Full,
        scope: KeyScope::Domains,
        prefix: "ps_live_".to_owned(),
        allowed_networks: Vec::new(),
        previous_secret_until: None,
        last_used_at: None,
        expires_at: None,
        created_at: NOW,
        revoked_at: None,
    }
}

/// A domain nothing of which is verified.
pub fn new_domain(id: DomainId, organization_id: OrganizationId, name: &str) -> Domain {
    Domain::registered(
        (id, organization_id),
        name.parse().unwrap(),
        DomainType::Both,
        ["0".repeat(32), id.to_string()],
        NOW,
    )
}

/// Asserts that everybody lists exactly the rows of the domains they see. `$rows` maps a transaction,
/// a scope to `(domains of the rows, total)`.
#[macro_export]
macro_rules! everybody_lists_only_what_they_see {
    ($world:expr, $action:expr, |$tx:ident, $scope:ident| $listed:expr) => {
        for team in 0..2 {
            for (who, seen) in $crate::world::VIEWS {
                let mut reading = $world.read().await;
                let $scope = $world.scope(&mut reading, team, who, $action).await;
                let $tx = &mut reading;
                let (mut domains, total): (Vec<postscale_model::DomainId>, u64) = $listed;
                domains.sort_unstable();
                let mut want: Vec<_> = seen
                    .iter()
                    .map(|i| $world.teams[team].domains[*i])
                    .collect();
                want.sort_unstable();
                assert_eq!(domains, want, "{who:?} of team {team}");
                assert_eq!(total, want.len() as u64, "{who:?} of team {team}");
            }
        }
    };
}
