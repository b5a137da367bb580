//! The JSON API, one module per noun: what it answers, and what it refuses.

mod access;
mod account;
mod aliases;
mod api_keys;
mod audit;
mod billing;
mod bodies;
mod cursors;
mod deleted_meanwhile;
mod dkim;
mod dmarc;
mod domain_access;
mod domains;
mod email_change;
mod emails;
mod guest_links;
mod hand_over;
mod inbound_emails;
mod invitations;
mod organization;
pub mod overtaken;
mod owner_reset;
mod password_reset;
mod rules;
mod searches;
mod second_factor;
mod security_events;
mod send;
mod signup;
mod stats;
mod usage;
mod users;
mod warming;
mod warming_share;
mod webhooks;

use http::Method;
use postscale_testkit::{Client, TestApp};
use serde_json::Value;

/// Sends each body and asserts that it is refused with this code, naming this field (none is `""`),
/// and that nothing changed.
async fn refuses(
    app: &TestApp,
    client: &Client,
    (method, path): (Method, &str),
    cases: &[(Value, &str, &str)],
) {
    let before = app.dump();
    for (body, code, field) in cases {
        let answer = client.request(method.clone(), path).json(body).send().await;
        assert_eq!(answer.status, 400, "{method} {path} {body}");
        assert_eq!(answer.code(), *code, "{body}");
        let named: &[&str] = if field.is_empty() { &[] } else { &[field] };
        assert_eq!(answer.fields(), named, "{body}");
    }
    assert_eq!(app.dump(), before, "a refused {method} {path} changed rows");
}
