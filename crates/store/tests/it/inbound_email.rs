//! Received messages: who sees them, what is found, in which order, what is still to be done.

use std::time::Duration;

use postscale_access::{Refusal, action};
use postscale_model::{
    AliasId, AppliedRule, Attachment, AuthVerdict, InboundAction, InboundEmail, InboundEmailId,
    InboundStatus,
};
use postscale_store::{
    Body, Direction, Page, Position, Tx,
    inbound_email::{self, InboundFilter, InboundSort, Processed},
};
use postscale_testkit::on_both_engines;

use crate::everybody_lists_only_what_they_see;
use crate::world::{ALL, NOW, Who, World, later, system};

const LEASE: Duration = Duration::from_secs(60);

/// A message for a domain.
fn received(world: &World, team: usize, domain: usize, from: &str) -> InboundEmail {
    InboundEmail {
        id: world.sources.id(),
        organization_id: world.teams[team].id,
        domain_id: world.teams[team].domains[domain],
        alias_id: None,
        message_id: "<1@far.example>".to_owned(),
        envelope_sender: "bounce@far.example".to_owned(),
        envelope_recipient: "info@d.example".to_owned(),
        from_address: from.to_owned(),
        to_address: "Info@d.example".to_owned(),
        subject: "An offer".to_owned(),
        status: InboundStatus::Received,
        action: InboundAction::Store,
        rule: None,
        tags: vec![],
        spf: AuthVerdict::Pass,
        dkim: AuthVerdict::Fail,
        dmarc: AuthVerdict::None,
        arc: AuthVerdict::None,
        limits_exceeded: false,
        has_attachments: false,
        size_bytes: 5,
        received_at: NOW,
        processed_at: None,
    }
}

fn attachment(world: &World, part: i64) -> Attachment {
    Attachment {
        id: world.sources.id(),
        filename: format!("{part}.pdf"),
        content_type: "application/pdf".to_owned(),
        size_bytes: 3,
        part,
    }
}

async fn keep(tx: &mut Tx, email: &InboundEmail) -> InboundEmailId {
    let body = Body::Row(b"x\r\n".to_vec());
    inbound_email::insert(tx, &system(), email, &body, &[])
        .await
        .unwrap();
    email.id
}

on_both_engines! {
    async fn everybody_lists_only_received_messages_of_domains_they_see(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (team, domain) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            keep(&mut tx, &received(&world, team, domain, "bob@far.example")).await;
        }
        tx.commit().await.unwrap();
        everybody_lists_only_what_they_see!(world, action::INBOUND_LIST_ALL, |tx, scope| {
            let listed = inbound_email::list(tx, &scope, &InboundFilter::default(), (None, ALL), NOW).await.unwrap().listed;
            (listed.rows.iter().map(|row| row.domain_id).collect(), listed.total)
        });
    }

    async fn a_message_comes_back_with_its_parts_and_its_octets_take_write_access(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let rule = AppliedRule {
            id: world.sources.id(),
            forward_to: vec!["ann@home.example".parse().unwrap()],
            webhook_id: Some(world.sources.id()),
        };
        let email = InboundEmail {
            action: InboundAction::Forward,
            rule: Some(rule.clone()),
            tags: vec!["news".to_owned()],
            ..received(&world, 0, 0, "bob@far.example")
        };
        let body = Body::Blob("inbound/1".to_owned());
        let attached = [attachment(&world, 2), attachment(&world, 1), attachment(&world, 3)];
        inbound_email::insert(&mut tx, &system(), &email, &body, &attached).await.unwrap();
        let (reader, writer) = ((0, Who::Reader), (0, Who::Writer));
        let read = world.object::<InboundEmail, _>(&mut tx, reader, action::INBOUND_READ, email.id).await.unwrap();
        assert_eq!((read.spf, read.dkim, read.dmarc), (AuthVerdict::Pass, AuthVerdict::Fail, AuthVerdict::None));
        assert_eq!((&read.rule, read.tags.as_slice()), (&Some(rule), &["news".to_owned()][..]));
        assert_eq!(read.action, InboundAction::Forward);
        let listed = inbound_email::attachments(&mut tx, &read).await.unwrap();
        assert_eq!(listed.iter().map(|a| a.filename.as_str()).collect::<Vec<_>>(), ["1.pdf", "2.pdf", "3.pdf"]);
        let refused = world.object::<InboundEmail, _>(&mut tx, reader, action::INBOUND_CONTENT_READ, email.id).await;
        assert!(matches!(refused, Err(Refusal::Forbidden(_))));
        let hidden = world.object::<InboundEmail, _>(&mut tx, (1, Who::Owner), action::INBOUND_READ, email.id).await;
        assert_eq!(hidden.err(), Some(Refusal::Invisible));
        let written = world.object::<InboundEmail, _>(&mut tx, writer, action::INBOUND_DELETE, email.id).await.unwrap();
        assert_eq!(inbound_email::body(&mut tx, &written).await, Ok(body.clone()));
        let one = inbound_email::find_attachment(&mut tx, &written, attached[0].id).await.unwrap();
        assert_eq!(one.unwrap().part, 2);
        assert!(inbound_email::find_attachment(&mut tx, &written, world.sources.id()).await.unwrap().is_none());
        assert_eq!(inbound_email::delete(&mut tx, &written).await, Ok(body));
        assert!(inbound_email::find_for_job(&mut tx, &system(), email.id).await.unwrap().is_none());
        assert!(inbound_email::attachments_for_job(&mut tx, &system(), email.id).await.unwrap().is_empty());
    }

    async fn every_filter_narrows(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        keep(&mut tx, &received(&world, 0, 0, "Bob@far.example")).await;
        let alias_id: AliasId = world.sources.id();
        let other = InboundEmail {
            subject: "Other".to_owned(),
            has_attachments: true,
            alias_id: Some(alias_id),
            envelope_sender: "eve@near.example".to_owned(),
            received_at: later(10),
            ..received(&world, 0, 1, "eve@near.example")
        };
        keep(&mut tx, &other).await;
        tx.commit().await.unwrap();
        let some = |text: &str| Some(text.to_owned());
        let mut tx = world.read().await;
        let scope = world.scope(&mut tx, 0, Who::Owner, action::INBOUND_LIST_ALL).await;
        for (filter, want) in [
            (InboundFilter::default(), 2),
            (InboundFilter { query: some("BOB@"), ..Default::default() }, 1),
            (InboundFilter { query: some("offer"), ..Default::default() }, 1),
            (InboundFilter { query: some("<1@far"), ..Default::default() }, 2),
            (InboundFilter { query: some("%"), ..Default::default() }, 0),
            (InboundFilter { from: some("near"), ..Default::default() }, 1),
            (InboundFilter { to: some("info@D"), ..Default::default() }, 2),
            (InboundFilter { subject: some("other"), ..Default::default() }, 1),
            (InboundFilter { envelope_sender: some("BOUNCE"), ..Default::default() }, 1),
            (InboundFilter { status: Some(InboundStatus::Received), ..Default::default() }, 2),
            (InboundFilter { status: Some(InboundStatus::Failed), ..Default::default() }, 0),
            (InboundFilter { domain_id: Some(other.domain_id), ..Default::default() }, 1),
            (InboundFilter { alias_id: Some(alias_id), ..Default::default() }, 1),
            (InboundFilter { has_attachments: Some(true), ..Default::default() }, 1),
            (InboundFilter { has_attachments: Some(false), ..Default::default() }, 1),
            (InboundFilter { from_date: Some(later(1)), ..Default::default() }, 1),
            (InboundFilter { to_date: Some(later(9)), ..Default::default() }, 1),
        ] {
            let listed = inbound_email::list(&mut tx, &scope, &filter, (None, ALL), NOW).await.unwrap().listed;
            assert_eq!((listed.rows.len(), listed.total), (want, want as u64), "{filter:?}");
        }
    }

    async fn every_order_is_the_same_on_both_engines(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (age, from, done) in [(2, "b@x.example", false), (3, "A@x.example", true), (1, "c@x.example", true)] {
            let email = InboundEmail { received_at: later(age), ..received(&world, 0, 0, from) };
            keep(&mut tx, &email).await;
            if done {
                let sql = "UPDATE inbound_emails SET processed_at = $2, status = 'delivered' WHERE id = $1";
                tx.execute(sql, &postscale_store::params![email.id, later(100 - age)]).await.unwrap();
            }
        }
        let scope = world.scope(&mut tx, 0, Who::Owner, action::INBOUND_LIST_ALL).await;
        for (sort, want) in [
            (InboundSort::ReceivedAt, "c b A"),
            (InboundSort::ProcessedAt, "b A c"),
            (InboundSort::From, "A b c"),
        ] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let filter = InboundFilter { sort, direction, ..Default::default() };
                let listed = inbound_email::list(&mut tx, &scope, &filter, (None, ALL), NOW).await.unwrap().listed;
                let mut got: Vec<&str> = listed.rows.iter().map(|row| &row.from_address[..1]).collect();
                if direction == Direction::Descending {
                    got.reverse();
                }
                assert_eq!(got.join(" "), want, "{sort:?} {direction:?}");
            }
        }
        for sort in [InboundSort::To, InboundSort::Subject, InboundSort::Status] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let filter = InboundFilter { sort, direction, ..Default::default() };
                let listed = inbound_email::list(&mut tx, &scope, &filter, (None, ALL), NOW).await.unwrap().listed;
                assert_eq!(listed.total, 3);
            }
        }
    }

    async fn a_message_is_processed_until_it_is_settled(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = keep(&mut tx, &received(&world, 0, 0, "bob@far.example")).await;
        let system = system();
        let first = inbound_email::claim_due(&mut tx, &system, 10, LEASE, NOW).await.unwrap();
        assert_eq!((first[0].email.id, first[0].email.status, first[0].attempt), (id, InboundStatus::Processing, 1));
        assert!(inbound_email::claim_due(&mut tx, &system, 10, LEASE, NOW).await.unwrap().is_empty());
        let again = Processed::Retry { at: later(300) };
        assert_eq!(inbound_email::settle(&mut tx, &system, &first[0], again, NOW).await, Ok(true));
        assert_eq!(inbound_email::next_due_at(&mut tx, &system).await, Ok(Some(later(300))));
        let second = inbound_email::claim_due(&mut tx, &system, 10, LEASE, later(300)).await.unwrap();
        assert_eq!(second[0].attempt, 2);
        let done = Processed::Delivered;
        assert_eq!(inbound_email::settle(&mut tx, &system, &first[0], done, later(301)).await, Ok(false));
        assert_eq!(inbound_email::settle(&mut tx, &system, &second[0], done, later(301)).await, Ok(true));
        let read = world.object::<InboundEmail, _>(&mut tx, (0, Who::Writer), action::INBOUND_REPLAY, id).await.unwrap();
        assert_eq!((read.status, read.processed_at), (InboundStatus::Delivered, Some(later(301))));
        assert_eq!(inbound_email::next_due_at(&mut tx, &system).await, Ok(None));
        inbound_email::replay(&mut tx, &read, later(400)).await.unwrap();
        assert_eq!(inbound_email::next_due_at(&mut tx, &system).await, Ok(Some(later(400))));
        assert_eq!(inbound_email::body_for_job(&mut tx, &system, id).await, Ok(Body::Row(b"x\r\n".to_vec())));
        let third = inbound_email::claim_due(&mut tx, &system, 10, LEASE, later(400)).await.unwrap();
        let failed = Processed::Failed;
        assert_eq!(inbound_email::settle(&mut tx, &system, &third[0], failed, later(401)).await, Ok(true));
        let read = inbound_email::find_for_job(&mut tx, &system, id).await.unwrap().unwrap();
        assert_eq!(read.status, InboundStatus::Failed);
    }
    async fn every_order_goes_on_behind_a_row(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (age, from) in [(1, "b@x.example"), (2, "A@x.example"), (2, "a@x.example"), (3, "ä@x.example"), (4, "B b@x.example")] {
            let email = InboundEmail { received_at: later(age), subject: from.to_uppercase(), ..received(&world, 0, 0, from) };
            keep(&mut tx, &email).await;
        }
        let scope = world.scope(&mut tx, 0, Who::Owner, action::INBOUND_LIST_ALL).await;
        for sort in [InboundSort::ReceivedAt, InboundSort::ProcessedAt, InboundSort::From, InboundSort::To, InboundSort::Subject, InboundSort::Status] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let filter = InboundFilter { sort, direction, ..Default::default() };
                let all = inbound_email::list(&mut tx, &scope, &filter, (None, ALL), NOW).await.unwrap();
                assert!(all.next.is_none());
                let want: Vec<_> = all.listed.rows.iter().map(|row| row.id).collect();
                let (mut got, mut after) = (Vec::new(), None);
                loop {
                    let page = Page { limit: 2, offset: 0 };
                    let part = inbound_email::list(&mut tx, &scope, &filter, (after.as_ref(), page), NOW).await.unwrap();
                    assert_eq!(part.listed.total, 5);
                    got.extend(part.listed.rows.iter().map(|row| row.id));
                    let Some(next) = part.next else { break };
                    after = Position::parse(&next.to_string());
                    assert_eq!(after, Some(next), "written and read");
                }
                assert_eq!(got, want, "{sort:?} {direction:?}");
            }
        }
    }

    async fn the_pace_of_an_organization_is_counted_in_its_window_and_up_to_a_limit(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (team, age) in [(0, 1), (0, 10), (0, 20), (1, 20)] {
            let email = InboundEmail { received_at: later(age), ..received(&world, team, 0, "bob@far.example") };
            keep(&mut tx, &email).await;
        }
        let ours = world.teams[0].id;
        for (since, most, want) in [(NOW, 9, 3), (later(1), 9, 2), (NOW, 2, 2), (later(20), 9, 0)] {
            let counted = inbound_email::received_since(&mut tx, &system(), ours, (since, most)).await;
            assert_eq!(counted, Ok(want));
        }
    }
}
