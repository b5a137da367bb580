//! Goal: what happens is added up by itself, told the same before and after, and forgotten in time.
//! Method: mail is sent to a server of the test and received; sums are read as rows and over the API.

use std::time::Duration;

use postscale_engine::Workers;
use postscale_testkit::on_both_engines;
use serde_json::{Value, json};

use crate::instance::Instance;

const SUMS: &str = "SELECT series || ' ' || label || ' ' || sent || ' ' || delivered || ' ' || received AS c \
                    FROM stats_sums ORDER BY 1";
const JOURNAL: &str = "SELECT series AS c FROM stats_entries";
const WITHOUT_MAINTENANCE: Workers = Workers {
    deliver: true,
    webhooks: false,
    verify: false,
    maintenance: false,
    reports: false,
};
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn told(instance: &Instance) -> Value {
    let path = format!("/v1/domains/{}/stats", instance.app.shared().domain);
    let told = instance.owner().get(&path).await.with(200);
    told["metrics"].clone()
}

on_both_engines! {
    async fn what_happens_is_added_up_by_itself(database) {
        let mut instance = Instance::new(database).await;
        // What everybody finds in the world is not counted here.
        instance.run("DELETE FROM stats_entries", &[]).await;
        instance.run("UPDATE domains SET catch_all_enabled = TRUE", &[]).await;
        let all = instance.settings.workers;
        let running = instance.start_only(WITHOUT_MAINTENANCE);
        instance.send(&["ann@far.example", "dan@far.example"]).await;
        let message = "From: bob@far.example\r\nSubject: x\r\n\r\nx\r\n";
        instance.receive("bob@far.example", &["x@shared.example", "y@shared.example"], message).await;
        let delivered = "SELECT address AS c FROM email_recipients WHERE status = 'delivered' ORDER BY address";
        instance.until_texts(delivered, &["ann@far.example", "dan@far.example"]).await;
        running.stop().await;
        let before = told(&instance).await;
        let counted = |name: &str| before[name].clone();
        assert_eq!(
            ["total_sent", "total_delivered", "total_received", "delivery_rate"].map(counted),
            [json!(2), json!(2), json!(2), json!(1.0)],
        );
        assert!(instance.texts(SUMS).await.is_empty());
        let running = instance.start_only(Workers { deliver: false, ..all });
        instance.until_texts(SUMS, &["day  2 2 2", "hour  2 2 2", "isp other 2 2 0"]).await;
        assert!(instance.texts(JOURNAL).await.is_empty());
        assert_eq!(told(&instance).await, before);
        instance.pass(10 * DAY).await;
        instance.until_texts(SUMS, &["day  2 2 2", "isp other 2 2 0"]).await;
        running.stop().await;
    }
}
