//! `authorization SMALL LARGE TINY`: what a request's authorization costs as the data grows. The
//! arguments are empty databases, `sqlite:FILE` or `postgres://…`.
//!
//! Two questions, each asked of a small and of a large database in turns, through the gate and in
//! a transaction of their own, as a request asks them: may this session read this domain (organizations
//! ten times apart), and which domains may this member see (50 of 100 against 50 of 100,000).
//! Prints one JSON object with nanoseconds.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use postscale_access::{Caller, Credential, Denied, DomainRef, Gate, action};
use postscale_model::{
    Domain, DomainId, DomainName, DomainType, Grant, Level, Organization, OrganizationId, Person,
    PersonId, Role, Session, Timestamp, TokenHash, User, UserId, UserStatus,
};
use postscale_store::{
    Database, Page, Store, StoreSettings, Tx,
    domain::{self, DomainFilter},
    grant,
    organization::{self, Onboarding},
    person, session, user,
};
use uuid::Uuid;

/// The product's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SMALL: Size = Size {
    domains: 10_000,
    members: 1_000,
};
const LARGE: Size = Size {
    domains: 100_000,
    members: 10_000,
};
/// Where a member with 50 domains sees half of all there are.
const TINY: Size = Size {
    domains: 100,
    members: 1,
};
const GRANTS_PER_MEMBER: u32 = 50;
/// Rows of one transaction while the databases are filled.
const ROWS_PER_COMMIT: usize = 10_000;
/// What the dashboard's first page shows.
const PAGE: Page = Page {
    limit: 50,
    offset: 0,
};
const RUNS: usize = 7;
const RUN: Duration = Duration::from_millis(500);
/// Questions that are thought of before the clock starts.
const QUESTIONS: u32 = 500;

#[derive(Clone, Copy)]
struct Size {
    domains: u32,
    members: u32,
}

/// Marsaglia's xorshift: the same world in every run.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }

    fn id<T: From<Uuid>>(&mut self) -> T {
        let (high, low) = (self.next(), self.next());
        uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
            .into_uuid()
            .into()
    }

    fn token(&mut self) -> TokenHash {
        let mut digest = [0; 32];
        for part in digest.chunks_exact_mut(8) {
            part.copy_from_slice(&self.next().to_be_bytes());
        }
        TokenHash::new(digest)
    }
}

struct Member {
    token: TokenHash,
    granted: Vec<DomainId>,
}

/// May this caller read that domain, and what the answer must be.
struct Question {
    caller: Caller,
    domain: DomainId,
    is_granted: bool,
}

/// One organization in a database of its own.
struct World {
    store: Store,
    sequence: Sequence,
    domains: Vec<DomainId>,
    members: Vec<Member>,
}

impl World {
    async fn build(url: &str, size: Size) -> Self {
        let database = Database::parse(url).expect("`sqlite:FILE` or `postgres://…`");
        let store = Store::open(StoreSettings::new(database)).expect("open the store");
        let now = now();
        store.migrate(now).await.expect("migrate");
        let mut sequence = Sequence(88_172_645_463_325_252);
        let organization_id: OrganizationId = sequence.id();
        let mut filling = Filling::new(&store);
        let organization = Organization {
            id: organization_id,
            name: "Load".to_owned(),
            plan: "unlimited".to_owned(),
            created_at: now,
        };
        let done = Onboarding::Done;
        let inserted = organization::insert(filling.tx().await, &organization, done).await;
        inserted.expect("insert the organization");
        let (_, token) = filling
            .user(&mut sequence, organization_id, "owner", Role::Owner)
            .await;
        let owner = caller(token);
        let mut domains = Vec::new();
        for number in 0..size.domains {
            domains.push(filling.domain(&mut sequence, &owner, number).await);
        }
        let mut members = Vec::new();
        for number in 0..size.members {
            let login = format!("member{number}");
            let (id, token) = filling
                .user(&mut sequence, organization_id, &login, Role::Member)
                .await;
            // A stride through all of them: no domain twice, and no two members alike.
            let (first, stride) = (
                sequence.below(size.domains),
                size.domains / GRANTS_PER_MEMBER,
            );
            let places = (0..GRANTS_PER_MEMBER).map(|i| (first + i * stride) % size.domains);
            let granted: Vec<DomainId> = places.map(|place| domains[place as usize]).collect();
            filling.grants(&owner, id, &granted).await;
            members.push(Member { token, granted });
        }
        if url.starts_with("postgres") {
            // What the server would do by itself within a minute.
            let counted = filling.tx().await.execute("ANALYZE", &[]).await;
            counted.expect("look at the tables");
        }
        filling.commit().await;
        Self {
            store,
            sequence,
            domains,
            members,
        }
    }

    /// Half of them about a domain that the member has.
    fn question(&mut self, number: u32) -> Question {
        let member = self.sequence.below(self.members.len() as u32);
        let member = &self.members[member as usize];
        let domain = if number % 2 == 0 {
            member.granted[self.sequence.below(GRANTS_PER_MEMBER) as usize]
        } else {
            self.domains[self.sequence.below(self.domains.len() as u32) as usize]
        };
        Question {
            caller: caller(member.token),
            domain,
            is_granted: member.granted.contains(&domain),
        }
    }

    /// The mean of one answer. What the benchmark itself remembers of thousands of members is looked
    /// up beforehand: with the large database it would be waited for longer, too.
    async fn read_nanoseconds(&mut self) -> f64 {
        let (mut taken, mut asked) = (Duration::ZERO, 0_u32);
        while taken < RUN {
            let questions: Vec<Question> = (0..QUESTIONS).map(|n| self.question(n)).collect();
            let start = Instant::now();
            for question in &questions {
                let seen = may_read(&self.store, &question.caller, question.domain).await;
                assert_eq!(seen, question.is_granted, "a wrong answer");
            }
            taken += start.elapsed();
            asked += QUESTIONS;
        }
        taken.as_nanos() as f64 / f64::from(asked)
    }

    async fn list_nanoseconds(&mut self) -> f64 {
        let (start, mut asked) = (Instant::now(), 0_u32);
        while start.elapsed() < RUN {
            let member = self.sequence.below(self.members.len() as u32);
            let caller = caller(self.members[member as usize].token);
            let seen = visible(&self.store, &caller).await;
            assert_eq!(seen, GRANTS_PER_MEMBER as usize, "a wrong answer");
            asked += 1;
        }
        start.elapsed().as_nanos() as f64 / f64::from(asked)
    }
}

async fn may_read(store: &Store, caller: &Caller, id: DomainId) -> bool {
    let mut tx = store.read().await.expect("a transaction");
    let mut gate = Gate::open(&mut tx, caller).await.expect("the gate");
    match gate.domain(action::DOMAIN_READ, &DomainRef::Id(id)).await {
        Ok(_) => true,
        Err(Denied::Refused(_)) => false,
        Err(denied) => panic!("no answer: {denied:?}"),
    }
}

async fn visible(store: &Store, caller: &Caller) -> usize {
    let mut tx = store.read().await.expect("a transaction");
    let mut gate = Gate::open(&mut tx, caller).await.expect("the gate");
    let scope = gate.scope(action::DOMAIN_LIST).expect("a scope");
    let filter = DomainFilter::default();
    let listed = domain::list(&mut tx, &scope, &filter, PAGE, caller.received_at()).await;
    listed.expect("a list").len()
}

/// A database being filled, in transactions of some thousand rows.
struct Filling<'s> {
    store: &'s Store,
    open: Option<Tx>,
    rows: usize,
}

impl<'s> Filling<'s> {
    fn new(store: &'s Store) -> Self {
        Self {
            store,
            open: None,
            rows: 0,
        }
    }

    async fn tx(&mut self) -> &mut Tx {
        if self.open.is_none() {
            self.open = Some(self.store.write().await.expect("the write turn"));
        }
        self.open.as_mut().expect("just opened")
    }

    async fn commit(&mut self) {
        if let Some(full) = self.open.take() {
            full.commit().await.expect("commit");
        }
        self.rows = 0;
    }

    async fn count(&mut self) {
        self.rows += 1;
        if self.rows >= ROWS_PER_COMMIT {
            self.commit().await;
        }
    }

    /// Somebody who can sign in, signed in.
    async fn user(
        &mut self,
        sequence: &mut Sequence,
        organization_id: OrganizationId,
        login: &str,
        role: Role,
    ) -> (UserId, TokenHash) {
        let now = now();
        let person = Person {
            id: sequence.id::<PersonId>(),
            email: format!("{login}@people.test").parse().expect("an address"),
            name: login.to_owned(),
            email_verified_at: Some(now),
            created_at: now,
        };
        let member = User {
            id: sequence.id(),
            organization_id,
            person_id: person.id,
            email: person.email.clone(),
            name: person.name.clone(),
            role,
            status: UserStatus::Active,
            last_active_at: None,
            created_at: now,
        };
        let signed_in = Session {
            id: sequence.id(),
            person_id: person.id,
            user_id: Some(member.id),
            authenticated_at: now,
            last_seen_at: now,
            expires_at: now.plus(session::AGE_MAX),
            created_at: now,
            ip: "127.0.0.1".to_owned(),
            user_agent: "load".to_owned(),
        };
        let token = sequence.token();
        let tx = self.tx().await;
        person::insert(tx, &person, None).await.expect("a person");
        user::insert(tx, &member).await.expect("a user");
        let inserted = session::insert(tx, &signed_in, &token).await;
        inserted.expect("a session");
        self.count().await;
        (member.id, token)
    }

    async fn domain(&mut self, sequence: &mut Sequence, owner: &Caller, number: u32) -> DomainId {
        let now = now();
        let name: DomainName = format!("domain{number}.example").parse().expect("a name");
        let tx = self.tx().await;
        let mut gate = Gate::open(tx, owner).await.expect("the gate");
        let permission = gate.permit(action::DOMAIN_CREATE).expect("the owner may");
        let new = Domain::registered(
            (sequence.id(), permission.organization()),
            name,
            DomainType::Both,
            [format!("ownership{number}"), format!("dmarc{number}")],
            now,
        );
        let inserted = domain::insert(tx, &permission, &new).await;
        inserted.expect("a domain");
        self.count().await;
        new.id
    }

    async fn grants(&mut self, owner: &Caller, user_id: UserId, domains: &[DomainId]) {
        let tx = self.tx().await;
        let mut gate = Gate::open(tx, owner).await.expect("the gate");
        let permission = gate.permit(action::USER_LIST).expect("the owner may");
        for (place, domain_id) in domains.iter().enumerate() {
            let given = Grant {
                user_id,
                domain_id: *domain_id,
                level: [Level::Read, Level::Write][place % 2],
                expires_at: None,
                created_at: now(),
            };
            let inserted = grant::insert(tx, &permission, &given, None).await;
            inserted.expect("a grant");
        }
        self.count().await;
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.expect("a clock after 1970").as_micros();
    Timestamp::from_micros(i64::try_from(micros).expect("a clock before 292,000"))
}

fn caller(token: TokenHash) -> Caller {
    Caller::new(Some(Credential::Session(token)), action::ALL, now())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let urls: Vec<String> = std::env::args().skip(1).collect();
    let [small, large, tiny] = &urls[..] else {
        panic!("usage: authorization SMALL LARGE TINY");
    };
    let mut small = World::build(small, SMALL).await;
    let mut large = World::build(large, LARGE).await;
    let mut tiny = World::build(tiny, TINY).await;
    // A run of each that does not count fills the caches.
    for world in [&mut small, &mut large] {
        world.read_nanoseconds().await;
    }
    for world in [&mut tiny, &mut large] {
        world.list_nanoseconds().await;
    }
    let (mut reads, mut lists) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        reads.push((
            small.read_nanoseconds().await,
            large.read_nanoseconds().await,
        ));
        lists.push((
            tiny.list_nanoseconds().await,
            large.list_nanoseconds().await,
        ));
    }
    println!("{}", serde_json::json!({ "read": reads, "list": lists }));
}
