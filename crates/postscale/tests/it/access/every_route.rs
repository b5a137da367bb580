//! Goal: no route answers anybody otherwise than the access table says, and what is hidden cannot
//! be told from what does not exist, by status, body or header, on any route.
//! Method: every route × every actor × an object of every kind. The statuses are compared with
//! `access-matrix.csv` and with what the API reference promises; hidden answers are compared octet
//! by octet; a call that is refused, or that only reads, must leave every row of every table as it
//! was. SQLite runs it whole. PostgreSQL, where each look at all tables is a round trip, leaves out
//! what cannot differ between the engines: ids that never reach the database, and pages, which run
//! the same statements as the API.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use postscale_testkit::{ACTORS, Answer, Checkpoint, TestApp, database::TestDatabase};

use super::{
    expected,
    matrix::{Kind, Matrix, Target},
    samples::{Sample, Side},
};

/// Tests the routes of one side are dealt out to.
const PARTS: usize = 10;

#[test]
fn every_route_has_a_sample_and_every_sample_a_route() {
    for side in [Side::Api, Side::Pages] {
        let routes: BTreeSet<_> = side
            .routes()
            .iter()
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        let sampled: BTreeSet<_> = side
            .samples()
            .iter()
            .map(|sample| format!("{} {}", sample.method, sample.path))
            .collect();
        let file = side.file();
        let missing: Vec<_> = routes.difference(&sampled).collect();
        assert!(
            missing.is_empty(),
            "add one line to {file} for each of: {missing:#?}"
        );
        let left_over: Vec<_> = sampled.difference(&routes).collect();
        assert!(
            left_over.is_empty(),
            "take out of {file}, because there is no such route: {left_over:#?}"
        );
    }
}

macro_rules! sweeps {
    ($($name:ident: $side:ident $part:literal;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let app = TestApp::builder().with_peers().build().await;
            sweep(app, part_of(Side::$side, $part), |_| true).await;
        }
    )+};
}
sweeps! {
    api_routes_answer_as_the_table_says_1: Api 0;
    api_routes_answer_as_the_table_says_2: Api 1;
    api_routes_answer_as_the_table_says_3: Api 2;
    api_routes_answer_as_the_table_says_4: Api 3;
    api_routes_answer_as_the_table_says_5: Api 4;
    api_routes_answer_as_the_table_says_6: Api 5;
    api_routes_answer_as_the_table_says_7: Api 6;
    api_routes_answer_as_the_table_says_8: Api 7;
    api_routes_answer_as_the_table_says_9: Api 8;
    api_routes_answer_as_the_table_says_10: Api 9;
    pages_answer_as_the_table_says_1: Pages 0;
    pages_answer_as_the_table_says_2: Pages 1;
    pages_answer_as_the_table_says_3: Pages 2;
    pages_answer_as_the_table_says_4: Pages 3;
    pages_answer_as_the_table_says_5: Pages 4;
    pages_answer_as_the_table_says_6: Pages 5;
    pages_answer_as_the_table_says_7: Pages 6;
    pages_answer_as_the_table_says_8: Pages 7;
    pages_answer_as_the_table_says_9: Pages 8;
    pages_answer_as_the_table_says_10: Pages 9;
}

macro_rules! sweeps_on_postgres {
    ($($name:ident: $part:literal;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let test = async |database: &TestDatabase| {
                let app = TestApp::builder().with_peers().database(database).build().await;
                let reaches_it = |target| !matches!(target, Target::Malformed);
                sweep(app, part_of(Side::Api, $part), reaches_it).await;
            };
            TestDatabase::postgres().await.run(test).await;
        }
    )+};
}
sweeps_on_postgres! {
    on_postgres_api_routes_answer_as_the_table_says_1: 0;
    on_postgres_api_routes_answer_as_the_table_says_2: 1;
    on_postgres_api_routes_answer_as_the_table_says_3: 2;
    on_postgres_api_routes_answer_as_the_table_says_4: 3;
    on_postgres_api_routes_answer_as_the_table_says_5: 4;
    on_postgres_api_routes_answer_as_the_table_says_6: 5;
    on_postgres_api_routes_answer_as_the_table_says_7: 6;
    on_postgres_api_routes_answer_as_the_table_says_8: 7;
    on_postgres_api_routes_answer_as_the_table_says_9: 8;
    on_postgres_api_routes_answer_as_the_table_says_10: 9;
}

fn part_of(side: Side, part: usize) -> Vec<Sample> {
    let samples = side.samples().into_iter().enumerate();
    let mine = samples.filter(|(index, _)| index % PARTS == part);
    mine.map(|(_, sample)| sample).collect()
}

/// Asks everything of these routes.
async fn sweep(app: TestApp, samples: Vec<Sample>, is_asked: impl Fn(Target) -> bool) {
    let matrix = Matrix::read();
    let mut sweep = Sweep {
        seeded: app.checkpoint().await,
        app,
        wrong: Vec::new(),
    };
    for sample in samples {
        let kind = sample.kind();
        for actor in ACTORS {
            let mut answers = Vec::new();
            for target in kind.targets().iter().copied().filter(|it| is_asked(*it)) {
                let answer = sweep.ask(&sample, actor, target).await;
                let want = expected::of(&matrix, &sample, actor, target);
                if let Some(what) =
                    expected::wrong(&sample, actor, target, want, &answer, &sweep.app)
                {
                    sweep.wrong(&sample, actor, target, &what);
                }
                answers.push((target, answer.comparable()));
            }
            let hidden = |target| {
                kind == Kind::OfDomain
                    && matrix.says(&["domain.read"], kind, actor, target) == "404"
            };
            sweep.compare_hidden(&sample, actor, &answers, hidden);
        }
    }
    let wrong = sweep.wrong;
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

struct Sweep {
    app: TestApp,
    seeded: Checkpoint,
    wrong: Vec<String>,
}

impl Sweep {
    /// Asks, and sees to it that only what was allowed to change something did.
    async fn ask(&mut self, sample: &Sample, actor: &str, target: Target) -> Answer {
        let before = self.app.digest().await;
        let answer = sample.request(&self.app, actor, target).send().await;
        let may_change = sample.method != Method::GET
            && (answer.status.is_success() || answer.status == StatusCode::SEE_OTHER);
        // Tries with a link are counted, and the count is not in the database.
        let is_try = sample.kind() == Kind::ForEverybody && sample.method != Method::GET;
        if may_change || is_try {
            if !may_change && !is_same(sample, &answer, &before, self.app.digest().await) {
                let what = format!("{} changed rows", answer.status);
                self.wrong(sample, actor, target, &what);
            }
            self.app.rewind(&self.seeded).await;
        } else if !is_same(sample, &answer, &before, self.app.digest().await) {
            self.wrong(
                sample,
                actor,
                target,
                &format!("{} changed rows", answer.status),
            );
            self.app.rewind(&self.seeded).await;
        }
        answer
    }

    fn wrong(&mut self, sample: &Sample, actor: &str, target: Target, what: &str) {
        let (method, path) = (&sample.method, sample.path);
        self.wrong
            .push(format!("{method} {path} {actor} {target:?}: {what}"));
    }

    /// Whatever is refused like the absent, and whatever is asked of a hidden domain, must be
    /// answered exactly like the absent.
    fn compare_hidden(
        &mut self,
        sample: &Sample,
        actor: &str,
        answers: &[(Target, Answer)],
        is_hidden: impl Fn(Target) -> bool,
    ) {
        let absent = answers.iter().find(|(target, _)| *target == Target::Absent);
        let Some((_, absent)) = absent else { return };
        for (target, answer) in answers {
            // Of domains some are seen and refused, which is said in words of its own.
            let refused_alike = sample.kind() != Kind::OfDomain
                && answer.status == absent.status
                && answer.status.is_client_error();
            let must_be_alike =
                refused_alike || answer.status == StatusCode::NOT_FOUND || is_hidden(*target);
            // Without a session every page is one way to sign in and back to that very page.
            let leads_back = expected::leads_to_sign_in(answer);
            if must_be_alike && !leads_back && answer != absent {
                let what = format!("differs from the absent: {} {}", told(answer), told(absent));
                self.wrong(sample, actor, *target, &what);
            }
        }
    }
}

/// Whether a call that changes nothing left every row as it was, but for the log: that a link was
/// held by the wrong person is in it, and who reads what a message says.
fn is_same(
    sample: &Sample,
    answer: &Answer,
    before: &BTreeMap<String, String>,
    mut after: BTreeMap<String, String>,
) -> bool {
    let was_read = answer.status.is_success() && sample.method == Method::GET;
    if was_read || sample.actions() == ["invitation.accept"] {
        for log in ["audit_entries", "audit_heads"] {
            after.insert(log.to_owned(), before[log].clone());
        }
    }
    *before == after
}

/// An answer as the failure of a test shows it.
fn told(answer: &Answer) -> String {
    let Answer {
        status,
        headers,
        body,
    } = answer;
    let body = String::from_utf8_lossy(body);
    format!("{status} {headers:?} {}", expected::beginning(&body))
}
