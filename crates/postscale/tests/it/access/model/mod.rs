//! Goal: whatever happens in whatever order, every answer is the one the access rules give.
//! Method: a small model of the rules, written apart from the product, plays the same random
//! operations as two organizations in process: real requests of people and keys, good and bad ones.
//! Status and code of every answer, whole listings and the rows behind the invariants are compared; a
//! refused call must leave every row as it was. Each seed is a run of its own and makes the same
//! operations again.
//!
//! `cargo xtask soak access` plays a million.

mod choice;
mod domains;
mod invariants;
mod invitations;
mod keys;
mod links;
mod listings;
mod mail;
mod rules;
mod run;
mod sessions;
mod standing;
mod state;
mod team;
mod webhooks;

use std::{collections::BTreeMap, time::Instant};

use postscale_store::params;
use postscale_testkit::{SEED, TestApp, database::TestDatabase};

use super::dice::from_environment;

use self::{
    run::{Run, Unchanged, begin},
    state::Model,
};

/// How many operations each SQLite run plays, instead of the usual number.
const OPERATIONS: &str = "POSTSCALE_OPERATIONS";
/// Operations of a run on SQLite.
const ON_SQLITE: usize = 6_500;
/// Operations of a run on PostgreSQL.
const ON_POSTGRES: usize = 2_500;
/// A world grows, and everything is listed again and again: after so many operations another one
/// begins.
const OF_ONE_WORLD: usize = 1_000;
/// Everybody who ever gets a login; the first two found organizations.
const PEOPLE: usize = 9;
/// One refusal in so many is looked at on PostgreSQL, where looking takes all tables.
const LOOKED_AT: usize = 10;

/// Kinds of request and answer a usual run shows at least.
const KINDS_MIN: usize = 180;

macro_rules! runs {
    ($($name:ident: $seed:literal;)+) => {$(
        #[tokio::test]
        async fn $name() {
            on_sqlite($seed).await;
        }
    )+};
}
runs! {
    random_operations_answer_as_the_model_says_1: 1;
    random_operations_answer_as_the_model_says_2: 2;
    random_operations_answer_as_the_model_says_3: 3;
    random_operations_answer_as_the_model_says_4: 4;
    random_operations_answer_as_the_model_says_5: 5;
    random_operations_answer_as_the_model_says_6: 6;
    random_operations_answer_as_the_model_says_7: 7;
    random_operations_answer_as_the_model_says_8: 8;
}

#[tokio::test]
async fn on_postgres_random_operations_answer_as_the_model_says() {
    let test = async |database: &TestDatabase| {
        let seed = seed(9);
        let app = TestApp::builder()
            .seed(seed)
            .database(database)
            .build()
            .await;
        let mut run = founded(app, seed, Unchanged::Digests(LOOKED_AT)).await;
        run.play(ON_POSTGRES).await;
    };
    TestDatabase::postgres().await.run(test).await;
}

/// The seed of one of several runs.
fn seed(own: u64) -> u64 {
    from_environment(SEED)
        .unwrap_or(0)
        .wrapping_mul(1_000)
        .wrapping_add(own)
}

async fn on_sqlite(own: u64) {
    let (seed, began) = (seed(own), Instant::now());
    let operations = from_environment(OPERATIONS).map_or(ON_SQLITE, |n| n.try_into().unwrap());
    let app = TestApp::builder().seed(seed).build().await;
    let commits = Unchanged::Commits(Box::new(app.commits()));
    let start = founded(app, seed, commits).await;
    let (mut played, mut refused) = (0, 0);
    let mut tally = BTreeMap::new();
    while played < operations {
        let app = start.app.fork();
        let commits = Unchanged::Commits(Box::new(app.commits()));
        let of_world = seed
            .wrapping_mul(1_000_003)
            .wrapping_add(u64::try_from(played).unwrap());
        let mut run = Run::new(app, start.model.clone(), of_world, commits);
        run.play(OF_ONE_WORLD.min(operations - played)).await;
        for (kind, count) in run.tally {
            *tally.entry(kind).or_insert(0) += count;
        }
        (played, refused) = (played + run.count, refused + run.refused);
    }
    for ((kind, status), count) in &tally {
        eprintln!("{count:>7} {status} {kind}");
    }
    // A run in which hardly anything happens would agree with everything.
    assert!(
        operations < ON_SQLITE || tally.len() > KINDS_MIN,
        "{}",
        tally.len()
    );
    eprintln!(
        "seed {seed}: {played} operations, {refused} refused, {:?}",
        began.elapsed()
    );
}

/// Two organizations with an owner each and nothing else.
async fn founded(app: TestApp, seed: u64, unchanged: Unchanged) -> Run {
    let people = (0..PEOPLE).map(|n| format!("p{n}@people.test.example"));
    let model = Model {
        now: begin(),
        people: people.collect(),
        ..Model::default()
    };
    let mut run = Run::new(app, model, seed, unchanged);
    for founder in [0, 1] {
        run.pass(10);
        run.found(founder).await;
    }
    run
}

impl Run {
    /// Plays so many operations.
    async fn play(&mut self, operations: usize) {
        let end = self.count + operations;
        while self.count < end {
            self.count += 1;
            let pause = self.dice.seconds(6, 20);
            self.pass(pause);
            self.operate().await;
            if self.count.is_multiple_of(25) {
                self.compare_listings().await;
                self.check_invariants().await;
            }
        }
    }

    /// One operation.
    async fn operate(&mut self) {
        match self.dice.below(1_000) {
            0..60 => self.create_domain().await,
            60..120 => self.read_domain().await,
            120..155 => self.update_domain().await,
            155..175 => self.delete_domain().await,
            175..195 => self.create_dkim_key().await,
            195..250 => self.create_alias().await,
            250..310 => self.use_alias().await,
            310..360 => self.send().await,
            360..410 => self.read_email().await,
            410..430 => self.receive().await,
            430..460 => self.use_inbound().await,
            460..470 => self.read_attachment().await,
            470..530 => self.create_key().await,
            530..550 => self.read_key().await,
            550..570 => self.rotate_key().await,
            570..590 => self.narrow_key().await,
            590..600 => self.revoke_key().await,
            600..605 => self.revoke_own_key().await,
            605..640 => self.create_webhook().await,
            640..675 => self.use_webhook().await,
            675..705 => self.read_user().await,
            705..750 => self.replace_access().await,
            750..790 => self.set_role().await,
            790..815 => self.off_board().await,
            815..825 => self.transfer().await,
            825..830 => self.leave().await,
            830..840 => self.read_audit().await,
            840..880 => self.invite().await,
            880..890 => self.manage_invitation().await,
            890..900 => self.read_link().await,
            900..915 => self.accept().await,
            915..930 => self.verify_invitation().await,
            930..942 => self.sign_in().await,
            942..948 => self.reauthenticate().await,
            948..952 => self.sign_out().await,
            952..957 => self.end_session().await,
            957..967 => self.switch().await,
            967..980 => self.write_uses().await,
            980..985 => self.wait().await,
            _ => self.make_ready().await,
        }
    }

    /// Time passes in which things end.
    async fn wait(&mut self) {
        if self.dice.is(80) {
            self.write_uses().await;
        }
        let pause = match self.dice.below(10) {
            0 => self.dice.seconds(0, 8 * 24 * 3600),
            1..4 => self.dice.seconds(0, 13 * 3600),
            _ => self.dice.seconds(0, 2 * 3600),
        };
        self.pass(pause);
    }

    /// The records of a domain are found in the DNS.
    async fn make_ready(&mut self) {
        let domains = self.model.domains.iter().enumerate();
        let is_owned = |name: &str| {
            let mut domains = self.model.domains.iter();
            domains.any(|it| it.is_there && it.is_ready && it.name == name)
        };
        let waiting: Vec<usize> = domains
            .filter(|(_, it)| it.is_there && !it.is_ready && !is_owned(&it.name))
            .map(|(at, _)| at)
            .collect();
        let Some(at) = self.dice.one_of(&waiting) else {
            return;
        };
        let domain = &mut self.model.domains[at];
        domain.is_ready = true;
        let (id, micros) = (domain.id.clone(), self.model.now * 1_000_000);
        self.note(format!("{id} is ready"));
        let mut tx = self.app.app.store.write().await.unwrap();
        for sql in [
            "UPDATE domains SET verified = TRUE, ownership_verified = TRUE, mx_verified = TRUE, \
             spf_verified = TRUE, dkim_verified = TRUE, verified_at = $2 WHERE id = $1",
            "INSERT INTO dkim_keys (id, domain_id, selector, algorithm, status, public_key, private_key, \
             verified_at, created_at, updated_at) \
             SELECT $1, $1, 'ready', 'ed25519', 'active', 'x', link.token_hash, $2, $2, $2 \
             FROM (SELECT token_hash FROM sessions LIMIT 1) link",
        ] {
            tx.execute(sql, &params![&id, micros]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}
