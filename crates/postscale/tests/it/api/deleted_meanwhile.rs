//! Goal: what is deleted while a request about it runs was never there.
//! Method: on PostgreSQL the deletion holds its lock until the request waits for it. On SQLite the
//! request comes after: there it cannot come in between.

use http::Method;
use postscale_store::params;
use postscale_testkit::{Answer, TestApp, on_both_engines};
use serde_json::{Value, json};

use super::overtaken::{self, End};

struct Asked {
    method: Method,
    path: String,
    body: Value,
}

fn asked(method: Method, path: impl Into<String>, body: Value) -> Asked {
    Asked {
        method,
        path: path.into(),
        body,
    }
}

fn post(path: impl Into<String>, body: Value) -> Asked {
    asked(Method::POST, path, body)
}

/// The answer of an admin's request while that row is deleted.
async fn answer(app: &TestApp, delete: &'static str, id: &str, asked: Asked) -> Answer {
    let admin = app.as_("admin");
    let request = admin.request(asked.method, &asked.path).json(&asked.body);
    let gone = params![id];
    if app.app.store.engine() == postscale_store::Engine::Postgres {
        let delete = (delete, &gone[..]);
        return overtaken::answer(app, delete, End::Overtaken, request.send()).await;
    }
    let mut tx = app.app.store.write().await.unwrap();
    tx.execute(delete, &gone).await.unwrap();
    tx.commit().await.unwrap();
    request.send().await
}

async fn made(app: &TestApp, path: &str, body: Value, member: &str) -> String {
    let made = app.as_("admin").post(path, body).await.with(201);
    let named = match member {
        "" => &made,
        member => &made[member],
    };
    named["id"].as_str().unwrap().to_owned()
}

fn was_never_there(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 404, "{what}");
    assert_eq!(answer.code(), "not_found", "{what}");
}

/// What can be asked about a domain by its id.
fn about_a_domain(id: &str) -> Vec<Asked> {
    let at = |rest: &str| format!("/v1/domains/{id}{rest}");
    let condition = json!({"field": "subject", "comparator": "contains", "value": "offer"});
    vec![
        post(
            "/v1/aliases",
            json!({"domain_id": id, "address": "a", "action": "store"}),
        ),
        post(
            "/v1/webhooks",
            json!({"url": "https://hooks.example/9", "events": ["email.received"], "domain_ids": [id]}),
        ),
        post(
            "/v1/invitations",
            json!({
                "email": "nora@new.example",
                "role": "member",
                "domains": [{"domain_id": id, "access": "read"}],
            }),
        ),
        post("/v1/api-keys", json!({"name": "CI", "domain_ids": [id]})),
        post(
            at("/rules"),
            json!({"name": "Offers", "conditions": [condition], "action": "drop"}),
        ),
        post(
            at("/dkim"),
            json!({"selector": "s9", "algorithm": "ed25519"}),
        ),
        post(at("/guest-links"), json!({"note": "DNS"})),
        post(at("/warming/start"), json!({})),
        asked(Method::PUT, at(""), json!({"catch_all_enabled": true})),
    ]
}

on_both_engines! {
    async fn a_domain_that_goes_while_a_request_is_about_it_was_never_there(database) {
        let app = TestApp::builder().database(database).build().await;
        for index in 0..about_a_domain("").len() {
            let name = json!({"domain": format!("gone{index}.example"), "type": "both"});
            let id = made(&app, "/v1/domains", name, "").await;
            let asked = about_a_domain(&id).swap_remove(index);
            let what = format!("{} {}", asked.method, asked.path);
            let answer = answer(&app, "DELETE FROM domains WHERE id = $1", &id, asked).await;
            was_never_there(&answer, &what);
            let again = app.as_("admin").get(&format!("/v1/domains/{id}")).await;
            assert_eq!(answer.comparable(), again.comparable(), "{what}");
        }
    }

    async fn an_alias_that_goes_while_a_request_is_about_it_was_never_there(database) {
        let app = TestApp::builder().database(database).build().await;
        let domain = app.world().shared.domain.to_string();
        let condition = json!({"field": "subject", "comparator": "contains", "value": "offer"});
        let alias = async || {
            let new = json!({"domain_id": domain, "is_masked": true, "forward_to": ["ann@home.example"]});
            made(&app, "/v1/aliases", new, "alias").await
        };
        let delete = "DELETE FROM aliases WHERE id = $1";
        let id = alias().await;
        let asked = post(format!("/v1/aliases/{id}/contacts"), json!({"address": "carl@far.example"}));
        was_never_there(&answer(&app, delete, &id, asked).await, "contacts");
        let id = alias().await;
        let rule = json!({"name": "Offers", "alias_id": id, "conditions": [condition], "action": "drop"});
        let asked = post(format!("/v1/domains/{domain}/rules"), rule);
        let refused = answer(&app, delete, &id, asked).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (400, vec!["alias_id".to_owned()]));
    }

    async fn a_webhook_that_goes_while_it_is_tested_was_never_there(database) {
        let app = TestApp::builder().database(database).build().await;
        let domain = app.world().shared.domain.to_string();
        let new = json!({"url": "https://hooks.example/9", "events": ["email.received"], "domain_ids": [domain]});
        let id = made(&app, "/v1/webhooks", new, "webhook").await;
        let asked = post(format!("/v1/webhooks/{id}/test"), json!({}));
        let answer = answer(&app, "DELETE FROM webhooks WHERE id = $1", &id, asked).await;
        was_never_there(&answer, "test");
    }
}
