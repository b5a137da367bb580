//! What nobody who asks may see.

use postscale_store::params;
use postscale_testkit::{Client, Objects, TestApp};
use serde_json::{Value, json};

use super::NEW;
use crate::access::dice::Dice;

/// Fills an instance with what is hidden from its members: some of everything, more or less of it.
/// Gives one of each kind.
pub(super) async fn hide(app: &TestApp, dice: &mut Dice) -> Objects {
    let owner = app.as_("owner");
    let stranger = app.as_("other_org_owner");
    let mut shown = Objects::default();
    for n in 0..=dice.below(3) {
        shown = a_domain(app, &owner, &format!("hidden{n}.example"), dice).await;
    }
    // The other organization may have more, and of the same names.
    for name in ["hidden0.example", "shared.example", "new.example"] {
        if dice.is(60) {
            let made = stranger.post("/v1/domains", json!({"domain": name})).await;
            made.with(201);
        }
    }
    // What names a visible domain beside a hidden one is hidden as well.
    let both = json!(["shared.example", shown.domain]);
    for _ in 0..=dice.below(3) {
        let hook = json!({"url": "https://hidden.example/hook", "events": ["email.sent"], "domain_ids": both});
        owner.post("/v1/webhooks", hook).await.with(201);
        let key = json!({"name": "hidden", "domain_ids": both});
        owner.post("/v1/api-keys", key).await.with(201);
        owner
            .post("/v1/api-keys", json!({"name": "hidden"}))
            .await
            .with(201);
    }
    let hook = json!({"url": "https://hidden.example/all", "events": ["email.received"], "scope": "organization"});
    owner.post("/v1/webhooks", hook).await.with(201);
    // People of the same organization, whom no member sees.
    let user = app.world().seat("second_admin").user;
    let role = json!({"role": "member"});
    owner
        .patch(&format!("/v1/users/{user}"), role)
        .await
        .with(200);
    let access = json!({"domains": [{"domain_id": shown.domain, "access": "read_write"}, {"domain_id": "shared.example", "access": "read"}]});
    let path = format!("/v1/users/{user}/domain-access");
    owner.put(&path, access).await.with(200);
    let invited = json!({"email": NEW, "role": "member", "domains": [{"domain_id": shown.domain, "access": "read"}]});
    let invited = stranger_or_owner(dice, &owner, &stranger, invited).await;
    shown.invitation = text(&invited, "/id");
    shown.invitation_token = "0".repeat(64);
    shown.consent = "0".repeat(64);
    less_of_closed(app, &owner, dice).await;
    shown
}

async fn stranger_or_owner(
    dice: &mut Dice,
    owner: &Client,
    stranger: &Client,
    mut body: Value,
) -> Value {
    if dice.is(50) {
        return owner.post("/v1/invitations", body).await.with(201);
    }
    body["domains"] = json!([]);
    stranger.post("/v1/invitations", body).await.with(201)
}

/// What hangs on a domain that is hidden in both worlds may also be less.
async fn less_of_closed(app: &TestApp, owner: &Client, dice: &mut Dice) {
    let closed = &app.world().closed;
    for (path, is_gone) in [
        (format!("/v1/aliases/{}", closed.alias), dice.is(50)),
        (
            format!("/v1/domains/{}/rules/{}", closed.domain, closed.rule),
            dice.is(50),
        ),
        (format!("/v1/webhooks/{}", closed.webhook), dice.is(50)),
        (
            format!("/v1/inbound-emails/{}", closed.inbound),
            dice.is(50),
        ),
        (format!("/v1/api-keys/{}", closed.api_key), dice.is(50)),
    ] {
        if is_gone {
            let gone = owner.delete(&path).await;
            assert!(gone.status.is_success(), "{path} {}", gone.status);
        }
    }
}

/// A domain that can send, with something of every kind.
async fn a_domain(app: &TestApp, owner: &Client, name: &str, dice: &mut Dice) -> Objects {
    let made = owner
        .post("/v1/domains", json!({"domain": name, "type": "both"}))
        .await;
    let domain = text(&made.with(201), "/id");
    let key = json!({"selector": "hidden", "algorithm": "ed25519"});
    owner.post(&format!("/v1/domains/{domain}/dkim"), key).await;
    make_ready(app, &domain).await;
    let mut objects = Objects {
        domain: domain.clone(),
        name: name.to_owned(),
        selector: "hidden".to_owned(),
        ..Objects::default()
    };
    for n in 0..=dice.below(4) {
        let alias =
            json!({"domain_id": domain, "address": format!("hidden{n}"), "action": "store"});
        let alias = owner.post("/v1/aliases", alias).await.with(201);
        objects.alias = text(&alias, "/alias/id");
        let rule = json!({"name": format!("hidden{n}"), "action": "drop", "conditions": [
            {"field": "subject", "comparator": "equals", "value": "hidden"},
        ]});
        let rule = owner
            .post(&format!("/v1/domains/{domain}/rules"), rule)
            .await
            .with(201);
        objects.rule = text(&rule, "/rule/id");
        objects.report = a_report(owner, name, n).await;
        let message = json!({
            "from": format!("hidden@{name}"),
            "to": ["carol@far.example"],
            "subject": "Hello",
            "text_body": "hidden",
        });
        objects.email = text(&owner.post("/v1/send", message).await.with(202), "/id");
        let organization = app.world().seat("owner").organization.to_string();
        objects.inbound = app.receive(&organization, &domain, name).await;
        let hook = json!({"url": "https://hidden.example/1", "events": ["email.sent"], "domain_ids": [domain]});
        let hook = owner.post("/v1/webhooks", hook).await.with(201);
        objects.webhook = text(&hook, "/webhook/id");
        let path = format!("/v1/webhooks/{}/test", objects.webhook);
        let delivery = owner.post(&path, json!({})).await;
        assert!(delivery.status.is_success(), "{:?}", delivery.json());
        objects.delivery = text(&delivery.json(), "/delivery/id");
        let key = json!({"name": "hidden", "domain_ids": [domain]});
        let key = owner.post("/v1/api-keys", key).await.with(201);
        objects.api_key = text(&key, "/api_key/id");
    }
    let received = owner
        .get(&format!("/v1/inbound-emails/{}", objects.inbound))
        .await;
    objects.attachment = text(&received.with(200), "/email/attachments/0/id");
    objects
}

/// Somebody reports about a domain.
async fn a_report(owner: &Client, name: &str, n: usize) -> String {
    let file = format!(
        "<feedback><report_metadata><org_name>Reporter</org_name><report_id>{n}</report_id>\
         <date_range><begin>1772323200</begin><end>1772409599</end></date_range></report_metadata>\
         <policy_published><domain>{name}</domain></policy_published><record><row>\
         <source_ip>192.0.2.{n}</source_ip><count>7</count></row></record></feedback>"
    );
    let upload = owner.request(http::Method::POST, "/v1/dmarc/reports");
    let uploaded = upload.body("application/xml", file).send().await;
    text(&uploaded.with(200), "/id")
}

/// The records of a domain are found in the DNS.
pub(super) async fn make_ready(app: &TestApp, domain: &str) {
    let mut tx = app.app.store.write().await.unwrap();
    for sql in [
        "UPDATE domains SET verified = TRUE, ownership_verified = TRUE, mx_verified = TRUE, \
         spf_verified = TRUE, dkim_verified = TRUE WHERE id = $1",
        "UPDATE dkim_keys SET status = 'active', verified_at = created_at WHERE domain_id = $1",
    ] {
        tx.execute(sql, &params![domain]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn text(body: &Value, pointer: &str) -> String {
    let member = body.pointer(pointer).and_then(Value::as_str);
    member
        .unwrap_or_else(|| panic!("no {pointer} in {body}"))
        .to_owned()
}
