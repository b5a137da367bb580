//! Goal: a masked address can be written to and answered through, and neither side learns more than
//! it should. Method: a target and strangers at the mail server of the test; what leaves is read.

use postscale_engine::{
    blocked, intake,
    reply::{self, Replied, ReplyReceived},
};
use postscale_mail::{
    authenticate::{Session, authenticate},
    reverse,
};
use postscale_model::Address;
use postscale_smtp::ReversePath;
use postscale_store::contact;
use postscale_testkit::{database::TestDatabase, on_both_engines};
use serde_json::json;

use crate::instance::{Instance, system};

const QUESTION: &str = "From: Bob <bob@far.example>\r\nTo: mask@shared.example\r\nSubject: A question\r\n\
    Message-ID: <q1@far.example>\r\n\r\nAre you there?\r\n";
const STATES: &str =
    "SELECT status AS c FROM inbound_emails WHERE action = 'forward' ORDER BY received_at, id";

/// A masked alias `mask` that forwards to these, who agree; strangers of `far.example` are known by
/// SPF.
async fn masked(instance: &Instance, targets: &[&str]) -> String {
    instance
        .app
        .dns
        .set_txt("far.example", "v=spf1 ip4:127.0.0.1 -all");
    let body = json!({"address": "mask", "is_masked": true, "forward_to": targets});
    let id = instance.alias(body).await;
    instance
        .run("UPDATE forward_targets SET confirmed_at = created_at", &[])
        .await;
    instance.run("DELETE FROM system_emails", &[]).await;
    id
}

/// The reverse address in the From field of what a target got.
fn reverse_address(message: &str) -> String {
    let from = message.lines().find(|line| line.starts_with("From:"));
    let unfolded = message.replace("\r\n ", " ").replace("\r\n\t", " ");
    let from = unfolded
        .lines()
        .find(|line| line.starts_with("From:"))
        .unwrap_or_else(|| panic!("{from:?}"));
    from.split(['<', '>']).nth(1).unwrap().to_owned()
}

/// Hands a message for a reverse address over as the reception does.
async fn write_to(instance: &Instance, mail_from: &str, to: &str, message: &str) -> Replied {
    let parts = instance.parts();
    let address: Address = to.parse().unwrap();
    let token = reverse::token(address.local_part()).unwrap();
    let mut tx = instance.app.app.store.read().await.unwrap();
    let reverses = contact::find_reverse(&mut tx, &system(), address.domain(), &[token]).await;
    let reverses = reverses.unwrap();
    assert_eq!(reverses.len(), 1, "{to} is known");
    drop(tx);
    let session = Session {
        peer: [127, 0, 0, 1].into(),
        helo: "mx.far.example",
        mail_from,
        authserv_id: &"mx.postscale.example".parse().unwrap(),
    };
    let authentication = authenticate(&parts.resolver, session, message.as_bytes()).await;
    let envelope_sender = ReversePath::Address(mail_from.parse().unwrap());
    let received = ReplyReceived {
        envelope_sender: &envelope_sender,
        reverses: &reverses,
        message: message.as_bytes(),
        authentication: &authentication,
    };
    reply::receive(&parts, &received).await.unwrap()
}

/// Waits for what somebody gets first.
async fn first_to(instance: &Instance, whom: &str) -> (String, String) {
    instance
        .until(whom, async || instance.sink.message_to(whom))
        .await
}

fn notification(recipient: &str) -> String {
    format!(
        "From: MAILER-DAEMON@far.example\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.far.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
}

on_both_engines! {
    async fn a_conversation_goes_both_ways_and_discloses_nobody(database) {
        let instance = Instance::new(database).await;
        let id = masked(&instance, &["carol@far.example"]).await;
        let running = instance.start();
        instance.receive("bob@far.example", &["mask@shared.example"], QUESTION).await;
        let (_, question) = first_to(&instance, "carol@far.example").await;
        let reverse = reverse_address(&question);
        assert!(question.contains("Subject: A question"), "{question}");
        assert!(!question.contains("Reply-To: "), "{question}");
        assert!(question.contains("(bob at far.example)"), "{question}");

        let answer = format!(
            "Received: from carols.laptop by far.example for <carol@far.example>; x\r\nReturn-Path: <carol@far.example>\r\n\
             From: Carol Real <carol@far.example>\r\nTo: <{reverse}>\r\nSubject: Re: A question\r\n\
             Message-ID: <a1@far.example>\r\nIn-Reply-To: <q1@far.example>\r\nX-Mailer: Carol's\r\n\r\n\
             Yes.\r\nOn Monday, {reverse} wrote to carol@far.example:\r\n> Are you there?\r\n"
        );
        assert_eq!(write_to(&instance, "carol@far.example", &reverse, &answer).await, Replied::Taken);
        let (return_path, answer) = first_to(&instance, "bob@far.example").await;
        assert!(return_path.starts_with("<bounces-"), "{return_path}");
        assert!(answer.contains("From: <mask@shared.example>\r\n"), "{answer}");
        assert!(answer.contains("To: \"Bob\" <bob@far.example>\r\n"), "{answer}");
        assert!(answer.contains("In-Reply-To: <q1@far.example>\r\n"), "{answer}");
        assert!(answer.contains("On Monday, bob@far.example wrote to mask@shared.example:"), "{answer}");
        for secret in ["carol", "reply+", "laptop", "a1@far.example"] {
            assert!(!answer.to_lowercase().contains(secret), "{secret}: {answer}");
        }
        let contacts = instance.owner().get(&format!("/v1/aliases/{id}/contacts")).await.with(200);
        let contact = &contacts["contacts"][0];
        assert_eq!((&contact["address"], &contact["name"]), (&json!("bob@far.example"), &json!("Bob")));
        assert_eq!((&contact["emails_received"], &contact["emails_sent"]), (&json!(1), &json!(1)));
        assert_eq!(contact["reverse_address"], reverse);
        // What left is sent mail of the domain, without who wrote it.
        let listed = instance.owner().get("/v1/emails?subject=question").await.with(200);
        assert_eq!(listed["total"], 1, "{listed}");
        assert!(!listed.to_string().contains("carol"), "{listed}");
        running.stop().await;
    }

    async fn a_rule_that_sends_on_mail_of_a_masked_address_discloses_nobody_either(database) {
        let instance = Instance::new(database).await;
        let id = masked(&instance, &["carol@far.example"]).await;
        let body = json!({
            "name": "to Erin", "alias_id": id, "action": "forward",
            "action_config": {"forward_to": ["erin@far.example"]},
            "conditions": [{"field": "subject", "comparator": "contains", "value": "question"}],
        });
        instance.owner().post("/v1/domains/shared.example/rules", body).await.with(201);
        instance.run("UPDATE forward_targets SET confirmed_at = created_at", &[]).await;
        instance.run("DELETE FROM system_emails", &[]).await;
        let running = instance.start();
        instance.receive("bob@far.example", &["mask@shared.example"], QUESTION).await;
        let (_, question) = first_to(&instance, "erin@far.example").await;
        let reverse = reverse_address(&question);
        let answer = |who: &str| {
            format!("From: {who}@far.example\r\nTo: {reverse}\r\nSubject: Re: A question\r\n\r\nYes.\r\n")
        };
        // Whom neither the alias nor a rule sends its mail to has no say.
        let refused = write_to(&instance, "dave@far.example", &reverse, &answer("dave")).await;
        assert_eq!(refused, Replied::NotPermitted);
        let taken = write_to(&instance, "erin@far.example", &reverse, &answer("erin")).await;
        assert_eq!(taken, Replied::Taken);
        let (_, answer) = first_to(&instance, "bob@far.example").await;
        assert!(answer.contains("From: <mask@shared.example>\r\n"), "{answer}");
        assert!(!answer.to_lowercase().contains("erin"), "{answer}");
        running.stop().await;
    }

    async fn a_conversation_is_begun_by_a_contact_that_is_made(database) {
        let instance = Instance::new(database).await;
        let id = masked(&instance, &["carol@far.example"]).await;
        let at = format!("/v1/aliases/{id}/contacts");
        let body = json!({"address": "Dan <dan@far.example>"});
        let made = instance.owner().post(&at, body.clone()).await.with(201);
        let again = instance.owner().post(&at, body).await.with(200);
        assert_eq!(made, again);
        let reverse = made["contact"]["reverse_address"].as_str().unwrap();
        let message = format!("From: carol@far.example\r\nTo: {reverse}\r\nSubject: Hello\r\n\r\nHello Dan.\r\n");
        let running = instance.start();
        assert_eq!(write_to(&instance, "carol@far.example", reverse, &message).await, Replied::Taken);
        let (_, message) = first_to(&instance, "dan@far.example").await;
        assert!(message.contains("To: \"Dan\" <dan@far.example>\r\n"), "{message}");
        running.stop().await;
    }

    async fn nobody_but_a_proven_target_that_agreed_writes_to_a_reverse_address(database) {
        let instance = Instance::new(database).await;
        let id = masked(&instance, &["carol@far.example", "ann@elsewhere.example"]).await;
        let at = format!("/v1/aliases/{id}/contacts");
        let made = instance.owner().post(&at, json!({"address": "dan@far.example"})).await.with(201);
        let reverse = made["contact"]["reverse_address"].as_str().unwrap();
        let message = |from: &str, more: &str| format!("{more}From: {from}\r\nTo: {reverse}\r\n\r\nHello\r\n");
        for (mail_from, message, want) in [
            ("eve@far.example", message("eve@far.example", ""), Replied::NotPermitted),
            // A target by name, but not by anything that proves it.
            ("eve@far.example", message("ann@elsewhere.example", ""), Replied::NotPermitted),
            ("ann@elsewhere.example", message("ann@elsewhere.example", ""), Replied::NotPermitted),
            ("carol@far.example", message("carol@far.example, eve@far.example", ""), Replied::NotPermitted),
            ("carol@far.example", message("carol@far.example", "From: carol@far.example\r\n"), Replied::NotPermitted),
            ("carol@far.example", message("nothing", ""), Replied::NotPermitted),
            ("carol@far.example", message("carol@far.example", "Auto-Submitted: auto-replied\r\n"), Replied::Automatic),
            ("carol@far.example", message("carol@far.example", "Precedence: bulk\r\n"), Replied::Automatic),
        ] {
            assert_eq!(write_to(&instance, mail_from, reverse, &message).await, want, "{message}");
        }
        instance.app.dns.servfail("far.example");
        let honest = message("carol@far.example", "");
        assert_eq!(write_to(&instance, "carol@far.example", reverse, &honest).await, Replied::Unproven);
        instance.app.dns.mend("far.example");
        // A target that has not agreed is nobody yet.
        instance.run("UPDATE forward_targets SET confirmed_at = NULL", &[]).await;
        assert_eq!(write_to(&instance, "carol@far.example", reverse, &honest).await, Replied::NotPermitted);
        assert_eq!(instance.number("SELECT COUNT(*) AS c FROM emails WHERE alias_id IS NOT NULL").await, 0);
    }

    async fn a_blocked_contact_is_not_heard(database) {
        let instance = Instance::new(database).await;
        let id = masked(&instance, &["carol@far.example"]).await;
        let at = format!("/v1/aliases/{id}/contacts");
        let made = instance.owner().post(&at, json!({"address": "bob@far.example"})).await.with(201);
        let one = format!("{at}/{}", made["contact"]["id"].as_str().unwrap());
        let heard = async |sender: &str| {
            let to = instance.recipient("mask@shared.example").await.unwrap();
            let sender = ReversePath::Address(sender.parse().unwrap());
            let who = (&sender, QUESTION.as_bytes());
            blocked::without_blocked(&instance.parts(), vec![to], who).await.unwrap().len()
        };
        assert_eq!(heard("bob@far.example").await, 1);
        instance.owner().patch(&one, json!({"blocked": true})).await.with(200);
        assert_eq!(heard("bob@far.example").await, 0);
        assert_eq!(heard("bounce@far.example").await, 0, "by its author as well");
        instance.owner().patch(&one, json!({"blocked": false})).await.with(200);
        assert_eq!(heard("bob@far.example").await, 1);
    }

    async fn who_wrote_by_a_reverse_address_is_told_when_it_comes_back(database) {
        let instance = Instance::new(database).await;
        let id = masked(&instance, &["carol@far.example"]).await;
        let at = format!("/v1/aliases/{id}/contacts");
        let made = instance.owner().post(&at, json!({"address": "nobody@far.example"})).await.with(201);
        let reverse = made["contact"]["reverse_address"].as_str().unwrap();
        let message = format!("From: carol@far.example\r\nTo: {reverse}\r\n\r\nHello\r\n");
        let running = instance.start();
        assert_eq!(write_to(&instance, "carol@far.example", reverse, &message).await, Replied::Taken);
        let (return_path, told) = first_to(&instance, "carol@far.example").await;
        running.stop().await;
        assert_eq!(return_path, "<>");
        assert!(told.contains("Final-Recipient: rfc822; nobody@far.example"), "{told}");
    }

    async fn a_target_that_does_not_exist_is_left_alone_and_a_known_sender_is_told(database) {
        let instance = Instance::new(database).await;
        let id = masked(&instance, &["nobody@far.example"]).await;
        let running = instance.start();
        instance.receive("bob@far.example", &["mask@shared.example"], QUESTION).await;
        let (return_path, told) = first_to(&instance, "bob@far.example").await;
        assert_eq!(return_path, "<>");
        assert!(told.contains("Final-Recipient: rfc822; mask@shared.example"), "{told}");
        assert!(told.contains("In-Reply-To: <q1@far.example>"), "{told}");
        assert!(!told.contains("nobody"), "{told}");
        let at = format!("/v1/aliases/{id}");
        let alias = instance.owner().get(&at).await.with(200);
        assert_eq!(alias["alias"]["bouncing"], json!(["nobody@far.example"]));
        // Nothing more is tried there; the sender is told all the same, a forger is not.
        instance.receive("bob@far.example", &["mask@shared.example"], QUESTION).await;
        instance.until_texts(STATES, &["failed", "failed"]).await;
        instance.receive("bob@elsewhere.example", &["mask@shared.example"], QUESTION).await;
        instance.receive("", &["mask@shared.example"], QUESTION).await;
        instance.until_texts(STATES, &["failed"; 4]).await;
        instance.until_texts("SELECT id AS c FROM system_emails", &[]).await;
        let told = instance.sink.taken().into_iter().filter(|(_, to, _)| to == "bob@far.example").count();
        assert_eq!((told, instance.sink.taken().len()), (2, 2));
        // Named again, it gets another chance.
        let again = json!({"forward_to": ["nobody@far.example"]});
        let alias = instance.owner().patch(&at, again).await.with(200);
        assert_eq!(alias["alias"]["bouncing"], json!([]));
        running.stop().await;
    }

    async fn what_comes_back_later_is_told_to_a_known_sender_once(database) {
        let instance = Instance::new(database).await;
        masked(&instance, &["carol@far.example"]).await;
        let running = instance.start();
        instance.receive("bob@far.example", &["mask@shared.example"], QUESTION).await;
        let (return_path, _) = first_to(&instance, "carol@far.example").await;
        instance.until_texts(STATES, &["delivered"]).await;
        let local_part = return_path.trim_start_matches('<').split('@').next().unwrap();
        let parts = instance.parts();
        let recipient = intake::bounced_recipient(&parts, local_part).unwrap();
        let back = notification("carol@far.example");
        for _ in 0..2 {
            intake::bounce(&parts, recipient, back.as_bytes()).await.unwrap();
        }
        let (return_path, told) = first_to(&instance, "bob@far.example").await;
        instance.until_texts("SELECT id AS c FROM system_emails", &[]).await;
        running.stop().await;
        assert_eq!(return_path, "<>");
        assert!(!told.contains("carol"), "{told}");
        assert_eq!(instance.texts(STATES).await, ["failed"]);
        assert_eq!(instance.sink.taken().len(), 2);
    }

    async fn two_instances_that_forward_to_each_other_stop(database) {
        let here = Instance::new(database).await;
        let elsewhere = TestDatabase::sqlite();
        let there = Instance::another(&elsewhere).await;
        for instance in [&here, &there] {
            masked(instance, &["loop@far.example"]).await;
            instance.app.dns.remove("far.example", postscale_testkit::RecordType::TXT);
        }
        let (first, second) = (here.start(), there.start());
        here.receive("bob@far.example", &["mask@shared.example"], QUESTION).await;
        let (_, copy) = first_to(&here, "loop@far.example").await;
        there.receive("x@far.example", &["mask@shared.example"], &copy).await;
        let (_, copy) = first_to(&there, "loop@far.example").await;
        here.app.clock.advance(std::time::Duration::from_secs(1));
        here.receive("x@far.example", &["mask@shared.example"], &copy).await;
        here.until_texts(STATES, &["delivered", "failed"]).await;
        first.stop().await;
        second.stop().await;
        assert_eq!((here.sink.taken().len(), there.sink.taken().len()), (1, 1));
        elsewhere.remove().await;
    }
}
