//! Messages accepted for sending: who sees them, what is found, what is taken back.

use std::collections::BTreeMap;

use postscale_access::{Refusal, action};
use postscale_model::{
    Email, EmailId, EmailStatus, Environment, EventType, Mailbox, RecipientKind,
};
use postscale_store::{
    Body, Page, Tx,
    email::{self, EmailFilter, NewEmail, Submitter},
    recipient::{self, NewRecipient},
};
use postscale_testkit::{database::TestDatabase, on_both_engines};

use crate::everybody_lists_only_what_they_see;
use crate::world::{ALL, NOW, Who, World, later, system};

/// A message of a domain to these addresses.
pub fn new_email(world: &World, team: usize, domain: usize, to: &[&str]) -> NewEmail {
    let sources = &world.sources;
    let from = format!("Ann <ann@d{domain}.team{team}.example>");
    let recipients = to.iter().map(|address| NewRecipient {
        id: sources.ordered_id(),
        address: address.parse().unwrap(),
        kind: RecipientKind::To,
        return_path: None,
    });
    let header_to: Vec<Mailbox> = to.iter().map(|address| address.parse().unwrap()).collect();
    NewEmail {
        email: Email {
            id: sources.id(),
            organization_id: world.teams[team].id,
            domain_id: world.teams[team].domains[domain],
            message_id: "1@d.example".to_owned(),
            header_from: from.parse().unwrap(),
            to: header_to,
            cc: vec![],
            bcc: vec![],
            subject: "Grüße from 100%_Ann".to_owned(),
            status: EmailStatus::Queued,
            environment: Environment::Live,
            tags: vec!["re\"port".to_owned(), "weekly".to_owned()],
            metadata: BTreeMap::from([("order".to_owned(), "7".to_owned())]),
            size_bytes: 12,
            created_at: NOW,
            scheduled_at: None,
            sent_at: None,
            delivered_at: None,
        },
        body: Body::Row(b"Subject: x\r\n\r\n".to_vec()),
        smtputf8: false,
        submitter: Submitter::User {
            user: world.user(team, Who::Owner),
            key: None,
        },
        recipients: recipients.collect(),
    }
}

/// Accepts a message for its owner.
pub async fn accept(
    world: &World,
    tx: &mut Tx,
    team: usize,
    domain: usize,
    new: &NewEmail,
) -> EmailId {
    let id = world.teams[team].domains[domain];
    let from = world
        .domain(tx, (team, Who::Owner), action::MESSAGE_SEND, id)
        .await
        .unwrap();
    email::insert(tx, &from, new, &world.sources).await.unwrap();
    new.email.id
}

async fn found(world: &World, filter: EmailFilter) -> (usize, u64) {
    let mut tx = world.read().await;
    let scope = world
        .scope(&mut tx, 0, Who::Owner, action::MESSAGE_LIST_ALL)
        .await;
    let listed = email::list(&mut tx, &scope, &filter, (None, ALL), NOW)
        .await
        .unwrap()
        .listed;
    (listed.rows.len(), listed.total)
}

on_both_engines! {
    async fn everybody_lists_only_messages_of_domains_they_see(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (team, domain) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let new = new_email(&world, team, domain, &["bob@far.example"]);
            accept(&world, &mut tx, team, domain, &new).await;
        }
        tx.commit().await.unwrap();
        everybody_lists_only_what_they_see!(world, action::MESSAGE_LIST_ALL, |tx, scope| {
            let listed = email::list(tx, &scope, &EmailFilter::default(), (None, ALL), NOW).await.unwrap().listed;
            (listed.rows.iter().map(|row| row.domain_id).collect(), listed.total)
        });
    }

    async fn a_message_is_read_back_and_its_octets_take_write_access(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let new = new_email(&world, 0, 0, &["bob@far.example", "eve@near.example"]);
        let id = accept(&world, &mut tx, 0, 0, &new).await;
        tx.commit().await.unwrap();
        let mut tx = world.read().await;
        let read = world.object::<Email, _>(&mut tx, (0, Who::Reader), action::MESSAGE_READ, id).await.unwrap();
        assert_eq!(read.to, new.email.to);
        assert_eq!(read.metadata, new.email.metadata);
        assert_eq!(read.tags, new.email.tags);
        assert_eq!(read.header_from, new.email.header_from);
        let recipients = email::recipients(&mut tx, &read).await.unwrap();
        assert_eq!(recipients.iter().map(|r| r.address.to_string()).collect::<Vec<_>>(), ["bob@far.example", "eve@near.example"]);
        assert!(recipients.iter().all(|r| r.next_attempt_at == Some(NOW) && r.provider_place.is_none()));
        let events = email::events(&mut tx, &read).await.unwrap();
        assert!(events.iter().all(|e| e.event_type == EventType::Queued && e.attempt == 0));
        assert_eq!(events.len(), 2);
        let written = world.object::<Email, _>(&mut tx, (0, Who::Writer), action::MESSAGE_CONTENT_READ, id).await.unwrap();
        assert_eq!(email::body(&mut tx, &written).await.unwrap(), new.body);
        let bodies = email::bodies_for_job(&mut tx, &system(), &[id, world.sources.id()]).await.unwrap();
        assert_eq!(bodies, [(id, new.body)]);
        let refused = world.object::<Email, _>(&mut tx, (0, Who::Reader), action::MESSAGE_CONTENT_READ, id).await;
        assert!(matches!(refused, Err(Refusal::Forbidden(_))));
        for (team, who) in [(0, Who::Stranger), (1, Who::Owner)] {
            let hidden = world.object::<Email, _>(&mut tx, (team, who), action::MESSAGE_READ, id).await;
            assert_eq!(hidden.err(), Some(Refusal::Invisible));
        }
    }

    async fn filters_find_substrings_in_any_case_and_whole_tags(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let mut new = new_email(&world, 0, 0, &["Bob@far.example"]);
        new.email.cc = vec!["Dave <dave@far.example>".parse().unwrap()];
        for (kind, address) in [(RecipientKind::Cc, "dave@far.example"), (RecipientKind::Bcc, "Hidden@far.example")] {
            let id = world.sources.ordered_id();
            let address = address.parse().unwrap();
            new.recipients.push(NewRecipient { id, address, kind, return_path: None });
        }
        accept(&world, &mut tx, 0, 0, &new).await;
        accept(&world, &mut tx, 1, 0, &new_email(&world, 1, 0, &["Bob@far.example"])).await;
        tx.commit().await.unwrap();
        let some = |text: &str| Some(text.to_owned());
        let other = Some(world.sources.id());
        for (filter, want) in [
            (EmailFilter::default(), 1),
            (EmailFilter { status: Some(EmailStatus::Queued), ..Default::default() }, 1),
            (EmailFilter { status: Some(EmailStatus::Bounced), ..Default::default() }, 0),
            (EmailFilter { from: some("ANN@D0"), ..Default::default() }, 1),
            (EmailFilter { to: some("bob@FAR"), ..Default::default() }, 1),
            (EmailFilter { to: some("DAVE <"), ..Default::default() }, 1),
            (EmailFilter { to: some("dave@far"), ..Default::default() }, 1),
            (EmailFilter { to: some("hidden@FAR"), ..Default::default() }, 1),
            (EmailFilter { to: some("h_dden@far"), ..Default::default() }, 0),
            (EmailFilter { to: some("ann@"), ..Default::default() }, 0),
            (EmailFilter { subject: some("grüße FROM 100%_"), ..Default::default() }, 1),
            (EmailFilter { subject: some("from 1_0"), ..Default::default() }, 0),
            (EmailFilter { tag: some("weekly"), ..Default::default() }, 1),
            (EmailFilter { tag: some("re\"port"), ..Default::default() }, 1),
            (EmailFilter { tag: some("port"), ..Default::default() }, 0),
            (EmailFilter { tag: some("week"), ..Default::default() }, 0),
            (EmailFilter { environment: Some(Environment::Test), ..Default::default() }, 0),
            (EmailFilter { domain_id: Some(world.teams[0].domains[0]), ..Default::default() }, 1),
            (EmailFilter { domain_id: Some(world.teams[1].domains[0]), ..Default::default() }, 0),
            (EmailFilter { domain_id: other, ..Default::default() }, 0),
            (EmailFilter { from_date: Some(NOW), to_date: Some(NOW), ..Default::default() }, 1),
            (EmailFilter { from_date: Some(later(1)), ..Default::default() }, 0),
        ] {
            let what = format!("{filter:?}");
            assert_eq!(found(&world, filter).await, (want, want as u64), "{what}");
        }
    }

    async fn the_newest_comes_first_and_pages_follow(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let mut ids = Vec::new();
        for age in 0..5 {
            let mut new = new_email(&world, 0, 0, &["bob@far.example"]);
            new.email.created_at = later(age);
            ids.insert(0, accept(&world, &mut tx, 0, 0, &new).await);
        }
        tx.commit().await.unwrap();
        let mut tx = world.read().await;
        let scope = world.scope(&mut tx, 0, Who::Owner, action::MESSAGE_LIST_ALL).await;
        for (offset, want) in [(0, &ids[0..2]), (2, &ids[2..4]), (4, &ids[4..]), (6, &[])] {
            let part = (None, Page { limit: 2, offset });
            let listed = email::list(&mut tx, &scope, &EmailFilter::default(), part, NOW).await.unwrap().listed;
            assert_eq!(listed.rows.iter().map(|row| row.id).collect::<Vec<_>>(), want);
            assert_eq!(listed.total, 5);
        }
    }

    async fn messages_of_one_instant_go_on_behind_one_of_them(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for age in [0, 1, 1, 1, 2] {
            let mut new = new_email(&world, 0, 0, &["bob@far.example"]);
            new.email.created_at = later(age);
            accept(&world, &mut tx, 0, 0, &new).await;
        }
        tx.commit().await.unwrap();
        for who in [Who::Owner, Who::Reader, Who::ReadersKey] {
            let mut tx = world.read().await;
            let scope = world.scope(&mut tx, 0, who, action::MESSAGE_LIST_ALL).await;
            let filter = EmailFilter::default();
            let whole = email::list(&mut tx, &scope, &filter, (None, ALL), NOW).await.unwrap();
            assert!(whole.next.is_none());
            let want: Vec<_> = whole.listed.rows.iter().map(|row| row.id).collect();
            let (mut got, mut after) = (Vec::new(), None);
            loop {
                let part = (after.as_ref(), Page { limit: 2, offset: 0 });
                let part = email::list(&mut tx, &scope, &filter, part, NOW).await.unwrap();
                got.extend(part.listed.rows.iter().map(|row| row.id));
                after = part.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(got, want, "{who:?}");
        }
    }

    async fn a_test_message_is_simulated_and_never_due(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let mut new = new_email(&world, 0, 0, &["bob@far.example"]);
        new.email.environment = Environment::Test;
        let id = accept(&world, &mut tx, 0, 0, &new).await;
        let read = email::find_for_job(&mut tx, &system(), id).await.unwrap().unwrap();
        assert_eq!(read.status, EmailStatus::Simulated);
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(None));
    }

    async fn what_waits_is_canceled_and_what_is_on_the_wire_is_not(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let new = new_email(&world, 0, 0, &["bob@far.example", "eve@near.example"]);
        let id = accept(&world, &mut tx, 0, 0, &new).await;
        let one = crate::recipient::claim(1, 1);
        let claimed = recipient::claim_due(&mut tx, &system(), &one, NOW).await.unwrap();
        let proof = world.object::<Email, _>(&mut tx, (0, Who::Writer), action::MESSAGE_CANCEL, id).await.unwrap();
        assert_eq!(proof.status, EmailStatus::Sending);
        assert_eq!(email::cancel(&mut tx, &proof, &world.sources, NOW).await, Ok(1));
        assert_eq!(email::cancel(&mut tx, &proof, &world.sources, NOW).await, Ok(0));
        let recipients = email::recipients(&mut tx, &proof).await.unwrap();
        for recipient in recipients {
            let on_the_wire = recipient.id == claimed[0].recipient_id;
            let want = if on_the_wire { EmailStatus::Sending } else { EmailStatus::Canceled };
            assert_eq!(recipient.status, want);
            assert_eq!(recipient.next_attempt_at, None, "neither waits");
        }
        let events = email::events(&mut tx, &proof).await.unwrap();
        assert_eq!(events.iter().filter(|e| e.event_type == EventType::Canceled).count(), 1);
    }

    async fn a_large_message_is_only_pointed_at(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let mut new = new_email(&world, 0, 0, &["bob@far.example"]);
        new.body = Body::Blob("emails/1".to_owned());
        new.submitter = Submitter::Alias(world.sources.id());
        let from = world.writable(&mut tx, 0, 0).await;
        email::insert_forwarded(&mut tx, &system(), &from, &new, &world.sources).await.unwrap();
        let bodies = email::bodies_for_job(&mut tx, &system(), &[new.email.id]).await.unwrap();
        assert_eq!(bodies, [(new.email.id, new.body)]);
        let stored = email::find_for_job(&mut tx, &system(), new.email.id).await.unwrap();
        assert_eq!(stored.map(|email| email.id), Some(new.email.id));
        tx.commit().await.unwrap();
        assert_eq!(self::found(&world, EmailFilter::default()).await.1, 0, "a forwarded copy is in no listing");
    }
}

// Which letters beyond ASCII have a small form, PostgreSQL takes from the database's locale.
#[tokio::test]
async fn on_sqlite_a_subject_is_found_in_any_case_beyond_ascii() {
    let searched = async |database: &TestDatabase| {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        accept(
            &world,
            &mut tx,
            0,
            0,
            &new_email(&world, 0, 0, &["bob@far.example"]),
        )
        .await;
        tx.commit().await.unwrap();
        for sought in ["grüße", "GRÜße", "üß"] {
            let filter = EmailFilter {
                subject: Some(sought.to_owned()),
                ..Default::default()
            };
            assert_eq!(found(&world, filter).await, (1, 1), "{sought}");
        }
    };
    TestDatabase::sqlite().run(searched).await;
}
