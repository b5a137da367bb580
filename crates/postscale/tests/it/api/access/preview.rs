//! Goal: a preview says what its change really does, to the user and to each of their keys, on every
//! domain; and it changes nothing itself.
//! Method: random changes to everybody. Each is previewed, what everybody may do is asked for, the
//! change is made, and it is asked for again. On both databases.

use std::collections::BTreeMap;

use http::Method;
use postscale_model::Random as _;
use postscale_testkit::{Answer, Client, SeededRandom, TestApp, on_both_engines};
use serde_json::{Value, json};

/// Who is changed.
const TARGETS: [&str; 7] = [
    "owner",
    "admin",
    "member_rw",
    "member_read",
    "member_hidden",
    "downgraded",
    "bereft",
];
/// By what somebody may act.
const KEYS: [&str; 8] = [
    "key_org_by_owner",
    "key_org_by_admin",
    "key_org_readcap",
    "key_rw",
    "key_rw_readcap",
    "key_rw_sendcap",
    "key_creator_downgraded",
    "key_creator_lost_domain",
];
/// Changes tried on each database.
const CASES: usize = 30;

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, n: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(n).unwrap()).unwrap()
    }
    fn one_of<'a>(&self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

fn proposal(dice: &Dice, domains: &[String]) -> Value {
    match dice.below(4) {
        0 => json!({"role": dice.one_of(&["owner", "admin", "member"])}),
        1 => json!({"offboard": dice.one_of(&["deactivate", "delete"])}),
        _ => {
            let lines = domains.iter().filter_map(|id| {
                let access = dice.one_of(&["", "read", "read_write"]);
                let end = dice.one_of(&["", "2027-02-01T00:00:00Z"]);
                let end = Some(end).filter(|end| !end.is_empty());
                (!access.is_empty())
                    .then(|| json!({"domain_id": id, "access": access, "expires_at": end}))
            });
            json!({"domains": lines.collect::<Vec<_>>()})
        }
    }
}

/// Makes the change that was previewed.
async fn change(client: &Client, user: &str, proposal: &Value, tag: &str) -> Answer {
    let at = format!("/v1/users/{user}");
    if let Some(role) = proposal.get("role") {
        return client.patch(&at, json!({"role": role})).await;
    }
    match proposal.get("offboard").and_then(Value::as_str) {
        Some("deactivate") => client.post(&format!("{at}/deactivate"), json!({})).await,
        Some(_) => client.delete(&at).await,
        None => {
            let put = client.request(Method::PUT, &format!("{at}/domain-access"));
            put.header("if-match", tag).json(proposal).send().await
        }
    }
}

/// What a credential may do on a domain, found out by trying.
async fn reach(client: &Client, domain: &str, name: &str) -> &'static str {
    let at = format!("/v1/domains/{domain}");
    let write = client.put(&at, json!({"catch_all_enabled": false})).await;
    if write.status == 200 {
        return "read_write";
    }
    if client.get(&at).await.status == 200 {
        return "read";
    }
    // An input that is refused after the sender was decided about.
    let mail = json!({"from": format!("ann@{name}"), "to": [], "subject": "x", "text_body": "x"});
    match client.post("/v1/send", mail).await.status.as_u16() {
        400 => "send",
        _ => "none",
    }
}

type Seen = BTreeMap<(String, String), &'static str>;

/// What the user in person (`""`) and their keys may do on each domain.
async fn seen(actors: &[(String, Client)], domains: &[(String, String)]) -> Seen {
    let mut seen = Seen::new();
    for (who, client) in actors {
        for (id, name) in domains {
            seen.insert((who.clone(), id.clone()), reach(client, id, name).await);
        }
    }
    seen
}

/// The user's own session and their keys, by id.
async fn actors(app: &TestApp, target: &str) -> Vec<(String, Client)> {
    let user = app.world().seat(target).user;
    let mut actors = vec![(String::new(), app.as_(target))];
    for key in KEYS {
        if app.world().seat(key).user == user {
            let me = app.as_(key).get("/v1/me").await.with(200);
            let id = me["api_key"]["id"].as_str().unwrap().to_owned();
            actors.push((id, app.as_(key)));
        }
    }
    actors
}

/// What is told of the changes: who, where, from what, to what.
fn told(preview: &Value) -> BTreeMap<(String, String), (String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let changes = |who: &str, list: &Value| {
        let list = list.as_array().unwrap().clone();
        let who = who.to_owned();
        list.into_iter().map(move |change| {
            let at = (who.clone(), text(&change["domain_id"]));
            (at, (text(&change["before"]), text(&change["after"])))
        })
    };
    let mut all: BTreeMap<_, _> = changes("", &preview["domains"]).collect();
    for key in preview["api_keys"].as_array().unwrap() {
        all.extend(changes(key["id"].as_str().unwrap(), &key["domains"]));
    }
    all
}

fn ids(list: &Value) -> Vec<String> {
    let mut ids: Vec<String> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

async fn previews_come_true(app: &mut TestApp, seed: u64) {
    let dice = Dice(SeededRandom::new(seed));
    let world = app.world();
    let domains = [&world.shared, &world.closed]
        .map(|objects| (objects.domain.clone(), objects.name.clone()));
    let domain_ids: Vec<String> = domains.iter().map(|(id, _)| id.clone()).collect();
    let start = app.checkpoint().await;
    let mut made = 0;
    for case in 0..CASES {
        let target = TARGETS[case % TARGETS.len()];
        let user = app.world().seat(target).user.to_string();
        let proposal = proposal(&dice, &domain_ids);
        let what = format!("seed {seed}, case {case}: {target} {proposal}");
        let actors = actors(app, target).await;
        let before = seen(&actors, &domains).await;
        let mut body = proposal.clone();
        body["user_id"] = json!(user);
        let client = app.as_("second_owner");
        let preview = client.post("/v1/access/preview", body).await;
        let tag = preview
            .headers
            .get("etag")
            .map(|tag| tag.to_str().unwrap().to_owned());
        let done = change(&client, &user, &proposal, tag.as_deref().unwrap_or("*")).await;
        assert_eq!(done.status, preview.status, "{what}");
        if done.status != 200 {
            assert_eq!(done.code(), preview.code(), "{what}");
            continue;
        }
        made += 1;
        let (preview, done) = (preview.json(), done.json());
        let told = told(&preview);
        let after = seen(&actors, &domains).await;
        for (at, was) in &before {
            let is = after[at];
            match told.get(at) {
                Some((from, to)) => {
                    assert_eq!((from.as_str(), to.as_str()), (*was, is), "{what} {at:?}")
                }
                None => assert_eq!(*was, is, "{what} {at:?}: not told"),
            }
        }
        if proposal.get("offboard").is_some() {
            assert_eq!(preview["ended_sessions"], done["ended_sessions"], "{what}");
            for (before, after) in [
                ("api_keys", "revoked_api_keys"),
                ("revoked_invitations", "revoked_invitations"),
                ("webhooks", "suspended_webhooks"),
            ] {
                assert_eq!(ids(&preview[before]), ids(&done[after]), "{what} {before}");
            }
        }
        app.rewind(&start).await;
    }
    assert!(made > CASES / 2, "{made}");
}

on_both_engines! {
    async fn what_a_preview_says_is_what_happens(database) {
        let mut app = TestApp::builder().database(database).with_peers().build().await;
        let seed = SeededRandom::from_environment().seed();
        previews_come_true(&mut app, seed).await;
    }
}

#[tokio::test]
async fn a_preview_changes_nothing_and_is_bound_to_what_it_saw() {
    let app = TestApp::new().await;
    let admin = app.as_("admin");
    let user = app.world().seat("member_rw").user;
    let path = format!("/v1/users/{user}/domain-access");
    let known = admin.get(&path).await;
    let before = app.dump();
    let body = json!({"user_id": user.to_string(), "domains": []});
    let preview = admin.post("/v1/access/preview", body.clone()).await;
    assert_eq!(app.dump(), before);
    assert_eq!(preview.headers["etag"], known.headers["etag"]);
    let other = json!({"domains": [{"domain_id": "shared.example", "access": "read"}]});
    admin.put(&path, other).await.with(200);
    let put = admin
        .request(Method::PUT, &path)
        .header("if-match", preview.headers["etag"].to_str().unwrap());
    let late = put.json(&json!({"domains": []})).send().await;
    assert_eq!(late.status, 412);
}

#[tokio::test]
async fn a_preview_is_refused_as_its_change_is() {
    let app = TestApp::builder().with_peers().build().await;
    let admin = app.as_("admin");
    let user = |who: &str| app.world().seat(who).user.to_string();
    for (who, mut body, status, code) in [
        ("owner", json!({"role": "member"}), 403, "forbidden"),
        ("admin", json!({"domains": []}), 409, "not_a_member"),
        (
            "deactivated",
            json!({"domains": []}),
            409,
            "user_deactivated",
        ),
        ("member_rw", json!({"role": "owner"}), 403, "forbidden"),
        ("member_rw", json!({"role": "king"}), 400, "invalid_request"),
        (
            "member_rw",
            json!({"offboard": "fire"}),
            400,
            "invalid_request",
        ),
        (
            "member_rw",
            json!({"role": "admin", "domains": []}),
            400,
            "invalid_request",
        ),
        ("member_rw", json!({}), 400, "invalid_request"),
        ("other_org_owner", json!({"role": "king"}), 404, "not_found"),
        (
            "member_rw",
            json!({"domains": [{"domain_id": "foreign.example", "access": "read"}]}),
            404,
            "not_found",
        ),
    ] {
        body["user_id"] = json!(user(who));
        let answer = admin.post("/v1/access/preview", body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{body}"
        );
    }
}
