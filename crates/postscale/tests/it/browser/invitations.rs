//! Goal: somebody who was invited gets from the mail into the organization with a real browser.
//! Method: as before; the mail is caught by a real SMTP server of the invited.

use fantoccini::{Client, Locator};

use super::{chromium, shows, submit};
use crate::node::Node;

/// Types into a field of the page.
pub async fn fill(page: &Client, name: &str, text: &str) {
    let input = format!("main [name={name}]");
    let input = page.find(Locator::Css(&input)).await.unwrap();
    input.send_keys(text).await.unwrap();
}

/// The text of the next message to the invited, as far as this test reads it.
pub async fn mail(node: &Node) -> String {
    let caught = node.sink.next().await;
    assert_eq!(caught.to, ["nora@far.example"]);
    caught.text().replace("=\r\n", "").replace("=3D", "=")
}

/// What follows a mark in a text.
pub fn after<'t>(text: &'t str, mark: &str, length: usize) -> &'t str {
    let (_, rest) = text.split_once(mark).unwrap();
    &rest.trim_start()[..length]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_browser_somebody_is_invited_proves_the_address_and_joins() {
    let node = Node::start().await;
    let browser = chromium::start().await;
    let page = &browser.client;
    let home = format!("http://{}", node.address("http"));

    page.goto(&format!("{home}/sign-in?return_to=/team/invitations"))
        .await
        .unwrap();
    fill(page, "email", Node::OWNER).await;
    fill(page, "password", Node::PASSWORD).await;
    submit(page, "/sign-in").await;
    shows(page, "main", "Nobody is invited").await;
    page.goto(&format!("{home}/team/invitations/new"))
        .await
        .unwrap();
    fill(page, "email", "nora@far.example").await;
    submit(page, "/team/invitations").await;
    shows(page, "main", "The invitation is on its way").await;
    shows(page, "td", "nora@far.example").await;

    let token = after(&mail(&node).await, "/invitations/", 64).to_owned();
    let link = format!("{home}/invitations/{token}");
    page.goto(&link).await.unwrap();
    shows(page, "main", "You are signed in as owner@people.example").await;
    submit(page, "/sign-out").await;
    shows(page, "main", "invites you, nora@far.example").await;
    fill(page, "name", "Nora New").await;
    fill(page, "password", "a good long password").await;
    submit(page, &token).await;
    shows(page, "h1", "Check your mail").await;
    let right = mail(&node).await;
    let right = after(&right, "Your code is", 6);
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    fill(page, "code", wrong).await;
    submit(page, "/code").await;
    shows(page, "main", "Is wrong or has expired").await;
    fill(page, "code", right).await;
    submit(page, "/code").await;
    shows(page, "main", "You are in the organization now").await;
    shows(page, "*", "nora@far.example").await;

    page.goto(&link).await.unwrap();
    shows(page, "h1", "Not found").await;
    browser.close().await;
}
