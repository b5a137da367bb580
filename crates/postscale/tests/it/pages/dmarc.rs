//! `/domains/{id}/dmarc`
//!
//! Goal: reports are uploaded, looked at and deleted by forms; who only reads sees everything and no
//! button; what reporters write is text.
//! Method: forms as a browser without scripts sends them, and a reporter whose name is a script.

use http::Method;
use postscale_testkit::{Answer, TestApp};
use serde_json::json;

use super::text;

const HOSTILE: &str = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;'";

fn report(domain: &str) -> String {
    format!(
        "<feedback><report_metadata><org_name>{HOSTILE}</org_name><email>{HOSTILE}</email><extra_contact_info>javascript:alert(1)\
         </extra_contact_info><report_id>{HOSTILE}</report_id><date_range><begin>1799971200</begin><end>1800057599</end>\
         </date_range></report_metadata><policy_published><domain>{domain}</domain><p>{HOSTILE}</p></policy_published>\
         <record><row><source_ip>192.0.2.77</source_ip><count>9</count><policy_evaluated><dkim>fail</dkim><spf>fail</spf>\
         <reason><type>{HOSTILE}</type><comment>{HOSTILE}</comment></reason></policy_evaluated></row><identifiers>\
         <header_from>{HOSTILE}</header_from></identifiers><auth_results><dkim><domain>{HOSTILE}</domain>\
         <result>pass</result></dkim></auth_results></record></feedback>"
    )
}

async fn upload(app: &TestApp, actor: &str, file: &str) -> Answer {
    let fields = json!({"domain": app.shared().domain});
    let request = app.as_(actor).request(Method::POST, "/dmarc/reports");
    request
        .upload(&fields, ("report", file.as_bytes()))
        .send()
        .await
}

#[tokio::test]
async fn a_report_is_uploaded_looked_at_and_deleted() {
    let app = TestApp::new().await;
    let at = format!("/domains/{}/dmarc", app.shared().domain);
    let uploaded = upload(&app, "member_rw", &report("shared.example")).await;
    let path = uploaded.location().to_owned();
    assert!(path.starts_with(&format!("{at}/reports/")), "{path}");
    let reader = app.as_("member_read");
    for page in [&at, &path, &format!("{at}/reports")] {
        let shown = text(&reader.get(page).await);
        assert!(!shown.contains("<script>alert"), "{page}");
        assert!(!shown.contains("href=\"javascript"), "{page}");
        assert!(
            shown.contains("alert(1)"),
            "{page} shows nothing of the report"
        );
        assert!(
            !shown.contains("/delete\"") && !shown.contains("name=\"report\""),
            "{page}"
        );
    }
    let shown = text(&reader.get(&at).await);
    assert!(
        shown.contains("192.0.2.77") && shown.contains("At p=quarantine 9 of 21 messages"),
        "{shown}"
    );
    let again = upload(&app, "member_rw", &report("shared.example")).await;
    assert_eq!(again.location(), path);
    let writer = app
        .as_("member_rw")
        .submit(&format!("{path}/delete"), json!({}))
        .await;
    assert_eq!(writer.status, 403);
    let gone = app
        .as_("admin")
        .submit(&format!("{path}/delete"), json!({}))
        .await;
    assert_eq!(gone.location(), at);
    assert_eq!(reader.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_file_that_is_no_report_leads_back_to_the_page() {
    let app = TestApp::new().await;
    let before = app.dump();
    let refused = upload(&app, "member_rw", "hello").await;
    assert_eq!(refused.status, 400);
    let shown = text(&refused);
    assert!(
        shown.contains("Nothing was kept") && shown.contains("name=\"report\""),
        "{shown}"
    );
    assert_eq!(
        upload(&app, "member_rw", &report("closed.example"))
            .await
            .status,
        403
    );
    // Another site's page cannot send it, nor one that does not know the token.
    let client = app.as_("member_rw");
    let form = "--=_f\r\nContent-Disposition: form-data; name=\"report\"; filename=\"r\"\r\n\r\nx\r\n--=_f--\r\n";
    let bare = client.request(Method::POST, "/dmarc/reports");
    let mut bare = bare.header("x-csrf-token", "");
    bare = bare.body("multipart/form-data; boundary=\"=_f\"", form);
    assert_eq!(bare.send().await.status, 403);
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_domain_nobody_reports_about_says_what_to_publish() {
    let app = TestApp::new().await;
    let at = format!("/domains/{}/dmarc", app.shared().domain);
    let report = format!("{at}/reports/{}/delete", app.shared().report);
    app.as_("owner").submit(&report, json!({})).await;
    let shown = text(&app.as_("member_read").get(&at).await);
    assert!(
        shown.contains("No reports yet") && shown.contains("v=DMARC1; p=quarantine; rua=mailto:"),
        "{shown}"
    );
}
