//! The log as a list and as a file: filters, pages, totals, and nothing a spreadsheet would run.

use postscale_testkit::TestApp;
use serde_json::{Value, json};

use super::log;

/// A log of six entries: three domains are made and changed.
async fn busy() -> TestApp {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    for name in ["a.example", "b.example", "c_d.example"].map(|name| name.replace('_', "-")) {
        owner
            .post("/v1/domains", json!({"domain": name}))
            .await
            .with(201);
        let change = json!({"open_tracking": true});
        let by = app.as_("admin");
        by.put(&format!("/v1/domains/{name}"), change)
            .await
            .with(200);
    }
    app
}

#[tokio::test]
async fn the_log_is_filtered_and_paged_and_counts_what_fits() {
    let app = busy().await;
    let owner = app.as_("owner");
    let admin = app.world().seat("admin").user.to_string();
    for (query, total) in [
        ("", 6),
        ("action=domain.created", 3),
        ("action=domain.*", 6),
        ("action=key.*", 0),
        ("actor=ADMIN%40people", 3),
        (&format!("actor={admin}"), 3),
        ("target=b.example", 2),
        ("target=domain", 6),
        ("target=c_d", 0),
        ("actor=%25", 0),
        ("from=2027-01-15", 6),
        ("from=2027-01-16", 0),
        ("to=2027-01-15", 0),
        ("to=2027-01-16T00:00:00Z", 6),
        ("actor=owner&target=a.example&action=domain.*", 1),
    ] {
        let found = owner.get(&format!("/v1/audit?{query}")).await.with(200);
        assert_eq!(found["total"], total, "{query}");
        let shown = found["entries"].as_array().unwrap().len();
        assert_eq!(u64::try_from(shown).unwrap(), total, "{query}");
    }
    for (query, field) in [
        ("action=domain", "action"),
        ("action=%25.*", "action"),
        ("from=yesterday", "from"),
        ("limit=0", "limit"),
        ("cursor=AAAA", "cursor"),
        ("actor=a&actor=b", "actor"),
    ] {
        let refused = owner.get(&format!("/v1/audit?{query}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (400, vec![field.to_owned()]),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_cursor_goes_on_for_who_got_it_and_for_the_same_filter() {
    let app = busy().await;
    let owner = app.as_("owner");
    let all = log(&app, "owner").await;
    let mut seen = Vec::new();
    let mut at = "/v1/audit?limit=4".to_owned();
    loop {
        let page = owner.get(&at).await.with(200);
        assert_eq!(page["total"], 6);
        seen.extend(page["entries"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        // What happens meanwhile moves nothing.
        let more = json!({"domain": format!("n{}.example", seen.len())});
        assert_eq!(
            app.as_("member_rw").post("/v1/domains", more).await.status,
            403
        );
        for (who, query) in [
            ("admin", "limit=4"),
            ("owner", "limit=4&action=domain.*"),
            ("other_org_owner", "limit=4"),
        ] {
            let foreign = app
                .as_(who)
                .get(&format!("/v1/audit?{query}&cursor={cursor}"))
                .await;
            assert_eq!(
                (foreign.status.as_u16(), foreign.fields()),
                (400, vec!["cursor".to_owned()]),
                "{who} {query}"
            );
        }
        at = format!("/v1/audit?limit=4&cursor={cursor}");
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn the_file_has_every_entry_that_fits_and_no_formula() {
    let app = busy().await;
    let owner = app.as_("owner");
    let name = json!({"name": "=HYPERLINK(\"https://evil.example\")", "scope": "organization"});
    owner.post("/v1/api-keys", name).await.with(201);
    let answer = owner
        .post("/v1/audit/exports", json!({"actor": "owner"}))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    assert!(
        answer.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"audit-log.csv\"")
    );
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "a head, three domains, a key: {text}");
    assert!(lines[0].starts_with("sequence,id,at,actor_kind,"));
    assert!(
        lines[1].starts_with("1,") && lines[1].contains(",domain.created,domain,"),
        "{text}"
    );
    assert!(
        lines[4].contains(",\"'=HYPERLINK(\"\"https://evil.example\"\")\","),
        "{text}"
    );
    let newest = &log(&app, "owner").await[0];
    assert_eq!(newest["action"], "export.created");
    assert_eq!(newest["after"], json!({"filter": {"actor": "owner"}}));
    let refused = owner
        .post("/v1/audit/exports", json!({"action": "x"}))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (400, vec!["action".to_owned()])
    );
}

#[tokio::test]
async fn nobody_reads_the_log_of_another_organization() {
    let app = busy().await;
    let other = app.as_("other_org_owner");
    assert_eq!(log(&app, "other_org_owner").await, Vec::<Value>::new());
    let id = app.world().seat("admin").user.to_string();
    for query in [
        format!("actor={id}"),
        format!("target={}", app.shared().domain),
    ] {
        let found = other.get(&format!("/v1/audit?{query}")).await.with(200);
        assert_eq!(found["total"], 0, "{query}");
    }
    let file = other.post("/v1/audit/exports", json!({})).await;
    assert_eq!(String::from_utf8(file.body).unwrap().lines().count(), 1);
    assert_eq!(log(&app, "owner").await.len(), 6);
    assert_eq!(log(&app, "other_org_owner").await.len(), 1);
}
