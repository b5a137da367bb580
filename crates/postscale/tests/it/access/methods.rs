//! Goal: which methods a path takes never depends on whether its object exists or who asks.
//! Method: every template × every method it does not take, with ids of every kind.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use postscale_testkit::{Answer, TestApp};

use super::{
    matrix::{Kind, Target},
    samples::{self, Sample, Side, named},
};

/// Ids that are there and ids that are not.
const KINDS_OF_ID: &[Target] = Kind::OfDomain.targets();

const METHODS: [Method; 6] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::TRACE,
];

#[tokio::test]
async fn a_method_a_path_does_not_take_is_refused_alike_for_every_id() {
    let app = TestApp::builder().with_peers().build().await;
    let samples = samples::all();
    let mut taken: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for route in samples.iter().map(Sample::route) {
        taken
            .entry(route.path)
            .or_default()
            .insert(route.method.as_str());
    }
    for (path, taken) in &taken {
        let sample = samples.iter().find(|sample| sample.path == *path).unwrap();
        for method in METHODS
            .iter()
            .filter(|method| !taken.contains(method.as_str()))
        {
            let mut answers: Vec<Answer> = Vec::new();
            for actor in ["anonymous", "owner", "member_hidden", "key_rw"] {
                for target in KINDS_OF_ID.iter().copied() {
                    let at = sample.path_for(&named(&app, actor, target));
                    let answer = app.as_(actor).request(method.clone(), &at).send().await;
                    answers.push(answer.comparable());
                }
            }
            let first = &answers[0];
            assert_eq!(first.status, 405, "{method} {path}");
            if sample.side() == Side::Api {
                assert_eq!(first.code(), "method_not_allowed", "{method} {path}");
            }
            let allowed = first.headers["allow"].to_str().unwrap();
            for method in taken {
                assert!(allowed.contains(method), "{path}: {allowed}");
            }
            assert!(
                answers.iter().all(|answer| answer == first),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn options_lists_the_methods_of_a_path_for_any_id() {
    let app = TestApp::builder().with_peers().build().await;
    for sample in samples::all() {
        let mut answers: Vec<Answer> = Vec::new();
        for actor in ["anonymous", "owner", "member_hidden"] {
            for target in KINDS_OF_ID.iter().copied() {
                let at = sample.path_for(&named(&app, actor, target));
                let answer = app.as_(actor).request(Method::OPTIONS, &at).send().await;
                answers.push(answer.comparable());
            }
        }
        let first = &answers[0];
        assert_eq!(first.status, 204, "{}", sample.path);
        let allowed = first.headers["allow"].to_str().unwrap();
        assert!(allowed.contains(sample.method.as_str()), "{allowed}");
        assert!(
            answers.iter().all(|answer| answer == first),
            "{}",
            sample.path
        );
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = TestApp::builder().with_peers().build().await;
    for sample in samples::all()
        .iter()
        .filter(|sample| sample.method == Method::GET)
    {
        for actor in ["anonymous", "owner", "member_hidden"] {
            for target in KINDS_OF_ID.iter().copied() {
                let at = sample.path_for(&named(&app, actor, target));
                let get = app.as_(actor).get(&at).await;
                let head = app.as_(actor).request(Method::HEAD, &at).send().await;
                assert!(head.body.is_empty(), "{at}");
                assert_eq!(head.status, get.status, "{actor} {at}");
                let headers = |answer: &Answer| {
                    let mut headers = answer.comparable().headers;
                    headers.remove("content-length");
                    headers
                };
                assert_eq!(headers(&head), headers(&get), "{actor} {at}");
            }
        }
    }
}
