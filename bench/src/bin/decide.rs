//! `decide`: nanoseconds per decision, ours and Cedar's, on one model resident in memory.
//!
//! The same questions go to both, half of them about domains the member has a grant on. Both look
//! the grant up: ours in a hash table, Cedar in its entities. Every answer is compared first, then
//! runs alternate. Prints one JSON object.

use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::str::FromStr;
use std::time::{Duration, Instant};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, get_sdk_version,
};
use postscale_access::{
    Action, Actor, Identity, Means, SecondFactor, Standing, Standings, Subject, decide,
};
use postscale_model::{Level, OrganizationId, PersonId, Role, SessionId, UserId};
use uuid::Uuid;

const DOMAINS: u32 = 1000;
const MEMBERS: u32 = 100;
const GRANTS_PER_MEMBER: u32 = 20;
const QUESTIONS: usize = 5000;
const RUNS: usize = 5;
const RUN: Duration = Duration::from_millis(400);

const POLICIES: &str = r#"
permit(principal, action, resource) when { principal.admin };
permit(principal, action == Action::"read", resource) when { principal in resource.readers };
permit(principal, action in [Action::"read", Action::"write"], resource)
    when { principal in resource.writers };
"#;

struct World {
    admins: Vec<bool>,
    grants: HashMap<(u32, u32), Level>,
    questions: Vec<Question>,
}

#[derive(Clone, Copy)]
struct Question {
    member: u32,
    domain: u32,
    level: Level,
}

/// Marsaglia's xorshift: the same world in every run.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % u64::from(limit)) as u32
    }
}

fn world() -> World {
    let mut sequence = Sequence(88_172_645_463_325_252);
    let admins: Vec<bool> = (0..MEMBERS).map(|member| member % 20 == 0).collect();
    let level = |sequence: &mut Sequence| [Level::Read, Level::Write][sequence.below(2) as usize];
    let mut grants = HashMap::new();
    let mut granted = Vec::new();
    for member in (0..MEMBERS).filter(|member| !admins[*member as usize]) {
        for _ in 0..GRANTS_PER_MEMBER {
            let domain = sequence.below(DOMAINS);
            grants.insert((member, domain), level(&mut sequence));
            granted.push((member, domain));
        }
    }
    let questions = (0..QUESTIONS)
        .map(|number| {
            let (member, domain) = match number % 2 {
                0 => granted[sequence.below(granted.len() as u32) as usize],
                _ => (sequence.below(MEMBERS), sequence.below(DOMAINS)),
            };
            Question {
                member,
                domain,
                level: level(&mut sequence),
            }
        })
        .collect();
    World {
        admins,
        grants,
        questions,
    }
}

fn ours(world: &World) -> impl Fn(&Question) -> bool {
    let id = |number: u32| Uuid::from_u128(u128::from(number) + 1);
    let organization = OrganizationId::from(id(0));
    let actors: Vec<Actor> = (0..MEMBERS)
        .map(|member| {
            Actor::for_test(Identity {
                organization,
                user: UserId::from(id(member)),
                role: if world.admins[member as usize] {
                    Role::Admin
                } else {
                    Role::Member
                },
                second_factor: SecondFactor::Settled,
                means: Means::Session {
                    session: SessionId::from(id(member)),
                    person: PersonId::from(id(member)),
                },
            })
        })
        .collect();
    let read = Action::named("domain.read").expect("an action of the table");
    let write = Action::named("domain.settings.update").expect("an action of the table");
    move |question| {
        let grant = world
            .grants
            .get(&(question.member, question.domain))
            .copied();
        let standing = Standing {
            organization,
            grant,
            in_key_scope: false,
        };
        let action = if question.level == Level::Read {
            read
        } else {
            write
        };
        let subject = Standings::One(standing);
        let actor = &actors[question.member as usize];
        decide(Some(actor), action, Subject::OfDomain(Some(&subject))).is_ok()
    }
}

fn cedar(world: &World) -> impl Fn(&Question) -> bool {
    let uid = |kind: &str, number: u32| {
        let kind = EntityTypeName::from_str(kind).expect("a type name");
        EntityUid::from_type_name_and_id(kind, EntityId::new(number.to_string()))
    };
    let group = |level: &Level| {
        if *level == Level::Write {
            "Writers"
        } else {
            "Readers"
        }
    };
    let mut entities = Vec::new();
    for member in 0..MEMBERS {
        let admin = RestrictedExpression::new_bool(world.admins[member as usize]);
        let of_member = world
            .grants
            .iter()
            .filter(|((other, _), _)| *other == member);
        let groups = of_member
            .map(|((_, domain), level)| uid(group(level), *domain))
            .collect();
        let attributes = HashMap::from([("admin".to_owned(), admin)]);
        entities.push(Entity::new(uid("User", member), attributes, groups).expect("an entity"));
    }
    for domain in 0..DOMAINS {
        let reference = |kind| RestrictedExpression::new_entity_uid(uid(kind, domain));
        let attributes = HashMap::from([
            ("readers".to_owned(), reference("Readers")),
            ("writers".to_owned(), reference("Writers")),
        ]);
        let alone = HashSet::new();
        entities.push(Entity::new(uid("Domain", domain), attributes, alone).expect("an entity"));
        entities.push(Entity::new_no_attrs(uid("Readers", domain), HashSet::new()));
        entities.push(Entity::new_no_attrs(uid("Writers", domain), HashSet::new()));
    }
    let entities = Entities::from_entities(entities, None).expect("entities");
    let policies = PolicySet::from_str(POLICIES).expect("policies");
    let action =
        |name: &str| EntityUid::from_str(&format!("Action::\"{name}\"")).expect("an action");
    let (read, write) = (action("read"), action("write"));
    let users: Vec<EntityUid> = (0..MEMBERS).map(|member| uid("User", member)).collect();
    let domains: Vec<EntityUid> = (0..DOMAINS).map(|domain| uid("Domain", domain)).collect();
    let authorizer = Authorizer::new();
    move |question| {
        let action = if question.level == Level::Read {
            &read
        } else {
            &write
        };
        let (user, domain) = (
            &users[question.member as usize],
            &domains[question.domain as usize],
        );
        let (user, action, domain) = (user.clone(), action.clone(), domain.clone());
        let request =
            Request::new(user, action, domain, Context::empty(), None).expect("a request");
        authorizer
            .is_authorized(&request, &policies, &entities)
            .decision()
            == Decision::Allow
    }
}

fn nanoseconds(questions: &[Question], answer: &impl Fn(&Question) -> bool) -> f64 {
    let start = Instant::now();
    let mut asked = 0_u32;
    while start.elapsed() < RUN {
        for question in &questions[..100.min(questions.len())] {
            black_box(answer(black_box(question)));
        }
        asked += 100;
    }
    start.elapsed().as_nanos() as f64 / f64::from(asked)
}

fn main() {
    let world = world();
    let (ours, cedar) = (ours(&world), cedar(&world));
    let wrong = world
        .questions
        .iter()
        .filter(|question| ours(question) != cedar(question))
        .count();
    assert_eq!(
        wrong, 0,
        "the two disagree on {wrong} of {QUESTIONS} questions"
    );
    let samples: Vec<(f64, f64)> = (0..RUNS)
        .map(|run| {
            let questions = &world.questions[run * 100..];
            (
                nanoseconds(questions, &ours),
                nanoseconds(questions, &cedar),
            )
        })
        .collect();
    let result = serde_json::json!({
        "peer": format!("cedar-policy {}", get_sdk_version()),
        "compared": QUESTIONS,
        "nanoseconds": samples,
    });
    println!("{result}");
}
