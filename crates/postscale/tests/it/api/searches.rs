//! Goal: a text to look for has one limit, wherever it is given, and is never too much for the
//! database.
//! Method: the longest that is taken and one character more, in every list and export.

use postscale_testkit::{TestApp, on_both_engines};
use serde_json::json;

/// Every parameter that is looked for in texts, and every body with one.
const SEARCHES: [(&str, &str); 14] = [
    ("/v1/emails", "subject"),
    ("/v1/emails", "from"),
    ("/v1/emails", "to"),
    ("/v1/emails", "tag"),
    ("/v1/inbound-emails", "q"),
    ("/v1/inbound-emails", "from"),
    ("/v1/inbound-emails", "to"),
    ("/v1/inbound-emails", "subject"),
    ("/v1/inbound-emails", "envelope_sender"),
    ("/v1/aliases", "q"),
    ("/v1/domains", "q"),
    ("/v1/users", "q"),
    ("/v1/audit", "actor"),
    ("/v1/audit", "target"),
];
const EXPORTS: [(&str, &str); 3] = [
    ("/v1/aliases/exports", "q"),
    ("/v1/audit/exports", "actor"),
    ("/v1/audit/exports", "target"),
];

on_both_engines! {
    async fn a_text_that_is_too_long_to_be_found_is_refused_by_name(database) {
        let app = TestApp::builder().database(database).build().await;
        let admin = app.as_("admin");
        let contacts = format!("/v1/aliases/{}/contacts", app.shared().alias);
        let searches = SEARCHES.into_iter().chain([(&*contacts, "q")]);
        for (path, field) in searches {
            for (length, status) in [(1000, 200), (1001, 400)] {
                // Four octets each as they are looked for.
                let text = "%F0%9F%93%A7".repeat(length);
                let answer = admin.get(&format!("{path}?{field}={text}")).await;
                assert_eq!(answer.status, status, "{path} {field}");
                if status == 400 {
                    assert_eq!(answer.fields(), [field], "{path}");
                }
            }
            let wild = admin.get(&format!("{path}?{field}={}", "%25".repeat(1000))).await;
            assert_eq!(wild.status, 200, "{path} {field}");
        }
        for (path, field) in EXPORTS {
            for (length, status) in [(1000, 200), (1001, 400), (60_000, 400)] {
                let answer = admin.post(path, json!({field: "_".repeat(length)})).await;
                assert_eq!(answer.status, status, "{path} {field}");
                if status == 400 {
                    assert_eq!(answer.fields(), [field], "{path}");
                }
            }
        }
    }
}
