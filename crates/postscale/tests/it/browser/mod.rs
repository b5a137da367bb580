//! Goal: a person gets from the sign-in page to a verified domain with a real browser.
//! Method: headless Chromium, driven by WebDriver, against the running binary and a real name server.

mod chromium;

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
    assert!(
        text(page, "main").await.contains("wrong"),
        "a wrong password is told"
    );
    page.find(Locator::Css("[name=password]"))
        .await
        .unwrap()
        .send_keys(Node::PASSWORD)
        .await
        .unwrap();
    submit(page, "/sign-in").await;
    assert_eq!(text(page, "h1").await, "Domains");

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
    assert_eq!(text(page, "h1").await, "shop.example");
    assert!(
        text(page, "main").await.contains("postscale1"),
        "it has its first DKIM key"
    );

    let owner = node.owner().await;
    node.publish(&owner, "shop.example").await;
    submit(page, "/verify").await;
    let said = text(page, "main").await;
    assert!(
        said.contains("All 4 required records are verified"),
        "{said}"
    );
    browser.close().await;
}

/// Sends the form whose address ends so, and waits for the page that answers.
async fn submit(page: &fantoccini::Client, action: &str) {
    let button = format!(
        "main form[action$='{action}'] button[type=submit], main form[action$='{action}'] button:not([type])"
    );
    page.find(Locator::Css(&button))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
}

async fn text(page: &fantoccini::Client, selector: &str) -> String {
    page.wait()
        .for_element(Locator::Css(selector))
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}
