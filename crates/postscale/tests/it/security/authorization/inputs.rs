//! What a request may set, and whose it is.

use http::Method;
use postscale_testkit::{PASSWORD, Presented, TestApp};
use serde_json::{Value, json};

use crate::access::{
    matrix::Target,
    samples::{Side, named},
};

#[tokio::test]
async fn a14_a_thing_never_moves_to_another_domain_and_refers_only_to_what_is_seen() {
    let app = TestApp::new().await;
    let (shared, closed) = (app.shared(), &app.world().closed);
    let before = app.dump();
    let key = app.world().shared.api_key.clone();
    for (who, method, path, body, field) in [
        (
            "owner",
            Method::PATCH,
            format!("/v1/aliases/{}", shared.alias),
            json!({"domain_id": closed.domain}),
            "domain_id",
        ),
        (
            "owner",
            Method::PATCH,
            format!("/v1/aliases/{}", shared.alias),
            json!({"domain": closed.name}),
            "domain",
        ),
        (
            "owner",
            Method::PATCH,
            format!("/v1/webhooks/{}", shared.webhook),
            json!({"domain_ids": [closed.domain]}),
            "domain_ids",
        ),
        (
            "owner",
            Method::PATCH,
            format!("/v1/webhooks/{}", shared.webhook),
            json!({"scope": "organization"}),
            "scope",
        ),
        (
            "owner",
            Method::PUT,
            format!("/v1/domains/{}", shared.domain),
            json!({"domain": "new.example"}),
            "domain",
        ),
        (
            "owner",
            Method::PATCH,
            format!("/v1/api-keys/{key}"),
            json!({"scope": "organization"}),
            "scope",
        ),
    ] {
        let answer = app.as_(who).request(method, &path).json(&body).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (400, "unknown_field".into()),
            "{path} {body}"
        );
        assert_eq!(answer.fields(), [field]);
    }
    // A rule refers to a webhook: only to one its editor sees.
    let alias = format!("/v1/aliases/{}", shared.alias);
    let editor = app.as_("member_rw");
    let refer = async |webhook: &str| {
        let body = json!({"action": "webhook", "webhook_id": webhook});
        editor.patch(&alias, body).await.comparable()
    };
    let never = refer("5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa").await;
    for webhook in [&closed.webhook, &app.world().foreign.webhook, "no-id"] {
        assert_eq!(refer(webhook).await, never, "{webhook}");
    }
    assert!(never.status.is_client_error());
    assert_eq!(app.dump(), before);
    let own = shared.webhook.clone();
    assert_eq!(refer(&own).await.status, 200);
}

/// What the server alone sets.
const OWNED: [&str; 16] = [
    "organization_id",
    "org_id",
    "created_by",
    "creator",
    "user_id",
    "person_id",
    "verified",
    "email_verified_at",
    "status",
    "role",
    "id",
    "plan",
    "revoked_at",
    "is_admin",
    "created_at",
    "secret",
];

/// Whether a body may name it after all: the owner chooses the plan, and a preview is of a role that is
/// not set by it.
fn is_chosen(path: &str, field: &str) -> bool {
    [("/v1/billing", "plan"), ("/v1/access/preview", "role")].contains(&(path, field))
}

#[tokio::test]
async fn a25_no_body_of_the_api_sets_what_the_server_owns() {
    let seeded = TestApp::builder().with_peers().build().await;
    for sample in Side::Api
        .samples()
        .iter()
        .filter(|sample| sample.takes_a_body())
    {
        // The owner, and where that is not for the owner who made what it is about.
        let actor = match sample.because_of_state("owner", Target::Shared) {
            Some("403") => "member_rw",
            _ => "owner",
        };
        let it = named(&seeded, actor, Target::Shared);
        let path = sample.path_for(&it);
        let body = sample.body_for(&it).unwrap();
        let mut app = seeded.fork();
        let before = app.dump();
        let foreign = |field: &&str| body.get(field).is_none() && !is_chosen(&path, field);
        for field in OWNED.into_iter().filter(foreign) {
            let mut more = body.clone();
            more[field] = json!("owner");
            let client = app.as_(actor);
            let asked = client.request(sample.method.clone(), &path).json(&more);
            let answer = asked.send().await;
            let at = format!("{} {path} {field}", sample.method);
            assert_eq!(answer.status, 400, "{at}");
            assert_eq!(
                (answer.code(), answer.fields()),
                ("unknown_field".into(), vec![field.to_owned()]),
                "{at}"
            );
            // Tries to sign in are few.
            if path.starts_with("/v1/auth/") {
                assert_eq!(app.dump(), before, "{at}");
                app = seeded.fork();
            }
        }
        assert_eq!(app.dump(), before, "{path}");
    }
}

#[tokio::test]
async fn a25_no_form_sets_what_the_server_owns() {
    let seeded = TestApp::builder().with_peers().build().await;
    for sample in Side::Pages
        .samples()
        .iter()
        .filter(|sample| sample.method == Method::POST)
    {
        let it = named(&seeded, "owner", Target::Shared);
        let path = sample.path_for(&it);
        let fields = sample.body_for(&it).unwrap_or_else(|| json!({}));
        let mut more = fields.clone();
        for field in OWNED
            .into_iter()
            .filter(|field| fields.get(field).is_none())
        {
            more[field] = json!("owner");
        }
        // Ids and secrets are the same in both, so what is left is what the fields did.
        let (plain, stuffed) = (seeded.fork(), seeded.fork());
        let one = plain.as_("owner").submit(&path, fields).await;
        let other = stuffed.as_("owner").submit(&path, more).await;
        assert_eq!(one.status, other.status, "{path}");
        let [plain, stuffed] = [plain, stuffed].map(|app| {
            let mut rows = app.dump();
            // Key pairs are the one thing that is not made from the seed.
            rows.remove("dkim_keys");
            rows
        });
        assert_eq!(plain, stuffed, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a26_under_load_everybody_is_answered_as_themselves() {
    let app = TestApp::new().await;
    let mut asked = Vec::new();
    for round in 0..60 {
        for actor in [
            "owner",
            "admin",
            "member_rw",
            "member_read",
            "member_hidden",
            "other_org_owner",
            "key_rw",
            "anonymous",
        ] {
            let (client, seat) = (app.as_(actor), app.world().seat(actor).clone());
            let path = if round % 2 == 0 {
                "/v1/me"
            } else {
                "/v1/domains"
            };
            asked.push(tokio::spawn(async move {
                (actor, seat, path, client.get(path).await)
            }));
        }
    }
    let domains = |list: &Value| list["domains"].as_array().unwrap().len();
    for one in asked {
        let (actor, seat, path, answer) = one.await.unwrap();
        if actor == "anonymous" {
            assert_eq!(answer.status, 401);
            continue;
        }
        let told = answer.with(200);
        if path == "/v1/me" {
            let is_key = matches!(seat.presented, Presented::Key(_));
            assert_eq!(
                told["principal"],
                if is_key { "api_key" } else { "session" },
                "{actor}"
            );
            assert_eq!(told["user"]["id"], seat.user.to_string(), "{actor}");
            assert_eq!(
                told["organization"]["id"],
                seat.organization.to_string(),
                "{actor}"
            );
        } else {
            let want = match actor {
                "owner" | "admin" => 2,
                "member_hidden" => 0,
                _ => 1,
            };
            assert_eq!(domains(&told), want, "{actor}");
        }
    }
}

/// Buckets are of accounts and of sockets; nothing a client writes makes a new one or shows one.
#[tokio::test]
async fn a23_limits_are_counted_by_what_nobody_can_write() {
    let app = TestApp::new().await;
    let attempt = async |number: u32, email: &str, password: &str| {
        let request = app.as_("anonymous").request(Method::POST, "/v1/auth/login");
        let forged = format!("198.51.100.{number}");
        let request = [
            "x-forwarded-for",
            "x-real-ip",
            "forwarded",
            "cf-connecting-ip",
        ]
        .into_iter()
        .fold(request, |request, name| request.header(name, &forged));
        let body = json!({"email": email, "password": password});
        request.json(&body).send().await
    };
    let spelled = [
        "owner@people.example",
        "OWNER@people.example",
        " owner@People.Example ",
        "oWner@PEOPLE.EXAMPLE",
    ];
    let mut statuses = Vec::new();
    for number in 0..11 {
        let answer = attempt(number, spelled[number as usize % 4], "wrong").await;
        let names = answer.headers.keys().map(|name| name.as_str().to_owned());
        let shown: Vec<_> = names.filter(|name| name.contains("ratelimit")).collect();
        assert!(shown.is_empty(), "{shown:?}");
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10], 429);
    // Others are not told that somebody tried, nor kept out by it.
    let other = attempt(99, "admin@people.example", "wrong").await;
    assert_eq!(other.status, 401);
    attempt(99, "admin@people.example", PASSWORD)
        .await
        .with(200);
}
