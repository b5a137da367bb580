//! Goal: every cell of `access-matrix.csv` is what the product answers, over `/v1` and again over
//! the pages of the dashboard.
//! Method: row by row and column by column, with the samples that say which rows they prove. An
//! action without a route cannot be asked for: it is listed in `exemptions`, and has to leave the list
//! as soon as a route of that side declares it.

use std::collections::BTreeSet;

use http::Method;
use postscale_testkit::{ACTORS, Answer, TestApp};

use super::{
    exemptions::{FILE, without_route},
    expected,
    matrix::{Kind, Matrix, Row, Target},
    samples::{Sample, Side},
};

/// Tests the rows of one side are dealt out to.
const PARTS: usize = 4;

/// Rows whose cells say whether a field of an answer is filled, not whether there is an answer:
/// the action, the route whose answer has the field, and a text that only the content has.
const CONTENT: [(Side, &str, &str, &str); 2] = [
    (
        Side::Api,
        "message.content.read",
        "/v1/emails/{id}",
        "Hello Carol.",
    ),
    (
        Side::Api,
        "inbound.content.read",
        "/v1/inbound-emails/{id}",
        "We offer.",
    ),
];

/// The rows of the table a side has to answer, each with the samples that ask for it.
fn rows<'t>(
    matrix: &'t Matrix,
    side: Side,
    samples: &'t [Sample],
) -> Vec<(&'t Row, Vec<&'t Sample>)> {
    let rows = matrix.rows.iter();
    let rows = rows.filter(|row| !without_route(side).contains(&row.action.as_str()));
    rows.map(|row| {
        let proofs = samples.iter();
        let proofs = proofs.filter(|sample| sample.proves().contains(&row.action.as_str()));
        (row, proofs.collect())
    })
    .collect()
}

#[test]
fn a29_every_action_has_a_proof_on_each_side_or_no_route_there() {
    let matrix = Matrix::read();
    for side in [Side::Api, Side::Pages] {
        let declared: BTreeSet<&str> = side
            .routes()
            .iter()
            .flat_map(|route| route.actions.iter())
            .map(|action| action.name())
            .collect();
        let without: BTreeSet<&str> = without_route(side).iter().copied().collect();
        let gained: Vec<_> = without.intersection(&declared).collect();
        assert!(
            gained.is_empty(),
            "a route of {side:?} declares these now: take them out of the list in {} and let a \
             sample of {} prove them: {gained:?}",
            FILE,
            side.file()
        );
        let samples = side.samples();
        let unproven: BTreeSet<&str> = rows(&matrix, side, &samples)
            .into_iter()
            .filter(|(_, proofs)| proofs.is_empty())
            .map(|(row, _)| row.action.as_str())
            .filter(|action| {
                !CONTENT
                    .iter()
                    .any(|(on, name, ..)| *on == side && name == action)
            })
            .collect();
        assert!(
            unproven.is_empty(),
            "no sample in {} proves these: {unproven:#?}",
            side.file()
        );
    }
}

macro_rules! cells {
    ($($name:ident: $side:ident $part:literal;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            every_cell(Side::$side, $part).await;
        }
    )+};
}
cells! {
    every_cell_of_the_table_is_what_the_api_answers_1: Api 0;
    every_cell_of_the_table_is_what_the_api_answers_2: Api 1;
    every_cell_of_the_table_is_what_the_api_answers_3: Api 2;
    every_cell_of_the_table_is_what_the_api_answers_4: Api 3;
    every_cell_of_the_table_is_what_the_pages_answer_1: Pages 0;
    every_cell_of_the_table_is_what_the_pages_answer_2: Pages 1;
    every_cell_of_the_table_is_what_the_pages_answer_3: Pages 2;
    every_cell_of_the_table_is_what_the_pages_answer_4: Pages 3;
}

/// Every cell of each `PARTS`th row, beginning with that one.
async fn every_cell(side: Side, part: usize) {
    let mut app = TestApp::builder().with_peers().build().await;
    let seeded = app.checkpoint().await;
    let matrix = Matrix::read();
    let samples = side.samples();
    let mut wrong = Vec::new();
    for (row, proofs) in rows(&matrix, side, &samples)
        .into_iter()
        .skip(part)
        .step_by(PARTS)
    {
        let target = target_of(row);
        for sample in proofs {
            for actor in ACTORS {
                // To each owner the table speaks of what the own organization has.
                let is_theirs = sample.kind() == Kind::OfOrganization && actor == "other_org_owner";
                let target = if is_theirs { Target::Foreign } else { target };
                let cell = matrix.cell(row, actor);
                let want = expected::on_side(sample, actor, target, cell);
                let answer = sample.request(&app, actor, target).send().await;
                if let Some(what) = expected::wrong(sample, actor, target, want, &answer, &app) {
                    let Row {
                        action, variant, ..
                    } = row;
                    let (method, path) = (&sample.method, sample.path);
                    wrong.push(format!(
                        "{action} {variant} {method} {path} {actor}: {what}"
                    ));
                }
                let is_try = sample.kind() == Kind::ForEverybody;
                let is_refused = answer.status.is_client_error() && !is_try;
                if sample.method != Method::GET && !is_refused {
                    app.rewind(&seeded).await;
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The object a row speaks of.
fn target_of(row: &Row) -> Target {
    match row.variant.as_str() {
        "" | "target=key of member_rw" => Target::Shared,
        "target=owner" => Target::Owner,
        "target=admin" => Target::Admin,
        "target=member" => Target::Member,
        "target=other-org" => Target::Foreign,
        unknown => panic!("unknown variant {unknown}"),
    }
}

#[tokio::test]
async fn what_a_message_says_is_answered_to_whom_the_table_names() {
    let app = TestApp::builder().with_peers().build().await;
    let matrix = Matrix::read();
    for (side, action, path, secret) in CONTENT {
        let samples = side.samples();
        let sample = samples
            .iter()
            .find(|sample| sample.path == path && sample.method == Method::GET);
        let row = matrix.rows.iter().find(|row| row.action == action).unwrap();
        for actor in ACTORS {
            let answer: Answer = sample
                .unwrap()
                .request(&app, actor, Target::Shared)
                .send()
                .await;
            let text = String::from_utf8_lossy(&answer.body);
            let is_allowed = matrix.cell(row, actor) == "A";
            assert_eq!(
                text.contains(secret),
                is_allowed,
                "{action} {actor}: {text}"
            );
        }
    }
}
