//! Goal: an owner gives and takes access with a real browser, and who was promoted goes on undisturbed.
//! Method: as before; one browser, first the member's, then the owner's.

use fantoccini::{Client, Locator};
use serde_json::json;

use super::{
    chromium,
    invitations::{after, fill, mail},
    shows, submit,
};
use crate::node::{Node, Session};

const PASSWORD: &str = "a good long password";

/// Nora follows her invitation and is signed in.
async fn join(page: &Client, home: &str, node: &Node, owner: &Session) -> String {
    let invited = json!({"email": "nora@far.example", "role": "member"});
    let invitations = "/v1/invitations";
    owner.expect(201, "POST", invitations, Some(invited)).await;
    let token = after(&mail(node).await, "/invitations/", 64).to_owned();
    let link = format!("{home}/invitations/{token}");
    page.goto(&link).await.unwrap();
    fill(page, "name", "Nora New").await;
    fill(page, "password", PASSWORD).await;
    submit(page, &token).await;
    shows(page, "h1", "Check your mail").await;
    let code = after(&mail(node).await, "Your code is", 6).to_owned();
    fill(page, "code", &code).await;
    submit(page, "/code").await;
    shows(page, "main", "You are in the organization now").await;
    let users = owner.expect(200, "GET", "/v1/users?q=nora", None).await;
    users["users"][0]["id"].as_str().unwrap().to_owned()
}

async fn session(page: &Client) -> String {
    let cookie = page.get_named_cookie("postscale_session").await;
    cookie.unwrap().value().to_owned()
}

async fn choose(page: &Client, select: &str, label: &str) {
    let select = page.find(Locator::Css(select)).await.unwrap();
    select.select_by_label(label).await.unwrap();
}

async fn press(page: &Client, label: &str) {
    let button = format!("//main//button[normalize-space(.)='{label}']");
    let button = page.find(Locator::XPath(&button)).await.unwrap();
    button.click().await.unwrap();
}

async fn focused(page: &Client, what: &str) -> String {
    let script = format!("return document.activeElement.{what}");
    let said = page.execute(&script, Vec::new()).await.unwrap();
    said.as_str().unwrap_or_default().trim().to_owned()
}

/// The server chooses the place of the focus, and the script does not choose another one.
async fn an_end_in_the_past_takes_the_focus(page: &Client, home: &str, nora: &str) {
    page.goto(&format!("{home}/team/users/{nora}/access"))
        .await
        .unwrap();
    let past = "document.querySelector('[name^=until-]').value = '2020-01-01T00:00'";
    page.execute(past, Vec::new()).await.unwrap();
    press(page, "Save access").await;
    shows(page, "p", "Must be in the future.").await;
    assert_eq!(focused(page, "type").await, "datetime-local");
}

/// The question's harmless answer has the focus, and the notice says what was taken from whom.
async fn a_row_of_the_review_is_taken_away(page: &Client, home: &str) {
    page.goto(&format!("{home}/team/review?kind=grant"))
        .await
        .unwrap();
    press(page, "Revoke shop.example of Nora New").await;
    assert_eq!(focused(page, "textContent").await, "Cancel");
    press(page, "Revoke").await;
    shows(page, "main", "access to").await;
    shows(page, "main", "Nothing to review").await;
    let told = page.find(Locator::Css("main .notice")).await.unwrap();
    let told = told.text().await.unwrap();
    let told = told.replace(['\u{2068}', '\u{2069}'], "");
    assert_eq!(
        told.trim(),
        "Taken away from Nora New: access to shop.example. It works no more."
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_browser_access_is_given_taken_and_a_promotion_disturbs_nobody() {
    let node = Node::start().await;
    let browser = chromium::start().await;
    let page = &browser.client;
    let home = format!("http://{}", node.address("http"));
    let owner = node.owner().await;
    let shop = json!({"domain": "shop.example", "type": "both"});
    owner.expect(201, "POST", "/v1/domains", Some(shop)).await;

    let nora = join(page, &home, &node, &owner).await;
    let user = format!("/v1/users/{nora}");
    let before = session(page).await;
    let promoted = Some(json!({"role": "admin"}));
    owner.expect(200, "PATCH", &user, promoted).await;
    page.goto(&format!("{home}/domains?search=shop"))
        .await
        .unwrap();
    shows(page, "main", "shop.example").await;
    assert_ne!(session(page).await, before, "another token");
    page.goto(&format!("{home}/account")).await.unwrap();
    shows(page, "main", "nora@far.example").await;
    // Behind the menu of a narrow window. The form carries the CSRF token of the new session.
    let sign_out = "document.querySelector(\"form[action='/sign-out']\").requestSubmit()";
    page.execute(sign_out, Vec::new()).await.unwrap();
    shows(page, "button", "Sign in").await;

    page.goto(&format!("{home}/sign-in?return_to=/team/users/{nora}"))
        .await
        .unwrap();
    fill(page, "email", Node::OWNER).await;
    fill(page, "password", Node::PASSWORD).await;
    submit(page, "/sign-in").await;
    shows(page, "main", "Every domain, those added later too").await;
    choose(page, "main [name=role]", "Member").await;
    press(page, "What will change?").await;
    shows(page, "h2", "What will change").await;
    submit(page, "/role").await;
    shows(page, "main", "No domain").await;

    page.goto(&format!("{home}/team/users/{nora}/access"))
        .await
        .unwrap();
    choose(page, "main select", "Read and write").await;
    press(page, "What will change?").await;
    shows(page, "h2", "What will change").await;
    press(page, "Save access").await;
    shows(page, "main", "Access was saved").await;
    shows(page, "td", "Read and write").await;

    an_end_in_the_past_takes_the_focus(page, &home, &nora).await;
    a_row_of_the_review_is_taken_away(page, &home).await;
    browser.close().await;
}
