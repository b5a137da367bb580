//! Goal: a person gets from the sign-in page to a verified domain with a real browser.
//! Method: headless Chromium, driven by WebDriver, against the running binary and a real name server.

mod access;
mod chromium;
mod hostile;
mod invitations;

use fantoccini::Locator;

use crate::node::Node;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_browser_a_person_signs_in_and_takes_a_domain_to_green() {
    let node = Node::start().await;
    let browser = chromium::start().await;
    let page = &browser.client;
    let home = format!("http://{}", node.address("http"));

    page.goto(&format!("{home}/domains")).await.unwrap();
    page.find(Locator::Css("[name=email]"))
        .await
        .unwrap()
        .send_keys(Node::OWNER)
        .await
        .unwrap();
    let password = page.find(Locator::Css("[name=password]")).await.unwrap();
    password.send_keys("not the password").await.unwrap();
    submit(page, "/sign-in").await;
    shows(page, "main", "is wrong").await;
    page.find(Locator::Css("[name=password]"))
        .await
        .unwrap()
        .send_keys(Node::PASSWORD)
        .await
        .unwrap();
    submit(page, "/sign-in").await;
    shows(page, "h1", "Domains").await;

    page.goto(&format!("{home}/domains/new")).await.unwrap();
    page.find(Locator::Css("main [name=domain], main [name=name]"))
        .await
        .unwrap()
        .send_keys("shop.example")
        .await
        .unwrap();
    page.find(Locator::Css("[name=type][value=both]"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    submit(page, "/domains").await;
    shows(page, "h1", "shop.example").await;
    shows(page, "main", "postscale1").await;

    let owner = node.owner().await;
    node.publish(&owner, "shop.example").await;
    submit(page, "/verify").await;
    shows(page, "main", "All 4 required records are verified").await;
    browser.close().await;
}

/// Sends the form whose address ends so.
async fn submit(page: &fantoccini::Client, action: &str) {
    let button = format!(
        "main form[action$='{action}'] button[type=submit], \
         main form[action$='{action}'] button:not([type])"
    );
    let button = page.find(Locator::Css(&button)).await.unwrap();
    button.click().await.unwrap();
}

/// Waits, within the driver's bounds, for the page that shows this.
async fn shows(page: &fantoccini::Client, element: &str, text: &str) {
    let path = format!("//{element}[contains(normalize-space(.), '{text}')]");
    let shown = page.wait().for_element(Locator::XPath(&path)).await;
    shown.unwrap_or_else(|error| panic!("no {element} shows {text:?}: {error}"));
}
