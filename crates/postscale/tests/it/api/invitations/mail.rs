//! The mail: plain and HTML, and nothing anybody wrote is markup or a header.

use postscale_store::params;

use super::*;

async fn rename(app: &TestApp, name: &str) {
    let mut tx = app.app.store.write().await.unwrap();
    let sql = "UPDATE organizations SET name = $1 WHERE id = $2";
    let id = app.world().seat("owner").organization;
    tx.execute(sql, &params![name, id]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_invitation_is_plain_and_html_and_from_the_instance() {
    let app = TestApp::new().await;
    invited(&app).await;
    let mails = mails(&app, NEW);
    let [mail] = &mails[..] else {
        panic!("{} mails", mails.len())
    };
    for part in [
        "From: \"Postscale\" <no-reply@postscale.example>\r\n",
        "Subject: Invitation to join Acme on Postscale\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain;",
        "Content-Type: text/html;",
        "owner@people.example invites you, nora@new.example, to join \"Acme\" on Postscale as a member.",
        "7 days",
    ] {
        assert!(mail.contains(part), "{part}\n{mail}");
    }
}

#[tokio::test]
async fn the_name_of_an_organization_is_neither_markup_nor_a_header() {
    let app = TestApp::new().await;
    rename(
        &app,
        "<b>Acme</b> & \"Co\"\r\nBcc: spy@evil.example\r\n\r\n<script>",
    )
    .await;
    let (_, token) = invited(&app).await;
    accept(&app, "anonymous", &token).await.with(202);
    for mail in mails(&app, NEW) {
        assert!(!mail.contains("\r\nBcc:"), "{mail}");
        let (_, html) = mail.split_once("text/html").expect("HTML");
        assert!(
            html.contains("&lt;b&gt;Acme&lt;/b&gt; &amp; &quot;Co&quot;"),
            "{html}"
        );
        assert!(!html.contains("<b>") && !html.contains("<script"), "{html}");
    }
}

#[tokio::test]
async fn the_code_is_mailed_with_what_it_makes() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    let body = json!({"token": token, "name": "<i>Eve</i>", "password": PASSWORD});
    app.as_("anonymous")
        .post("/v1/invitations/accept", body)
        .await
        .with(202);
    let all = mails(&app, NEW);
    let mail = all.last().unwrap();
    assert!(
        mail.contains("It makes \"<i>Eve</i>\" a member of \"Acme\""),
        "{mail}"
    );
    assert!(mail.contains("&lt;i&gt;Eve&lt;/i&gt;"), "{mail}");
    assert!(mail.contains("It is good for 10 minutes."), "{mail}");
    assert!(
        !mail.contains(&token),
        "the code and the link are two proofs"
    );
}

#[tokio::test]
async fn a_long_name_is_cut() {
    let app = TestApp::new().await;
    rename(&app, &"x".repeat(200)).await;
    invited(&app).await;
    let mail = &mails(&app, NEW)[0];
    assert!(mail.contains(&format!("\"{}\"", "x".repeat(80))), "{mail}");
}
