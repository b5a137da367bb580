//! `/emails`, `/inbound`: lists longer than a page
//!
//! Goal: who pages through what was sent and received sees every message once, however much comes
//! meanwhile, and finds back to the beginning.
//! Method: the world's two messages, one a page.

use std::time::Duration;

use postscale_testkit::TestApp;
use serde_json::json;

use super::text;

/// The address behind the button of that name.
fn behind(page: &str, button: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("\">{button}</a>"))?;
    let (_, href) = before.rsplit_once("href=\"")?;
    Some(href.replace("&#38;", "&"))
}

#[tokio::test]
async fn a_list_goes_on_behind_the_last_row_whatever_came_meanwhile() {
    let app = TestApp::builder().without_warming().build().await;
    let (owner, world) = (app.as_("owner"), app.world());
    for (path, buttons, both) in [
        (
            "/emails?from=e",
            ["Newest", "Older"],
            [&world.shared.email, &world.closed.email],
        ),
        (
            "/inbound?q=e",
            ["Newest", "Older"],
            [&world.shared.inbound, &world.closed.inbound],
        ),
        (
            "/inbound?order=from",
            ["First", "Next"],
            [&world.shared.inbound, &world.closed.inbound],
        ),
    ] {
        let shown = |page: &str| both.map(|id| page.contains(&format!("/{id}\"")));
        let first = text(&owner.get(&format!("{path}&limit=1")).await);
        assert_eq!(behind(&first, buttons[0]), None, "{path}");
        let on = behind(&first, buttons[1]).unwrap();
        assert!(on.starts_with(&format!("{path}&cursor=")), "{on}");
        app.clock.advance(Duration::from_secs(1));
        let mail = json!({"from": "ann@shared.example", "to": ["carol@far.example"], "subject": "More", "text_body": "x"});
        owner.post("/v1/send", mail).await.with(202);
        let second = text(&owner.get(&on).await);
        assert_eq!(shown(&second), shown(&first).map(|there| !there), "{path}");
        assert!(!second.contains("More<"), "{path}");
        assert_eq!(behind(&second, buttons[0]).as_deref(), Some(path));
        assert_eq!(behind(&second, buttons[1]), None, "{path}");
        let foreign = app.as_("admin").get(&on).await;
        assert_eq!(foreign.status, 400, "{path}");
    }
}
