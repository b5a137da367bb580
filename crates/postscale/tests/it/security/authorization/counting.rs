//! What is hidden is in no row, total, page, search or sum.

use http::Method;
use postscale_testkit::{Answer, TestApp};
use serde_json::json;

use crate::access::{
    matrix::Target,
    samples::{self, named},
};

/// More of everything on the domain that members do not see.
async fn grow(app: &TestApp) {
    let owner = app.as_("owner");
    let closed = &app.world().closed.domain;
    for number in 0..4 {
        let alias =
            json!({"domain_id": closed, "address": format!("info{number}"), "action": "store"});
        owner.post("/v1/aliases", alias).await.with(201);
        let hook = json!({"url": format!("https://hooks.example/{number}"), "events": ["email.sent"], "domain_ids": [closed]});
        owner.post("/v1/webhooks", hook).await.with(201);
        let key = json!({"name": format!("CI {number}"), "domain_ids": [closed]});
        owner.post("/v1/api-keys", key).await.with(201);
        let mail = json!({"from": "ann@closed.example", "to": ["carol@far.example"], "subject": "Hello", "text_body": "x"});
        owner.post("/v1/send", mail).await.with(202);
        let domain = json!({"domain": format!("new{number}.example")});
        owner.post("/v1/domains", domain).await.with(201);
        let invitation = json!({"email": format!("n{number}@new.example"), "role": "member"});
        owner.post("/v1/invitations", invitation).await.with(201);
    }
}

/// What members and their keys are answered at each of these paths.
async fn seen(app: &TestApp, paths: &[String]) -> Vec<(String, Answer)> {
    let mut seen = Vec::new();
    for actor in [
        "member_rw",
        "member_read",
        "member_hidden",
        "key_rw",
        "key_rw_readcap",
        "key_rw_sendcap",
    ] {
        for path in paths {
            let answer = app.as_(actor).get(path).await.comparable();
            seen.push((format!("{actor} {path}"), answer));
        }
    }
    seen
}

#[tokio::test]
async fn a04_rows_totals_pages_and_searches_are_blind_to_what_is_hidden() {
    let app = TestApp::new().await;
    let lists = [
        "/v1/domains",
        "/v1/emails",
        "/v1/aliases",
        "/v1/inbound-emails",
        "/v1/webhooks",
        "/v1/webhook-deliveries",
        "/v1/api-keys",
        "/v1/users",
        "/v1/invitations",
        "/v1/audit",
    ];
    let queries = [
        "",
        "?limit=1",
        "?limit=1&offset=1",
        "?limit=100&offset=3",
        "?q=info",
        "?q=closed",
        "?search=closed",
        "?subject=Hello",
        "?from=closed",
        "?status=queued",
        "?offset=2",
    ];
    let paths = lists
        .iter()
        .flat_map(|list| queries.iter().map(move |query| format!("{list}{query}")));
    let paths: Vec<_> = paths.collect();
    let before = seen(&app, &paths).await;
    grow(&app).await;
    for ((at, now), (_, then)) in seen(&app, &paths).await.into_iter().zip(before) {
        assert_eq!(now, then, "{at}");
    }
}

#[tokio::test]
async fn a21_no_answer_and_no_page_of_a_member_counts_what_is_hidden() {
    let app = TestApp::new().await;
    let target = named(&app, "member_rw", Target::Shared);
    let all = samples::all()
        .into_iter()
        .filter(|sample| sample.method == Method::GET);
    let paths: Vec<_> = all.map(|sample| sample.path_for(&target)).collect();
    // A guest's first look is told to who may see the link.
    seen(&app, &paths).await;
    let before = seen(&app, &paths).await;
    grow(&app).await;
    for ((at, now), (_, then)) in seen(&app, &paths).await.into_iter().zip(before) {
        let text = |answer: &Answer| String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(text(&now), text(&then), "{at}");
        assert_eq!(now, then, "{at}");
    }
    for member in ["member_rw", "member_read", "member_hidden", "key_rw"] {
        for path in ["/v1/audit", "/v1/users", "/v1/invitations"] {
            assert_eq!(
                app.as_(member).get(path).await.status,
                403,
                "{member} {path}"
            );
        }
    }
}
