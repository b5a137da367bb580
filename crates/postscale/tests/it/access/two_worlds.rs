//! Goal: what somebody is shown is a function of what they may see, and of nothing else.
//! Method: two instances of one seed, which differ only in what is hidden from everybody who asks:
//! other domains and all that hangs on them, other people's keys, another organization's things. The
//! same requests in the same order must be answered with the same octets, headers included: every
//! route of both sides, with ids of every kind, lists with every parameter, and then calls that change
//! something and everything they lead to. Ids, secrets and the clock are the seed's own, so that
//! nothing has to be left out of the comparison. The routes are those of the samples, which a test of
//! their own keeps complete.

mod hidden;
mod queries;

use http::Method;
use postscale_testkit::{Answer, Objects, Request, SEED, TestApp};

use self::hidden::hide;
use super::{
    dice::{Dice, from_environment},
    matrix::{Kind, Target},
    samples::{Named, Sample, all, named},
};

/// How many pairs of worlds each test compares, instead of one.
const ROUNDS: &str = "POSTSCALE_ROUNDS";

/// Who asks: everybody from whom something is hidden in their own organization.
const ASKING: [&str; 8] = [
    "member_rw",
    "member_read",
    "member_hidden",
    "key_rw",
    "key_rw_readcap",
    "key_rw_sendcap",
    "key_creator_downgraded",
    "key_creator_lost_domain",
];
/// So many of them ask in one pair of worlds.
const ASK_AT_ONCE: usize = 3;

/// Parameters of each list tried by each of them.
const QUERIES: usize = 10;

/// Calls after which who made them can do nothing more: they come last.
const LAST: [&str; 7] = [
    "/v1/me/leave",
    "/v1/auth/logout",
    "/sign-out",
    "/v1/api-keys/self",
    "/v1/me/password",
    "/account/password",
    "/v1/me/sessions/{id}",
];

/// Calls that make a key pair, from the randomness of the machine: what two worlds show of it
/// differs whatever they hide. They are made only where they do not get that far.
const MAKE_KEYS: [&str; 4] = [
    "/v1/domains/{domain}/dkim",
    "/v1/domains/{domain}/dkim/rotate",
    "/domains/{id}/dkim",
    "/domains/{id}/dkim/rotate",
];

/// Who might be invited, and is in every sample.
const NEW: &str = "new@people.example";

macro_rules! worlds {
    ($($name:ident: $seed:literal;)+) => {$(
        #[tokio::test]
        async fn $name() {
            compare($seed).await;
        }
    )+};
}
worlds! {
    what_is_hidden_changes_no_octet_1: 1;
    what_is_hidden_changes_no_octet_2: 2;
    what_is_hidden_changes_no_octet_3: 3;
    what_is_hidden_changes_no_octet_4: 4;
    what_is_hidden_changes_no_octet_5: 5;
    what_is_hidden_changes_no_octet_6: 6;
    what_is_hidden_changes_no_octet_7: 7;
    what_is_hidden_changes_no_octet_8: 8;
    what_is_hidden_changes_no_octet_9: 9;
    what_is_hidden_changes_no_octet_10: 10;
}

async fn compare(own: u64) {
    let base = from_environment(SEED).unwrap_or(0).wrapping_mul(1_000_000);
    let mut asked = 0;
    for round in 0..from_environment(ROUNDS).unwrap_or(1) {
        let seed = base.wrapping_add(round * 100).wrapping_add(own);
        asked += Worlds::new(seed).await.compare().await;
    }
    eprintln!("{asked} requests were answered alike");
}

/// Two instances that differ in what is hidden.
struct Worlds {
    seed: u64,
    dice: Dice,
    plain: TestApp,
    richer: TestApp,
    /// Something of every kind that only the richer world has.
    only_there: Objects,
    asked: usize,
}

impl Worlds {
    async fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let plain = TestApp::builder().with_peers().seed(seed).build().await;
        let richer = plain.fork();
        // What is hidden has ids of its own.
        richer.reseed(seed ^ 0x5eed_0000_0000_0000);
        let only_there = hide(&richer, &mut dice).await;
        Self {
            seed,
            dice,
            plain,
            richer,
            only_there,
            asked: 0,
        }
    }

    /// Asks everything, and says how much that was.
    async fn compare(mut self) -> usize {
        let first = self.dice.below(ASKING.len());
        for n in 0..ASK_AT_ONCE {
            let actor = ASKING[(first + n * 3) % ASKING.len()];
            // Whatever this one does, the next finds the worlds as they were.
            let mut pair = Self {
                seed: self.seed,
                dice: self.dice.clone(),
                plain: self.plain.fork(),
                richer: self.richer.fork(),
                only_there: self.only_there.clone(),
                asked: 0,
            };
            let own = self.seed.wrapping_add(u64::try_from(n).unwrap());
            pair.plain.reseed(own);
            pair.richer.reseed(own);
            pair.look_around(actor).await;
            pair.change(actor).await;
            pair.look_around(actor).await;
            pair.search(actor).await;
            self.asked += pair.asked;
        }
        self.asked
    }

    /// Every route that only reads.
    async fn look_around(&mut self, actor: &str) {
        for sample in all() {
            if sample.method != Method::GET {
                continue;
            }
            for target in targets(&sample) {
                self.ask(actor, &sample, &self.named(actor, target), "")
                    .await;
            }
        }
    }

    /// Lists, with some of their parameters; pages by their cursors, as far as they go.
    async fn search(&mut self, actor: &str) {
        for sample in all() {
            if sample.method != Method::GET || sample.kind() != Kind::Nothing {
                continue;
            }
            let here = self.named(actor, Some(Target::Shared));
            let queries = queries::of(&sample, &self.plain, &self.only_there);
            for _ in 0..QUERIES {
                let query = self.dice.one_of(&queries).unwrap();
                self.ask(actor, &sample, &here, &query).await;
            }
            self.turn_pages(actor, &sample).await;
        }
    }

    async fn turn_pages(&mut self, actor: &str, sample: &Sample) {
        let here = self.named(actor, Some(Target::Shared));
        let mut query = "?limit=1".to_owned();
        for _ in 0..3 {
            let answer = self.ask(actor, sample, &here, &query).await;
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let Some(cursor) = body["next_cursor"].as_str() else {
                return;
            };
            query = format!("?limit=1&cursor={cursor}");
        }
    }

    /// Every call that changes something, in any order.
    async fn change(&mut self, actor: &str) {
        let mut calls: Vec<(Sample, Option<Target>)> = Vec::new();
        for sample in all()
            .into_iter()
            .filter(|sample| sample.method != Method::GET)
        {
            let some = targets(&sample);
            let mut target = self.dice.one_of(&some).unwrap();
            if MAKE_KEYS.contains(&sample.path) && target == Some(Target::Shared) {
                target = Some(Target::Absent);
            }
            calls.push((sample, target));
        }
        for at in (1..calls.len()).rev() {
            let other = self.dice.below(at + 1);
            calls.swap(at, other);
        }
        calls.sort_by_key(|(sample, _)| LAST.contains(&sample.path));
        for (sample, target) in calls {
            let named = self.named(actor, target);
            self.ask(actor, &sample, &named, "").await;
        }
    }

    /// The objects of a target; those that only one world has, for none.
    fn named(&self, actor: &str, target: Option<Target>) -> Named {
        let there = named(&self.plain, actor, target.unwrap_or(Target::Absent));
        match target {
            Some(_) => there,
            None => Named {
                objects: self.only_there.clone(),
                ..there
            },
        }
    }

    /// Asks both worlds the same, and compares the answers to the octet.
    async fn ask(&mut self, actor: &str, sample: &Sample, named: &Named, query: &str) -> Answer {
        self.asked += 1;
        let plain = request(sample, &self.plain, actor, named, query)
            .send()
            .await;
        let richer = request(sample, &self.richer, actor, named, query)
            .send()
            .await;
        if plain != richer {
            let (method, path) = (&sample.method, sample.path_for(named));
            panic!(
                "seed {}: {actor} {method} {path}{query}\n{}\n--- and with more that is hidden:\n{}",
                self.seed,
                shown(&plain),
                shown(&richer)
            );
        }
        plain
    }
}

fn request(sample: &Sample, app: &TestApp, actor: &str, named: &Named, query: &str) -> Request {
    if query.is_empty() {
        return sample.request_naming(app, actor, named);
    }
    let path = format!("{}{query}", sample.path_for(named));
    app.as_(actor).request(sample.method.clone(), &path)
}

/// What a request may name: an object of each kind, and (`None`) one that only one world has.
fn targets(sample: &Sample) -> Vec<Option<Target>> {
    let known = sample.kind().targets().iter().copied().map(Some);
    match sample.kind() {
        Kind::Nothing => known.collect(),
        _ => known.chain([None]).collect(),
    }
}

fn shown(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    format!("{} {:?}\n{body}", answer.status, answer.headers)
}
