//! The outbound queue: claims, leases, settlements, crashes.

use std::{sync::Arc, time::Duration};

use postscale_model::{BounceType, EmailId, EmailStatus, EventType, RemoteReply, Timestamp};
use postscale_store::{
    Tx, domain, email, params,
    recipient::{self, Abandoned, Claim, Claimed, LateBounce, Outcome, Settled},
};
use postscale_testkit::on_both_engines;
use tokio::sync::Barrier;

use crate::email::{accept, new_email};
use crate::world::{NOW, World, later, system};

const LEASE: Duration = Duration::from_secs(60);

/// So many, so many of one destination.
pub fn claim(limit: u32, limit_per_destination: u32) -> Claim<'static> {
    Claim {
        lease: LEASE,
        limit,
        limit_per_destination,
        excluded: &[],
        abandoned: Abandoned::TakenOver,
    }
}

async fn take(tx: &mut Tx, now: Timestamp) -> Vec<Claimed> {
    recipient::claim_due(tx, &system(), &claim(100, 100), now)
        .await
        .unwrap()
}

fn settled(claimed: &Claimed, outcome: Outcome) -> Settled {
    Settled {
        claimed: claimed.clone(),
        outcome,
        reply: Some(RemoteReply {
            code: 250,
            enhanced: Some("2.0.0".to_owned()),
            text: "ok".to_owned(),
        }),
        mx_host: Some("mx.far.example".to_owned()),
    }
}

async fn settle(world: &World, tx: &mut Tx, all: &[Settled]) -> Vec<EventType> {
    let events = recipient::settle(tx, &system(), all, &world.sources, later(5))
        .await
        .unwrap();
    events.iter().map(|event| event.event_type).collect()
}

async fn status(tx: &mut Tx, id: EmailId) -> EmailStatus {
    email::find_for_job(tx, &system(), id)
        .await
        .unwrap()
        .unwrap()
        .status
}

on_both_engines! {
    async fn a_due_recipient_is_claimed_once_until_its_lease_is_over(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(Some(NOW)));
        assert!(take(&mut tx, NOW.minus(LEASE)).await.is_empty());
        let first = take(&mut tx, NOW).await;
        assert_eq!(first.len(), 1);
        assert_eq!((first[0].attempt, first[0].email_id), (1, id));
        assert_eq!(first[0].destination.to_string(), "far.example");
        assert_eq!(status(&mut tx, id).await, EmailStatus::Sending);
        assert!(take(&mut tx, later(59)).await.is_empty());
        let second = take(&mut tx, later(60)).await;
        assert_eq!(second[0].attempt, 2);
        // The first worker was only slow: what it deferred does not undo the newer try.
        let late = Outcome::Deferred { next_attempt_at: later(900) };
        assert!(settle(&world, &mut tx, &[settled(&first[0], late)]).await.is_empty());
        // What it delivered counts, and then there is nothing left to settle.
        let want = [EventType::Sent, EventType::Delivered];
        assert_eq!(settle(&world, &mut tx, &[settled(&first[0], Outcome::Delivered)]).await, want);
        assert!(settle(&world, &mut tx, &[settled(&second[0], Outcome::Delivered)]).await.is_empty());
        assert_eq!(status(&mut tx, id).await, EmailStatus::Delivered);
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(None));
    }

    async fn a_lease_is_renewed_by_who_holds_it_and_by_nobody_else(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for to in ["ann@far.example", "bob@far.example", "eve@far.example"] {
            accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &[to])).await;
        }
        let first = take(&mut tx, NOW).await;
        let held = |claimed: &[Claimed]| -> Vec<_> {
            claimed.iter().map(|one| (one.recipient_id, one.attempt)).collect()
        };
        let renew = async |tx: &mut Tx, held: &[_], until| {
            recipient::renew(tx, &system(), held, until).await.unwrap().len()
        };
        assert_eq!(renew(&mut tx, &held(&first), later(120)).await, 3);
        assert!(take(&mut tx, later(119)).await.is_empty());
        settle(&world, &mut tx, &[settled(&first[0], Outcome::Delivered)]).await;
        assert_eq!(renew(&mut tx, &held(&first), later(180)).await, 2);
        let second = take(&mut tx, later(180)).await;
        assert_eq!(second.len(), 2);
        assert_eq!(renew(&mut tx, &held(&first), later(900)).await, 0);
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(Some(later(240))));
        assert_eq!(renew(&mut tx, &[], later(900)).await, 0);
        assert_eq!(renew(&mut tx, &held(&second), later(900)).await, 2);
        assert!(take(&mut tx, later(899)).await.is_empty());
    }

    async fn claims_of_others_are_left_alone_when_that_is_asked_for(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        take(&mut tx, NOW).await;
        let new = accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["ann@far.example"])).await;
        let cautious = Claim { abandoned: Abandoned::Left, ..claim(100, 100) };
        let claimed = recipient::claim_due(&mut tx, &system(), &cautious, later(60)).await.unwrap();
        assert_eq!(claimed.iter().map(|one| one.email_id).collect::<Vec<_>>(), [new]);
        assert_eq!(take(&mut tx, later(60)).await.len(), 1);
    }

    async fn all_leases_end_at_once_and_nothing_else_falls_due(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for to in ["ann@far.example", "bob@far.example"] {
            accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &[to])).await;
        }
        let first = take(&mut tx, NOW).await;
        let deferred = Outcome::Deferred { next_attempt_at: later(900) };
        settle(&world, &mut tx, &[settled(&first[0], deferred)]).await;
        assert_eq!(recipient::end_all_leases(&mut tx, &system(), later(10)).await, Ok(1));
        assert_eq!(recipient::end_all_leases(&mut tx, &system(), later(10)).await, Ok(0));
        let second = take(&mut tx, later(10)).await;
        assert_eq!((second.len(), second[0].attempt), (1, 2));
        assert_eq!(second[0].recipient_id, first[1].recipient_id);
    }

    async fn a_deferral_that_is_recorded_twice_happened_once(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        let claimed = take(&mut tx, NOW).await;
        let deferred = [settled(&claimed[0], Outcome::Deferred { next_attempt_at: later(300) })];
        assert_eq!(settle(&world, &mut tx, &deferred).await, [EventType::Deferred]);
        assert!(settle(&world, &mut tx, &deferred).await.is_empty());
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(Some(later(300))));
    }

    async fn mail_put_off_while_its_domain_is_resumed_is_due(database) {
        let world = Arc::new(World::new(database).await);
        let id = world.teams[0].domains[0];
        let mut tx = world.write().await;
        tx.execute("UPDATE domains SET active = FALSE WHERE id = $1", &params![id]).await.unwrap();
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        let claimed = take(&mut tx, NOW).await;
        tx.commit().await.unwrap();
        let mut tx = world.write().await;
        assert!(domain::is_paused_for_job(&mut tx, &system(), id).await.unwrap());
        let other = Arc::clone(&world);
        let resumed = tokio::spawn(async move {
            let mut tx = other.write().await;
            tx.execute("UPDATE domains SET active = TRUE WHERE id = $1", &params![id]).await.unwrap();
            let proof = other.writable(&mut tx, 0, 0).await;
            recipient::hasten(&mut tx, &proof, later(5)).await.unwrap();
            tx.commit().await.unwrap();
        });
        recipient::release(&mut tx, &system(), &claimed, later(3_600)).await.unwrap();
        tx.commit().await.unwrap();
        resumed.await.unwrap();
        let mut tx = world.write().await;
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(Some(later(5))));
        assert!(!domain::is_paused_for_job(&mut tx, &system(), id).await.unwrap());
    }

    async fn a_long_line_for_one_destination_does_not_hide_another(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let dead: Vec<String> = (0..12).map(|n| format!("u{n}@dead.example")).collect();
        let dead: Vec<&str> = dead.iter().map(String::as_str).collect();
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &dead)).await;
        let mut young = new_email(&world, 0, 1, &["bob@far.example"]);
        young.email.created_at = later(1);
        accept(&world, &mut tx, 0, 1, &young).await;
        let destinations = |claimed: &[Claimed]| -> Vec<String> {
            let mut all: Vec<_> = claimed.iter().map(|c| c.destination.to_string()).collect();
            all.sort();
            all
        };
        let claimed = recipient::claim_due(&mut tx, &system(), &claim(4, 2), later(1)).await.unwrap();
        assert_eq!(destinations(&claimed), ["dead.example", "dead.example", "far.example"]);
        recipient::release(&mut tx, &system(), &claimed, later(1)).await.unwrap();
        let excluded = ["dead.example".parse().unwrap()];
        let only = Claim { excluded: &excluded, ..claim(4, 2) };
        let claimed = recipient::claim_due(&mut tx, &system(), &only, later(1)).await.unwrap();
        assert_eq!(destinations(&claimed), ["far.example"]);
    }

    async fn a_message_shows_the_worst_of_its_recipients(database) {
        let world = World::new(database).await;
        let deferred = Outcome::Deferred { next_attempt_at: later(300) };
        let failed = Outcome::Failed { bounce_type: BounceType::Hard };
        for (outcomes, want, delivered) in [
            ([Outcome::Delivered, Outcome::Delivered], EmailStatus::Delivered, true),
            ([Outcome::Delivered, deferred], EmailStatus::Deferred, false),
            ([failed, deferred], EmailStatus::Deferred, false),
            ([Outcome::Delivered, failed], EmailStatus::Bounced, true),
            ([Outcome::Held, Outcome::Delivered], EmailStatus::Held, true),
        ] {
            let mut tx = world.write().await;
            let new = new_email(&world, 0, 0, &["bob@far.example", "eve@near.example"]);
            let id = accept(&world, &mut tx, 0, 0, &new).await;
            let claimed = take(&mut tx, NOW).await;
            let all: Vec<_> = claimed.iter().zip(outcomes).map(|(c, o)| settled(c, o)).collect();
            settle(&world, &mut tx, &all).await;
            let email = email::find_for_job(&mut tx, &system(), id).await.unwrap().unwrap();
            assert_eq!(email.status, want, "{outcomes:?}");
            assert_eq!(email.delivered_at, delivered.then(|| later(5)), "{outcomes:?}");
            assert_eq!(email.sent_at.is_some(), outcomes.contains(&Outcome::Delivered));
        }
    }

    async fn a_batch_of_any_size_is_settled_whole(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for _ in 0..3 {
            let to: Vec<String> = (0..49).map(|n| format!("u{n}@far.example")).collect();
            let to: Vec<&str> = to.iter().map(String::as_str).collect();
            accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &to)).await;
        }
        tx.commit().await.unwrap();
        let mut tx = world.write().await;
        let claimed = recipient::claim_due(&mut tx, &system(), &claim(1000, 1000), NOW).await.unwrap();
        assert_eq!(claimed.len(), 147);
        tx.commit().await.unwrap();
        let mut tx = world.write().await;
        let all: Vec<_> = claimed.iter().map(|c| settled(c, Outcome::Delivered)).collect();
        assert_eq!(settle(&world, &mut tx, &all).await.len(), 294);
        tx.commit().await.unwrap();
        let mut tx = world.write().await;
        assert!(take(&mut tx, later(10_000)).await.is_empty());
    }

    async fn what_is_given_back_was_never_tried(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        let claimed = take(&mut tx, NOW).await;
        recipient::release(&mut tx, &system(), &claimed, later(7)).await.unwrap();
        assert_eq!(status(&mut tx, id).await, EmailStatus::Queued);
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(Some(later(7))));
        let again = take(&mut tx, later(7)).await;
        assert_eq!(again[0].attempt, 1);
        // Giving back twice takes nothing from whoever has it now.
        recipient::release(&mut tx, &system(), &again, later(8)).await.unwrap();
        recipient::release(&mut tx, &system(), &again, later(9)).await.unwrap();
        assert_eq!(recipient::next_due_at(&mut tx, &system()).await, Ok(Some(later(8))));
    }

    async fn a_late_bounce_counts_once_and_only_after_delivery(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        let claimed = take(&mut tx, NOW).await;
        let late = LateBounce {
            recipient_id: claimed[0].recipient_id,
            bounce_type: BounceType::Hard,
            reply: Some(RemoteReply { code: 550, enhanced: Some("5.1.1".to_owned()), text: "no".to_owned() }),
            mx_host: None,
        };
        let (system, sources) = (system(), &world.sources);
        assert!(recipient::bounce(&mut tx, &system, &late, sources, later(6)).await.unwrap().is_none());
        settle(&world, &mut tx, &[settled(&claimed[0], Outcome::Delivered)]).await;
        let event = recipient::bounce(&mut tx, &system, &late, sources, later(6)).await.unwrap().unwrap();
        assert_eq!((event.event_type, event.bounce_type), (EventType::Bounced, Some(BounceType::Hard)));
        assert_eq!(event.reply, late.reply);
        assert!(recipient::bounce(&mut tx, &system, &late, sources, later(7)).await.unwrap().is_none());
        assert_eq!(status(&mut tx, id).await, EmailStatus::Bounced);
        let (found, email) = recipient::find_for_bounce(&mut tx, &system, late.recipient_id).await.unwrap().unwrap();
        assert_eq!((found.status, email.id), (EmailStatus::Bounced, id));
        assert!(recipient::find_for_bounce(&mut tx, &system, sources.id()).await.unwrap().is_none());
    }

    async fn two_workers_never_claim_the_same_recipient(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for n in 0..40 {
            let to = format!("u{n}@d{}.example", n % 7);
            accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &[&to])).await;
        }
        tx.commit().await.unwrap();
        let workers = (0..4).map(|_| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..20 {
                    let mut tx = store.write().await.unwrap();
                    let claimed = recipient::claim_due(&mut tx, &system(), &claim(3, 2), NOW).await.unwrap();
                    tx.commit().await.unwrap();
                    mine.extend(claimed.into_iter().map(|c| c.recipient_id));
                }
                mine
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.unwrap());
        }
        // What one worker holds another passes over, and so a round may find less than there is.
        let mut tx = world.write().await;
        loop {
            let left = recipient::claim_due(&mut tx, &system(), &claim(3, 2), NOW).await.unwrap();
            if left.is_empty() {
                break;
            }
            all.extend(left.into_iter().map(|c| c.recipient_id));
        }
        all.sort_unstable();
        let claims = all.len();
        all.dedup();
        assert_eq!((claims, all.len()), (40, 40));
    }
    async fn two_workers_who_settle_one_message_leave_it_settled(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let mut ids = Vec::new();
        for _ in 0..20 {
            let new = new_email(&world, 0, 0, &["bob@far.example", "eve@near.example"]);
            ids.push(accept(&world, &mut tx, 0, 0, &new).await);
        }
        let claimed = take(&mut tx, NOW).await;
        assert_eq!(claimed.len(), 40);
        tx.commit().await.unwrap();
        let start = Arc::new(Barrier::new(2));
        let workers = ["far.example", "near.example"].map(|destination| {
            let mine = claimed.iter().filter(|c| c.destination.to_string() == destination);
            let mine: Vec<Claimed> = mine.cloned().collect();
            let (store, sources, start) = (world.store.clone(), world.sources.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                for one in mine {
                    start.wait().await;
                    let mut tx = store.write().await.unwrap();
                    let one = [settled(&one, Outcome::Delivered)];
                    recipient::settle(&mut tx, &system(), &one, &sources, later(5)).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        });
        for worker in workers {
            worker.await.unwrap();
        }
        let mut tx = world.read().await;
        for id in ids {
            assert_eq!(status(&mut tx, id).await, EmailStatus::Delivered);
        }
    }

    async fn who_settles_second_sees_what_the_first_had_not_committed(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let new = new_email(&world, 0, 0, &["bob@far.example", "eve@near.example"]);
        let id = accept(&world, &mut tx, 0, 0, &new).await;
        let claimed = take(&mut tx, NOW).await;
        tx.commit().await.unwrap();
        let [first, second] = [&claimed[0], &claimed[1]].map(|c| [settled(c, Outcome::Delivered)]);
        let mut tx = world.write().await;
        settle(&world, &mut tx, &first).await;
        let later_worker = async {
            let mut tx = world.write().await;
            settle(&world, &mut tx, &second).await;
            tx.commit().await.unwrap();
        };
        let mut later_worker = Box::pin(later_worker);
        // It comes as far as it can while the first transaction is open: to the locked message, or
        // to the writer's turn.
        let early = tokio::time::timeout(Duration::from_millis(200), later_worker.as_mut()).await;
        assert!(early.is_err(), "the second worker did not wait for the first");
        let (first, ()) = tokio::join!(tx.commit(), later_worker);
        first.unwrap();
        assert_eq!(status(&mut world.read().await, id).await, EmailStatus::Delivered);
    }
}
