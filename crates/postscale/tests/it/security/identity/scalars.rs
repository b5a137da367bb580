//! Row I5: a scalar is one scalar.

use http::Method;
use postscale_testkit::TestApp;
use serde_json::{Value, json};

use crate::access::{
    matrix::Target,
    samples::{Side, named},
};

/// Fields of forms of which there may be several.
const LISTS: [&str; 3] = ["events", "domain_ids", "domains"];

#[tokio::test]
async fn i05_no_body_gives_a_list_or_a_second_value_where_one_is_due() {
    let seeded = TestApp::builder().with_peers().build().await;
    for sample in Side::Api
        .samples()
        .iter()
        .filter(|sample| sample.takes_a_body())
    {
        let it = named(&seeded, "owner", Target::Shared);
        let path = sample.path_for(&it);
        let body = sample.body_for(&it).unwrap();
        let mut app = seeded.fork();
        let before = app.dump();
        for (name, value) in body.as_object().unwrap() {
            let mut several = Vec::new();
            if !value.is_array() {
                for list in [json!([value, value]), json!([value]), json!({"0": value})] {
                    let mut other = body.clone();
                    other[name] = list;
                    several.push(other.to_string());
                }
            }
            // The second one, the first one, and one spelled otherwise.
            let text = body.to_string();
            let (_, rest) = text.split_once('{').unwrap();
            several.push(format!("{{{}:{value},{rest}", Value::from(name.as_str())));
            let escaped = format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..]);
            several.push(format!("{{\"{escaped}\":{value},{rest}"));
            // What can name no domain and no user is as absent as an unknown id.
            let may_be_absent =
                matches!(name.as_str(), "domain_id" | "user_id" | "organization_id");
            for octets in several {
                let request = app.as_("owner").request(sample.method.clone(), &path);
                let request = request.body("application/json", octets.clone());
                let status = request.send().await.status.as_u16();
                let is_refused = status == 400 || (status == 404 && may_be_absent);
                assert!(is_refused, "{status} {} {path} {octets}", sample.method);
                // Tries to sign in are few.
                if path.starts_with("/v1/auth/") {
                    assert_eq!(app.dump(), before, "{path} {octets}");
                    app = seeded.fork();
                }
            }
        }
        assert_eq!(app.dump(), before, "{path}");
    }
}

#[tokio::test]
async fn i05_no_form_gives_a_field_twice() {
    let seeded = TestApp::builder().with_peers().build().await;
    for sample in Side::Pages
        .samples()
        .iter()
        .filter(|sample| sample.takes_a_body())
    {
        let it = named(&seeded, "owner", Target::Shared);
        let path = sample.path_for(&it);
        let fields = sample.body_for(&it).unwrap();
        for (name, value) in fields.as_object().unwrap() {
            if LISTS.contains(&name.as_str()) {
                continue;
            }
            let app = seeded.fork();
            let before = app.dump();
            let mut twice = fields.clone();
            twice[name] = json!([value, value]);
            let answer = app.as_("owner").submit(&path, twice).await;
            assert_eq!(answer.status, 400, "{path} {name}");
            assert_eq!(app.dump(), before, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn i05_no_query_gives_a_parameter_twice() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let id = &app.shared().domain;
    for (path, name, value) in [
        ("/v1/domains", "limit", "1"),
        ("/v1/emails", "domain_id", id),
        ("/v1/emails", "limit", "1"),
        ("/v1/emails", "status", "queued"),
        ("/v1/aliases", "domain_id", id),
        ("/v1/inbound-emails", "offset", "0"),
        ("/v1/webhook-deliveries", "status", "pending"),
        ("/v1/users", "role", "owner"),
        ("/v1/users", "q", "ann"),
        ("/v1/invitations", "status", "pending"),
        ("/v1/audit", "action", "domain.created"),
        ("/v1/audit", "actor", "ann"),
    ] {
        let once = owner
            .request(Method::GET, &format!("{path}?{name}={value}"))
            .send()
            .await;
        assert_eq!(once.status, 200, "{path} {name}");
        let twice = owner
            .get(&format!("{path}?{name}={value}&{name}={value}"))
            .await;
        assert_eq!(
            (twice.status.as_u16(), twice.fields()),
            (400, vec![name.to_owned()]),
            "{path}"
        );
    }
}
