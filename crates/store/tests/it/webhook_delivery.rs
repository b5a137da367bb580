//! Deliveries to webhooks: who sees them, claims, tries, replays.

use std::time::Duration;

use postscale_access::action;
use postscale_model::{DeliveryStatus, Webhook, WebhookAttempt, WebhookEvent, WebhookId};
use postscale_store::{
    Page, Tx, params,
    webhook_delivery::{
        self, ClaimedDelivery, DeliveryClaim, DeliveryFilter, NewDelivery, Replay, Told,
    },
};
use postscale_testkit::on_both_engines;

use crate::webhook::{make, make_whole};
use crate::world::{ALL, NOW, VIEWS, Who, World, later, system};

const CLAIM: DeliveryClaim<'_> = DeliveryClaim {
    lease: Duration::from_secs(60),
    limit: 100,
    limit_per_webhook: 2,
    excluded: &[],
};

fn owed(world: &World, team: usize, domain: usize, webhook_id: WebhookId) -> NewDelivery {
    NewDelivery {
        id: world.sources.id(),
        organization_id: world.teams[team].id,
        webhook_id,
        domain_id: world.teams[team].domains[domain],
        event: WebhookEvent::EmailSent,
        email_id: "e".to_owned(),
        body: Some("{}".to_owned()),
        created_at: NOW,
    }
}

async fn owe(tx: &mut Tx, deliveries: &[NewDelivery]) {
    webhook_delivery::insert_for_event(tx, &system(), deliveries)
        .await
        .unwrap();
}

async fn take(tx: &mut Tx, seconds: u64) -> Vec<ClaimedDelivery> {
    webhook_delivery::claim_due(tx, &system(), CLAIM, later(seconds))
        .await
        .unwrap()
}

fn tried(world: &World) -> WebhookAttempt {
    WebhookAttempt {
        id: world.sources.id(),
        at: NOW,
        status_code: Some(500),
        error: None,
        duration_ms: 12,
    }
}

on_both_engines! {
    async fn a_delivery_is_listed_by_who_sees_its_domain_and_its_webhook(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for team in 0..2 {
            let both = make(&world, &mut tx, (team, Who::Owner), &[0, 1], &[WebhookEvent::EmailSent]).await;
            let whole = make_whole(&world, &mut tx, team).await;
            for domain in 0..2 {
                let one = make(&world, &mut tx, (team, Who::Owner), &[domain], &[WebhookEvent::EmailSent]).await;
                let all = [one, both, whole].map(|webhook| owed(&world, team, domain, webhook));
                owe(&mut tx, &all).await;
            }
        }
        tx.commit().await.unwrap();
        for team in 0..2 {
            for (who, seen) in VIEWS {
                let mut tx = world.read().await;
                let scope = world.scope(&mut tx, team, who, action::WEBHOOK_DELIVERY_LIST_ALL).await;
                let filter = DeliveryFilter::default();
                let listed = webhook_delivery::list(&mut tx, &scope, &filter, (None, ALL), NOW).await.unwrap().listed;
                let want = match seen.len() {
                    2 => 6,
                    other => other,
                };
                assert_eq!((listed.rows.len(), listed.total), (want, want as u64), "{who:?}");
                let mine = |domain| world.teams[team].domains.contains(domain);
                assert!(listed.rows.iter().all(|row| mine(&row.domain_id)));
            }
        }
    }

    async fn deliveries_of_one_instant_go_on_behind_one_of_them(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let hook = make(&world, &mut tx, (0, Who::Writer), &[0], &[WebhookEvent::EmailSent]).await;
        let all = [0, 1, 1, 1, 2].map(|age| NewDelivery { created_at: later(age), ..owed(&world, 0, 0, hook) });
        owe(&mut tx, &all).await;
        let filter = DeliveryFilter::default();
        for who in [Who::Owner, Who::Writer, Who::ReadersKey] {
            let scope = world.scope(&mut tx, 0, who, action::WEBHOOK_DELIVERY_LIST_ALL).await;
            let proof = world.object::<Webhook, _>(&mut tx, (0, who), action::WEBHOOK_DELIVERY_LIST, hook).await.unwrap();
            let whole = webhook_delivery::list(&mut tx, &scope, &filter, (None, ALL), NOW).await.unwrap();
            assert!(whole.next.is_none());
            let want: Vec<_> = whole.listed.rows.iter().map(|row| row.id).collect();
            let (mut got, mut of_one, mut after) = (Vec::new(), Vec::new(), None);
            loop {
                let part = (after.as_ref(), Page { limit: 2, offset: 0 });
                let some = webhook_delivery::list(&mut tx, &scope, &filter, part, NOW).await.unwrap();
                let one = webhook_delivery::list_of(&mut tx, &proof, &filter, part, NOW).await.unwrap();
                assert_eq!((some.listed.total, &some.next), (5, &one.next));
                got.extend(some.listed.rows.iter().map(|row| row.id));
                of_one.extend(one.listed.rows.iter().map(|row| row.id));
                after = some.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!((&got, &of_one), (&want, &want), "{who:?}");
        }
    }

    async fn one_webhook_cannot_hold_up_another(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let slow = make(&world, &mut tx, (0, Who::Owner), &[0], &[WebhookEvent::EmailSent]).await;
        let quick = make(&world, &mut tx, (0, Who::Owner), &[1], &[WebhookEvent::EmailSent]).await;
        let many: Vec<_> = (0..9).map(|_| owed(&world, 0, 0, slow)).collect();
        owe(&mut tx, &many).await;
        owe(&mut tx, &[NewDelivery { created_at: later(1), ..owed(&world, 0, 1, quick) }]).await;
        let claimed = take(&mut tx, 1).await;
        let of = |id| claimed.iter().filter(|c| c.delivery.webhook_id == id).count();
        assert_eq!((of(slow), of(quick)), (2, 1));
    }

    async fn a_delivery_is_tried_until_it_is_told_or_given_up(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let hook = make(&world, &mut tx, (0, Who::Writer), &[0], &[WebhookEvent::EmailSent]).await;
        owe(&mut tx, &[owed(&world, 0, 0, hook)]).await;
        let system = system();
        let first = take(&mut tx, 0).await.remove(0);
        assert_eq!((first.url.as_str(), first.body.as_deref(), first.may_be_told), ("https://hooks.example/1", Some("{}"), true));
        assert!(take(&mut tx, 59).await.is_empty());
        let retry = Told::Retry { at: later(60) };
        assert_eq!(webhook_delivery::settle(&mut tx, &system, &first, Some(&tried(&world)), retry).await, Ok(true));
        assert_eq!(webhook_delivery::next_due_at(&mut tx, &system).await, Ok(Some(later(60))));
        let second = take(&mut tx, 60).await.remove(0);
        assert_eq!((second.delivery.attempts, second.delivery.status), (2, DeliveryStatus::Retrying));
        assert_eq!(webhook_delivery::settle(&mut tx, &system, &first, None, Told::Failed).await, Ok(false));
        assert_eq!(webhook_delivery::settle(&mut tx, &system, &second, Some(&tried(&world)), Told::Failed).await, Ok(true));
        assert_eq!(webhook_delivery::next_due_at(&mut tx, &system).await, Ok(None));
        let proof = world.object::<Webhook, _>(&mut tx, (0, Who::Writer), action::WEBHOOK_DELIVERY_REPLAY, hook).await.unwrap();
        for (filter, want) in [
            (DeliveryFilter::default(), 1),
            (DeliveryFilter { status: Some(DeliveryStatus::Failed), ..Default::default() }, 1),
            (DeliveryFilter { status: Some(DeliveryStatus::Pending), ..Default::default() }, 0),
            (DeliveryFilter { days: Some(1), ..Default::default() }, 1),
            (DeliveryFilter { webhook_id: Some(world.sources.id()), ..Default::default() }, 0),
        ] {
            let listed = webhook_delivery::list_of(&mut tx, &proof, &filter, (None, ALL), NOW).await.unwrap().listed;
            assert_eq!(listed.total, want, "{filter:?}");
        }
        let day_after = later(25 * 3600);
        let filter = DeliveryFilter { days: Some(1), ..Default::default() };
        assert_eq!(webhook_delivery::list_of(&mut tx, &proof, &filter, (None, ALL), day_after).await.unwrap().listed.total, 0);
        let listed = webhook_delivery::list_of(&mut tx, &proof, &DeliveryFilter::default(), (None, ALL), NOW).await.unwrap().listed;
        let tries = webhook_delivery::attempts(&mut tx, &listed).await.unwrap();
        assert_eq!(tries.len(), 2);
        assert!(tries.iter().all(|(id, t)| *id == first.delivery.id && t.status_code == Some(500)));
        assert_eq!(webhook_delivery::replay(&mut tx, &proof, first.delivery.id, later(70)).await, Ok(Replay::Due));
        assert_eq!(webhook_delivery::replay(&mut tx, &proof, world.sources.id(), later(70)).await, Ok(Replay::Unknown));
        let third = take(&mut tx, 70).await.remove(0);
        assert_eq!(webhook_delivery::settle(&mut tx, &system, &third, None, Told::Delivered).await, Ok(true));
    }

    async fn what_speaks_of_a_message_that_is_gone_is_not_told_again_and_stays_as_it_was(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let hook = make(&world, &mut tx, (0, Who::Writer), &[0], &[WebhookEvent::EmailReceived]).await;
        let received = NewDelivery { event: WebhookEvent::EmailReceived, body: None, ..owed(&world, 0, 0, hook) };
        owe(&mut tx, &[received]).await;
        let taken = take(&mut tx, 0).await.remove(0);
        webhook_delivery::settle(&mut tx, &system(), &taken, Some(&tried(&world)), Told::Delivered).await.unwrap();
        let proof = world.object::<Webhook, _>(&mut tx, (0, Who::Writer), action::WEBHOOK_DELIVERY_REPLAY, hook).await.unwrap();
        let replayed = webhook_delivery::replay(&mut tx, &proof, taken.delivery.id, later(70)).await;
        assert_eq!(replayed, Ok(Replay::MessageGone));
        let all = DeliveryFilter::default();
        let listed = webhook_delivery::list_of(&mut tx, &proof, &all, (None, ALL), NOW).await.unwrap().listed;
        assert_eq!((listed.rows[0].status, listed.rows[0].next_attempt_at), (DeliveryStatus::Delivered, None));
    }

    async fn a19_what_its_maker_may_no_longer_write_is_not_to_be_told(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let hook = make(&world, &mut tx, (0, Who::Writer), &[0], &[WebhookEvent::EmailSent]).await;
        owe(&mut tx, &[owed(&world, 0, 0, hook)]).await;
        tx.execute("DELETE FROM grants WHERE user_id = $1", &params![world.user(0, Who::Writer)]).await.unwrap();
        assert!(!take(&mut tx, 0).await[0].may_be_told);
    }

    async fn a_try_of_a_deleted_webhook_is_dropped(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let hook = make(&world, &mut tx, (0, Who::Writer), &[0], &[WebhookEvent::EmailSent]).await;
        owe(&mut tx, &[owed(&world, 0, 0, hook)]).await;
        let claimed = take(&mut tx, 0).await.remove(0);
        tx.execute("DELETE FROM webhooks", &[]).await.unwrap();
        let settled = webhook_delivery::settle(&mut tx, &system(), &claimed, Some(&tried(&world)), Told::Delivered).await;
        assert_eq!(settled, Ok(false));
    }
}
