//! `/v1/domains/{domain}/dmarc`, `/v1/dmarc/reports`
//!
//! Goal: a report is taken from who may write its domain and from nobody else, once; figures are those of
//! the domain; whatever is no report is refused and changes nothing.
//! Method: reports uploaded over the API, the clock at rest.

use http::Method;
use postscale_testkit::{Answer, TestApp, on_both_engines};
use serde_json::{Value, json};

const AT: &str = "/v1/domains/shared.example/dmarc";

fn record(ip: &str, count: &str, (dkim, spf): (&str, &str)) -> String {
    format!(
        "<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>\
         <disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row>\
         <identifiers><header_from>shared.example</header_from></identifiers><auth_results><dkim>\
         <domain>mailer.example</domain><selector>s1</selector><result>pass</result></dkim></auth_results></record>"
    )
}

fn xml(domain: &str, id: &str, records: &str) -> String {
    format!(
        "<feedback><report_metadata><org_name>=Big &lt;b&gt; Mail</org_name><email>d@big.example</email>\
         <report_id>{id}</report_id><date_range><begin>1799971200</begin><end>1800057599</end></date_range>\
         </report_metadata><policy_published><domain>{domain}</domain><p>none</p></policy_published>{records}</feedback>"
    )
}

async fn upload(app: &TestApp, actor: &str, file: impl Into<Vec<u8>>) -> Answer {
    let request = app.as_(actor).request(Method::POST, "/v1/dmarc/reports");
    request.body("application/xml", file).send().await
}

async fn with_reports(app: &TestApp) {
    let first =
        record("192.0.2.7", "30", ("pass", "pass")) + &record("192.0.2.8", "5", ("fail", "fail"));
    upload(app, "member_rw", xml("shared.example", "1", &first))
        .await
        .with(200);
    let second =
        record("192.0.2.7", "1", ("pass", "fail")) + &record("2001:DB8::1", "4", ("fail", "pass"));
    upload(app, "key_rw", xml("shared.example", "2", &second))
        .await
        .with(200);
}

on_both_engines! {
    async fn reports_add_up(database) {
        let app = TestApp::builder().database(database).build().await;
        with_reports(&app).await;
        let reader = app.as_("member_read");
        // One report of twelve messages stood there before.
        let summary = reader.get(&format!("{AT}/summary")).await.with(200);
        assert_eq!((&summary["report_count"], &summary["total_messages"]), (&json!(3), &json!(52)));
        assert_eq!((&summary["pass_dkim"], &summary["pass_spf"], &summary["aligned"]), (&json!(43), &json!(34), &json!(30)));
        assert_eq!((&summary["dmarc_pass"], &summary["dmarc_rate"]), (&json!(47), &json!(0.9038)));
        assert_eq!((&summary["dkim_rate"], &summary["spf_rate"], &summary["alignment_rate"]), (&json!(0.8269), &json!(0.6538), &json!(0.5769)));
        assert_eq!(summary["advice"]["lost_at_reject"], 5);
        assert_eq!(summary["advice"]["sources"], 1);
        let daily = reader.get(&format!("{AT}/daily?days=2")).await.with(200);
        let days = daily["daily"].as_array().unwrap();
        assert_eq!(days.len(), 2);
        assert_eq!((&days[1]["date"], &days[1]["total"], &days[1]["dmarc_pass"]), (&json!("2027-01-15"), &json!(40), &json!(35)));
        assert_eq!((&days[0]["total"], &days[0]["disposition"]["none"]), (&json!(12), &json!(12)));
        let sources = reader.get(&format!("{AT}/sources?limit=2")).await.with(200);
        assert_eq!((&sources["total"], &sources["limit"]), (&json!(4), &json!(2)));
        let first = &sources["sources"][0];
        assert_eq!((&first["source_ip"], &first["total"], &first["spf_rate"]), (&json!("192.0.2.7"), &json!(31), &json!(0.9677)));
        let reports = reader.get(&format!("{AT}/reports")).await.with(200);
        assert_eq!(reports["total"], 3);
        let newest = &reports["reports"][0];
        assert_eq!(newest["date_range"], json!({"begin": "2027-01-15T00:00:00Z", "end": "2027-01-15T23:59:59Z"}));
        let at = format!("{AT}/reports/{}", newest["id"].as_str().unwrap());
        let report = reader.get(&format!("{at}?limit=1")).await.with(200);
        assert_eq!((&report["total"], report["records"].as_array().unwrap().len()), (&json!(2), 1));
        let address = reader.get(&format!("{AT}/address")).await.with(200);
        let record = address["record"].as_str().unwrap();
        assert!(record.ends_with(address["address"].as_str().unwrap()), "{record}");
        assert_eq!(address["name"], "_dmarc.shared.example");
    }

    async fn a_report_is_taken_once_and_noted(database) {
        let app = TestApp::builder().database(database).build().await;
        let file = xml("SHARED.example.", "1", &record("192.0.2.7", "30", ("pass", "fail")));
        let taken = upload(&app, "member_rw", file.clone()).await.with(200);
        assert_eq!((&taken["report_id"], &taken["domain"], &taken["duplicate"]), (&json!("1"), &json!("shared.example"), &json!(false)));
        let record = &taken["records"][0];
        assert_eq!((&record["source_ip"], &record["count"]), (&json!("192.0.2.7"), &json!(30)));
        assert_eq!(record["policy_evaluated"]["dkim"], "pass");
        assert_eq!(record["dkim"], json!([{"domain": "mailer.example", "selector": "s1", "result": "pass"}]));
        let log = app.as_("owner").get("/v1/audit?action=dmarc.report_uploaded").await.with(200);
        assert_eq!((&log["total"], &log["entries"][0]["after"]["messages"]), (&json!(1), &json!(30)));
        let state = async || {
            let owner = app.as_("owner");
            let (reports, log) = (owner.get(&format!("{AT}/reports")).await, owner.get("/v1/audit").await);
            (reports.with(200), log.with(200), owner.get(&format!("{AT}/summary")).await.with(200))
        };
        let before = state().await;
        let again = upload(&app, "owner", file).await.with(200);
        assert_eq!((&again["duplicate"], &again["id"]), (&json!(true), &taken["id"]));
        assert_eq!(state().await, before);
    }

    async fn tls_reports_are_taken_the_same_way(database) {
        let app = TestApp::builder().database(database).build().await;
        let file = json!({
            "organization-name": "Far", "contact-info": "t@far.example", "report-id": "t1",
            "date-range": {"start-datetime": "2027-01-15T00:00:00Z", "end-datetime": "2027-01-15T23:59:59Z"},
            "policies": [{
                "policy": {"policy-type": "sts", "policy-domain": "shared.example", "mx-host": ["mx.shared.example"]},
                "summary": {"total-successful-session-count": 5, "total-failure-session-count": 2},
                "failure-details": [{"result-type": "certificate-expired", "failed-session-count": 2}],
            }],
        });
        let post = |actor: &str| app.as_(actor).request(Method::POST, "/v1/dmarc/reports").json(&file);
        assert_eq!(post("member_hidden").send().await.code(), "sender_domain_not_permitted");
        let taken = post("member_rw").send().await.with(200);
        assert_eq!((&taken["kind"], &taken["policies"][0]["total_failure_session_count"]), (&json!("tls"), &json!(2)));
        assert_eq!(post("member_rw").send().await.with(200)["duplicate"], true);
        let listed = app.as_("member_read").get(&format!("{AT}/tls-reports")).await.with(200);
        assert_eq!((&listed["total"], &listed["reports"][0]["org_name"]), (&json!(1), &json!("Far")));
    }
}

#[tokio::test]
async fn every_domain_that_may_not_be_written_is_one_refusal() {
    let app = TestApp::new().await;
    let before = app.dump();
    let mut answers = Vec::new();
    for (actor, domain) in [
        ("member_rw", "closed.example"),
        ("member_rw", "foreign.example"),
        ("member_rw", "never.example"),
        ("member_rw", "com"),
        ("member_read", "shared.example"),
        ("member_hidden", "shared.example"),
    ] {
        let answer = upload(&app, actor, xml(domain, "1", "")).await;
        assert_eq!(answer.status, 403, "{actor} {domain}");
        answers.push(answer.comparable());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(upload(&app, "anonymous", "<x>").await.status, 401);
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn what_is_no_report_is_refused_and_changes_nothing() {
    let app = TestApp::new().await;
    let before = app.dump();
    let good = xml("shared.example", "1", "");
    let lol = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{good}");
    for (file, says) in [
        (String::new(), "no DMARC or TLS report"),
        ("hello".to_owned(), "no DMARC or TLS report"),
        ("<html></html>".to_owned(), "no DMARC or TLS report"),
        (good[..200].to_owned(), "breaks off"),
        (lol, "document type"),
        (
            good.replace("1799971200", "1899971200"),
            "a time that cannot be",
        ),
        (
            good.replace("1800057599", "1900057599"),
            "a time that cannot be",
        ),
        (
            xml(
                "shared.example",
                "1",
                &record("192.0.2.1", "-3", ("pass", "pass")),
            ),
            "None of the report's records",
        ),
    ] {
        let answer = upload(&app, "owner", file.clone()).await;
        assert_eq!(answer.status, 400, "{file}");
        let message = answer.json()["error"]["message"].clone();
        assert!(message.as_str().unwrap().contains(says), "{message}");
    }
    let owner = app.as_("owner");
    let odd = owner.request(Method::POST, "/v1/dmarc/reports");
    let odd = odd.body("text/html", good.clone()).send().await;
    assert_eq!(odd.code(), "unsupported_media_type");
    let large = vec![b' '; postscale_actions::dmarc::FILE_OCTETS_MAX + 1];
    assert_eq!(upload(&app, "owner", large).await.status, 413);
    for query in ["days=0", "days=x", "days=1&days=2"] {
        let asked = owner.get(&format!("{AT}/summary?{query}")).await;
        assert_eq!(
            (asked.status.as_u16(), asked.fields()),
            (400, vec!["days".to_owned()]),
            "{query}"
        );
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn the_export_is_text_to_a_spreadsheet() {
    let app = TestApp::new().await;
    with_reports(&app).await;
    let export = format!("{AT}/exports");
    let answer = app
        .as_("member_read")
        .post(&export, json!({"days": 30}))
        .await;
    assert_eq!(answer.status, 200);
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    assert!(lines[0].starts_with("begin,end,org_name,report_id,source_ip"));
    assert!(
        text.contains(",'=Big <b> Mail,1,192.0.2.8,,,5,none,fail,fail,shared.example,"),
        "{text}"
    );
    let log = app
        .as_("owner")
        .get("/v1/audit?action=export.created")
        .await
        .with(200);
    assert_eq!(log["entries"][0]["after"]["filter"]["days"], 30);
    let wrong = app
        .as_("member_read")
        .post(&export, json!({"days": 0}))
        .await;
    assert_eq!(wrong.fields(), ["days"]);
}

#[tokio::test]
async fn a_report_of_another_domain_is_not_found() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let closed = &app.world().closed;
    let own = owner
        .get(&format!(
            "/v1/domains/{}/dmarc/reports/{}",
            closed.domain, closed.report
        ))
        .await;
    assert_eq!(own.status, 200);
    let never = "5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa";
    let mut seen: Vec<Value> = Vec::new();
    for id in [closed.report.as_str(), never, "x"] {
        let answer = owner.get(&format!("{AT}/reports/{id}")).await;
        seen.push(answer.with(404));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}
