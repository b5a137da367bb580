//! What is hidden cannot be told from what is not there.

use http::Method;
use postscale_testkit::{Answer, Objects, TestApp};
use serde_json::{Value, json};

use crate::access::{
    matrix::{Kind, Target},
    samples::{self, Side, named},
};

/// What may be asked of any path, known or not.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
];

/// Ids nothing has.
fn absent() -> Objects {
    let id = "5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa".to_owned();
    Objects {
        domain: id.clone(),
        alias: id.clone(),
        webhook: id.clone(),
        api_key: id.clone(),
        ..Objects::default()
    }
}

/// Requests that name something in their body, by the objects they name.
fn naming(mine: &Objects, it: &Objects) -> Vec<(Method, String, Value)> {
    let post = |path: &str, body: Value| (Method::POST, path.to_owned(), body);
    let alias = format!("/v1/aliases/{}", mine.alias);
    let by_webhook = json!({"action": "webhook", "webhook_id": it.webhook});
    let hook = |domains: Value| json!({"url": "https://hooks.example/2", "events": ["email.sent"], "domain_ids": domains});
    vec![
        post(
            "/v1/aliases",
            json!({"domain_id": it.domain, "address": "sales", "action": "store"}),
        ),
        post(
            "/v1/aliases",
            json!({"domain_id": mine.domain, "address": "sales", "action": "webhook", "webhook_id": it.webhook}),
        ),
        (Method::PATCH, alias, by_webhook),
        post("/v1/webhooks", hook(json!([it.domain]))),
        post("/v1/webhooks", hook(json!([mine.domain, it.domain]))),
        post(
            "/v1/api-keys",
            json!({"name": "CI", "domain_ids": [it.domain]}),
        ),
        post(
            "/v1/api-keys",
            json!({"name": "CI", "domain_ids": [mine.domain, it.domain]}),
        ),
    ]
}

#[tokio::test]
async fn a01_an_id_in_a_body_reaches_no_further_than_one_in_a_path() {
    let app = TestApp::new().await;
    let world = app.world();
    let mine = &world.shared;
    let before = app.dump();
    for (actor, others) in [
        ("member_rw", vec![&world.closed, &world.foreign]),
        ("key_rw", vec![&world.closed, &world.foreign]),
        ("owner", vec![&world.foreign]),
    ] {
        let never = naming(mine, &absent());
        for other in others {
            for ((method, path, body), (_, _, unknown)) in
                naming(mine, other).into_iter().zip(&never)
            {
                let client = app.as_(actor);
                let answer = client
                    .request(method.clone(), &path)
                    .json(&body)
                    .send()
                    .await;
                let want = client.request(method, &path).json(unknown).send().await;
                assert!(answer.status.is_client_error(), "{actor} {path} {body}");
                assert_eq!(
                    answer.comparable(),
                    want.comparable(),
                    "{actor} {path} {body}"
                );
            }
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a01_an_id_in_a_query_reaches_no_further_than_one_in_a_path() {
    let app = TestApp::new().await;
    let world = app.world();
    for actor in ["member_rw", "key_rw", "member_hidden"] {
        for path in ["/v1/emails", "/v1/aliases", "/v1/inbound-emails"] {
            let ask = async |id: &str| {
                let path = format!("{path}?domain_id={id}");
                app.as_(actor).get(&path).await.comparable()
            };
            let never = ask(&absent().domain).await;
            assert_eq!(never.with(200)["total"], 0, "{actor} {path}");
            for id in [
                &world.closed.domain,
                &world.closed.name,
                &world.foreign.domain,
                "no-id",
                "%00",
            ] {
                assert_eq!(ask(id).await, never, "{actor} {path} {id}");
            }
        }
    }
}

#[tokio::test]
async fn a03_no_method_tells_a_hidden_thing_from_one_that_never_was() {
    let app = TestApp::builder().with_peers().build().await;
    let mut paths: Vec<&str> = Vec::new();
    let mut compared = 0;
    for sample in samples::all() {
        if sample.kind() != Kind::OfDomain
            || !sample.path.contains('{')
            || paths.contains(&sample.path)
        {
            continue;
        }
        paths.push(sample.path);
        for (actor, hidden) in [
            (
                "member_hidden",
                [Target::Shared, Target::Closed, Target::Foreign],
            ),
            ("key_rw", [Target::Closed, Target::Closed, Target::Foreign]),
            (
                "other_org_owner",
                [Target::Shared, Target::Closed, Target::Malformed],
            ),
        ] {
            // A page asked for by a key is a way to sign in that leads back to its own path.
            if actor == "key_rw" && sample.side() == Side::Pages {
                continue;
            }
            for method in METHODS {
                let ask = async |target: Target| -> Answer {
                    let path = sample.path_for(&named(&app, actor, target));
                    let method = Method::from_bytes(method.as_bytes()).unwrap();
                    let request = app.as_(actor).request(method, &path);
                    let junk = request.body("application/json", r#"{"surprise":1}"#);
                    junk.send().await.comparable()
                };
                let never = ask(Target::Absent).await;
                for target in hidden {
                    let at = format!("{actor} {method} {} {target:?}", sample.path);
                    assert_eq!(ask(target).await, never, "{at}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
}

#[tokio::test]
async fn a28_a_right_on_a_domain_is_none_on_its_sub_domains_and_parents() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let from = |name: &str| json!({"from": format!("ann@{name}"), "to": ["carol@far.example"], "subject": "x", "text_body": "x"});
    let family = [
        "mail.shared.example",
        "a.mail.shared.example",
        "xshared.example",
        "shared.example.shared.example",
    ];
    for name in family {
        owner
            .post("/v1/domains", json!({"domain": name}))
            .await
            .with(201);
    }
    for actor in ["member_rw", "key_rw"] {
        let client = app.as_(actor);
        let unknown = client.get("/v1/domains/absent.example").await.comparable();
        let unsendable = client
            .post("/v1/send", from("absent.example"))
            .await
            .comparable();
        assert_eq!(unsendable.code(), "sender_domain_not_permitted");
        for name in family {
            let seen = client.get(&format!("/v1/domains/{name}")).await;
            assert_eq!(seen.comparable(), unknown, "{actor} {name}");
            let sent = client.post("/v1/send", from(name)).await;
            assert_eq!(sent.comparable(), unsendable, "{actor} {name}");
        }
        let listed = client.get("/v1/domains").await.with(200);
        assert_eq!(listed["domains"].as_array().unwrap().len(), 1, "{actor}");
    }
    // Nor the other way round.
    let path = format!(
        "/v1/users/{}/domain-access",
        app.world().seat("member_rw").user
    );
    let list = json!({"domains": [{"domain_id": "mail.shared.example", "access": "read_write"}]});
    app.as_("admin").put(&path, list).await.with(200);
    let client = app.as_("member_rw");
    assert_eq!(client.get("/v1/domains/shared.example").await.status, 404);
    assert_eq!(
        client.get("/v1/domains/a.mail.shared.example").await.status,
        404
    );
    assert_eq!(
        client.get("/v1/domains/mail.shared.example").await.status,
        200
    );
    assert_eq!(
        client.post("/v1/send", from("shared.example")).await.status,
        403
    );
}
