//! A domain's records as files, and its MTA-STS policy.

use postscale_testkit::TestApp;
use serde_json::{Value, json};

/// Text of a file, and the name it is to be saved under.
async fn file(app: &TestApp, actor: &str, path: &str) -> (String, String) {
    let answer = app.as_(actor).get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    let name = answer.headers["content-disposition"].to_str().unwrap();
    (
        String::from_utf8(answer.body.clone()).unwrap(),
        name.to_owned(),
    )
}

#[tokio::test]
async fn a_zone_file_has_what_is_missing_and_breaks_nothing_that_is_there() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"domain": "mail.new.example", "type": "both"});
    owner.post("/v1/domains", body).await.with(201);
    let at = "/v1/domains/mail.new.example";
    owner
        .post(&format!("{at}/dkim"), json!({"selector": "k1"}))
        .await
        .with(200);
    app.dns.set_txt("mail.new.example", "v=spf1 mx -all");
    app.dns
        .set_mx("mail.new.example", 10, "mx.postscale.example");
    owner
        .post(&format!("{at}/verify"), json!({}))
        .await
        .with(200);
    let (zone, name) = file(&app, "owner", &format!("{at}/dns?format=zone")).await;
    assert!(name.contains("mail.new.example.zone"), "{name}");
    assert!(zone.contains("$ORIGIN mail.new.example.\n"), "{zone}");
    let line = |start: &str| {
        let mut lines = zone.lines().filter(|line| line.starts_with(start));
        let found = lines.next().unwrap_or_else(|| panic!("{start}: {zone}"));
        assert!(lines.next().is_none(), "{start}: {zone}");
        found
    };
    assert!(line("_postscale\t").contains("\"postscale-verification="));
    assert!(line("ps-bounces\t").ends_with("CNAME\tbounces.postscale.example."));
    // A key is longer than one string of a TXT record.
    let key = line("k1._domainkey\t");
    let strings: Vec<&str> = key
        .split('"')
        .filter(|part| part.len() > 1)
        .skip(1)
        .collect();
    assert_eq!(strings.len(), 2, "{key}");
    assert!(strings.iter().all(|string| string.len() <= 255));
    let dns = owner.get(&format!("{at}/dns")).await.with(200);
    let records = dns["records"].as_array().unwrap();
    let dkim = records.iter().find(|r| r["purpose"] == "dkim").unwrap();
    assert_eq!(strings.concat(), dkim["value"].as_str().unwrap());
    // There already; another policy there; an example.
    assert!(line("; @\tIN\tMX").ends_with("10 mx.postscale.example."));
    let merged = "v=spf1 mx include:_spf.postscale.example -all";
    assert!(line("; @\tIN\tTXT").contains(merged), "{zone}");
    assert!(zone.contains("spf (required): something else is there"));
    line("; default._bimi\t");

    let (batch, _) = file(&app, "owner", &format!("{at}/dns?format=route53")).await;
    let batch: Value = serde_json::from_str(&batch).unwrap();
    let changes = batch["Changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["Action"] == "CREATE"));
    let names: Vec<_> = changes
        .iter()
        .map(|change| change["ResourceRecordSet"]["Name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"k1._domainkey.mail.new.example."),
        "{names:?}"
    );
    assert!(!names.contains(&"mail.new.example."), "{names:?}");

    let (table, _) = file(&app, "owner", &format!("{at}/dns?format=table")).await;
    assert!(table.contains("the zone new.example."), "{table}");
    assert!(table.contains(merged), "{table}");
    assert!(
        table.contains("  Name:     k1._domainkey.mail\n"),
        "{table}"
    );

    let refused = owner.get(&format!("{at}/dns?format=xml")).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (400, vec!["format".to_owned()])
    );
    let hidden = app
        .as_("member_hidden")
        .get(&format!("{at}/dns?format=xml"))
        .await;
    assert_eq!(
        hidden.status, 404,
        "who may not see it learns nothing of what they sent"
    );
}

#[tokio::test]
async fn a_policy_is_served_for_verified_domains_that_receive_and_nothing_else_is() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = "/v1/domains/shared.example";
    let path = "/.well-known/mta-sts.txt";
    let ask = async |host: &str, path: &str| {
        let request = app.as_("anonymous").request(http::Method::GET, path);
        let answer = request.header("host", host).send().await;
        (
            answer.status.as_u16(),
            String::from_utf8(answer.body).unwrap(),
        )
    };
    let (status, none) = ask("mta-sts.shared.example", path).await;
    assert_eq!((status, none.contains("mode: none")), (200, true), "{none}");
    let records = async || {
        let dns = owner.get(&format!("{at}/dns")).await.with(200);
        let all = dns["records"].as_array().unwrap().iter();
        all.filter(|r| r["purpose"].as_str().unwrap().starts_with("mta_sts"))
            .cloned()
            .collect::<Vec<Value>>()
    };
    assert!(records().await.is_empty());
    let change = json!({"mta_sts_mode": "enforce", "mta_sts_max_age": 86_400});
    owner.put(at, change).await.with(200);
    let (status, policy) = ask("MTA-STS.shared.example:443", path).await;
    let want = "version: STSv1\r\nmode: enforce\r\nmx: mx.postscale.example\r\nmax_age: 86400\r\n";
    assert_eq!((status, policy.as_str()), (200, want));
    let asked = records().await;
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|record| record["required"] == false));
    assert_eq!(asked[1]["value"], "mta-sts.postscale.example");
    let first = asked[0]["value"].clone();
    owner
        .put(at, json!({"mta_sts_mode": "testing"}))
        .await
        .with(200);
    assert_ne!(
        records().await[0]["value"],
        first,
        "another policy has another identifier"
    );
    for record in records().await {
        let text = |field: &str| record[field].as_str().unwrap();
        match text("type") {
            "TXT" => app.dns.set_txt(text("name"), text("value")),
            _ => app.dns.set_cname(text("name"), text("value")),
        }
    }
    let looked = owner
        .post(
            &format!("{at}/verify"),
            json!({"checks": ["mta_sts", "mta_sts_host"]}),
        )
        .await;
    let looked = looked.with(200);
    let seen = looked["checks"].as_array().unwrap().iter();
    let seen = seen.filter(|r| r["purpose"].as_str().unwrap().starts_with("mta_sts"));
    assert!(
        seen.into_iter().all(|r| r["status"] == "verified"),
        "{looked}"
    );
    assert_eq!(looked["verified"], true);
    for (host, path) in [
        ("mta-sts.shared.example", "/"),
        ("mta-sts.shared.example", "/sign-in"),
        ("mta-sts.shared.example", "/v1/openapi.json"),
        ("mta-sts.unknown.example", path),
        ("shared.example", path),
        ("postscale.example", path),
    ] {
        assert_eq!(ask(host, path).await.0, 404, "{host} {path}");
    }
    owner.put(at, json!({"type": "outbound"})).await.with(200);
    assert_eq!(
        ask("mta-sts.shared.example", path).await.0,
        404,
        "it receives nothing"
    );
}
