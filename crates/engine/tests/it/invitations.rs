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

/// What follows the mark in a message to the invited.
async fn mailed(instance: &Instance, mark: &str) -> String {
    let got = instance.until(mark, async || {
        let all = instance.sink.taken();
        let texts = all
            .iter()
            .map(|(_, _, text)| text.replace("=\r\n", "").replace("=3D", "="));
        let mut found = texts.filter_map(|text| Some(text.split_once(mark)?.1.to_owned()));
        found.next_back()
    });
    got.await
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

    async fn the_mail_arrives_and_of_two_who_give_its_code_at_once_one_joins(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        invite(&instance, "nora@far.example").await;
        let link = mailed(&instance, "https://postscale.example/invitations/").await;
        let token = &link[..64];
        let anybody = instance.app.as_("anonymous");
        let offer = anybody.get(&format!("/v1/invitations/{token}")).await.with(200);
        assert_eq!(offer["email"], "nora@far.example");
        let body = json!({"token": token, "name": "Nora", "password": "a good long password"});
        anybody.post("/v1/invitations/accept", body).await.with(202);
        let code = mailed(&instance, "Your code is").await;
        let body = json!({"token": token, "code": &code.trim_start()[..6]});
        let path = "/v1/invitations/verify-email";
        let (one, other) = tokio::join!(anybody.post(path, body.clone()), anybody.post(path, body));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
        let users = "SELECT COUNT(*) AS c FROM users u JOIN persons p ON p.id = u.person_id \
                     WHERE p.email = 'nora@far.example'";
        assert_eq!(instance.number(users).await, 1);
        running.stop().await;
    }

    async fn of_many_invitations_of_an_address_at_once_one_is_pending(database) {
        let instance = Instance::new(database).await;
        let once = async || {
            let body = json!({"email": "nora@far.example", "role": "member"});
            instance.owner().post("/v1/invitations", body).await.status.as_u16()
        };
        let (a, b, c, d, e) = tokio::join!(once(), once(), once(), once(), once());
        let mut statuses = [a, b, c, d, e];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 201, 429, 429]);
        let pending = "SELECT COUNT(*) AS c FROM invitations WHERE email = 'nora@far.example' AND state = 'pending'";
        assert_eq!(instance.number(pending).await, 1);
    }

    /// INV-10, however the two meet.
    async fn whoever_loses_the_right_to_invite_leaves_no_link_behind(database) {
        let instance = Instance::new(database).await;
        let admin = instance.app.world().seat("admin").user;
        let path = format!("/v1/users/{admin}");
        let invite = async |round: usize| {
            let body = json!({"email": format!("n{round}@far.example"), "role": "admin"});
            instance.app.as_("admin").post("/v1/invitations", body).await.status.as_u16()
        };
        let owner = instance.owner();
        for round in 0..8 {
            let (invited, demoted) = tokio::join!(
                invite(round),
                owner.patch(&path, json!({"role": "member"})),
            );
            demoted.with(200);
            assert!(matches!(invited, 201 | 403), "{invited}");
            let pending = "SELECT email AS c FROM invitations i JOIN users u ON u.id = i.invited_by \
                           WHERE i.state = 'pending' AND u.role = 'member'";
            assert_eq!(instance.texts(pending).await, [""; 0], "round {round}");
            owner.patch(&path, json!({"role": "admin"})).await.with(200);
        }
    }
}
