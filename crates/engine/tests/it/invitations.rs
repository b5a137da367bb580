//! Goal: that an invitation expired is in the log, once, unless something else ended it.
//! Method: invitations made through the API; only the clock moves. Their mail is read at the mail
//! server of the invited.

use std::time::Duration;

use postscale_testkit::on_both_engines;
use serde_json::{Value, json};

use crate::instance::Instance;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
const EXPIRED: &str = "SELECT target_label || ' ' || actor_kind AS c FROM audit_entries WHERE action = 'invitation.expired'";
const JOBS: &str = "SELECT job_key AS c FROM jobs WHERE kind = 'expire_invitation'";

async fn invite(instance: &Instance, email: &str) -> Value {
    let body = json!({"email": email, "role": "member"});
    let made = instance.owner().post("/v1/invitations", body).await;
    made.with(201)
}

on_both_engines! {
    async fn what_expires_is_logged_once_and_what_was_ended_before_is_not(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        invite(&instance, "late@far.example").await;
        let revoked = invite(&instance, "gone@far.example").await;
        let path = format!("/v1/invitations/{}", revoked["id"].as_str().unwrap());
        instance.owner().delete(&path).await.with(204);
        let resent = invite(&instance, "again@far.example").await;
        instance.pass(Duration::from_secs(3600)).await;
        let path = format!("/v1/invitations/{}/resend", resent["id"].as_str().unwrap());
        instance.owner().post(&path, json!({})).await.with(200);
        instance.pass(WEEK - Duration::from_secs(3600)).await;
        instance.until_texts(EXPIRED, &["late@far.example system"]).await;
        instance.pass(Duration::from_secs(3600)).await;
        instance.until_texts(JOBS, &[]).await;
        let mut expired = instance.texts(EXPIRED).await;
        expired.sort();
        assert_eq!(expired, ["again@far.example system", "late@far.example system"]);
        running.stop().await;
    }

    async fn the_mail_of_an_invitation_arrives_and_its_link_is_good(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        invite(&instance, "nora@far.example").await;
        let asked = instance.until("an invitation", async || instance.sink.message_to("nora@far.example"));
        let (_, message) = asked.await;
        let message = message.replace("=\r\n", "").replace("=3D", "=");
        let (_, link) = message.split_once("https://postscale.example/invitations/").unwrap();
        let token = &link[..64];
        let path = format!("/v1/invitations/{token}");
        let offer = instance.app.as_("anonymous").get(&path).await.with(200);
        assert_eq!(offer["email"], "nora@far.example");
        running.stop().await;
    }
}
