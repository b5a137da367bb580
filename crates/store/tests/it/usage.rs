//! What is counted of a quota, and where it ends.

use postscale_access::action;
use postscale_model::{DomainId, Month, Overage, Plan, Plans, Timestamp};
use postscale_store::{
    Tx, params,
    usage::{self, Quota, Usage},
};
use postscale_testkit::on_both_engines;
use std::collections::BTreeMap;
use tokio::task::JoinSet;

use crate::world::{NOW, Who, World, permission, system};

/// A plan with a hard cap of four, and one without a cap.
fn plans() -> Plans {
    let plan = |overage| Plan {
        monthly_messages: Some(4),
        overage,
        ..Plan::UNLIMITED
    };
    let all = BTreeMap::from([
        ("capped".to_owned(), plan(Overage::Refused)),
        ("open".to_owned(), plan(Overage::Counted)),
    ]);
    Plans::new(all, "capped").unwrap()
}

async fn put_on(world: &World, team: usize, plan: &str) {
    let mut tx = world.write().await;
    let sql = "UPDATE organizations SET plan = $2 WHERE id = $1";
    let id = world.teams[team].id;
    tx.execute(sql, &params![id, plan]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn sent(world: &World, tx: &mut Tx, team: usize, recipients: usize, now: Timestamp) -> Quota {
    let id: DomainId = world.teams[team].domains[0];
    let from = world
        .domain(tx, (team, Who::Owner), action::MESSAGE_SEND, id)
        .await
        .unwrap();
    let counted = (world.sources.ordered_id(), recipients);
    usage::count_sent(tx, &from, counted, &plans(), now)
        .await
        .unwrap()
}

async fn of_now(world: &World, team: usize) -> Usage {
    let mut tx = world.read().await;
    let proof = permission(&mut tx, team, action::USAGE_ORG_READ).await;
    usage::of_month(&mut tx, &proof, Month::of(NOW))
        .await
        .unwrap()
}

on_both_engines! {
    async fn what_is_sent_and_received_is_counted_by_month_and_organization(database) {
        let world = World::new(database).await;
        for plan in ["open", "capped"] {
            put_on(&world, 0, plan).await;
            let mut tx = world.write().await;
            assert_eq!(sent(&world, &mut tx, 0, 1, NOW).await, Quota::Within);
            let next = Month::of(NOW).end();
            assert_eq!(sent(&world, &mut tx, 0, 2, next).await, Quota::Within);
            let received = (world.sources.ordered_id(), 1);
            let counted = usage::count_received(&mut tx, &system(), world.teams[0].id, received, (&plans(), NOW)).await;
            assert_eq!(counted, Ok(Quota::Within));
            tx.commit().await.unwrap();
        }
        assert_eq!(of_now(&world, 0).await, Usage { sent: 2, received: 2 });
        assert_eq!(of_now(&world, 1).await, Usage::default());
        let mut tx = world.read().await;
        let proof = permission(&mut tx, 0, action::USAGE_ORG_READ).await;
        let month = Month::of(NOW);
        let all = usage::by_month(&mut tx, &proof, month).await.unwrap();
        let want = [(month.after(1), Usage { sent: 4, received: 0 }), (month, Usage { sent: 2, received: 2 })];
        assert_eq!(all, want);
        assert_eq!(usage::by_month(&mut tx, &proof, month.after(1)).await.unwrap().len(), 1);
    }

    async fn what_was_counted_without_a_cap_counts_for_one(database) {
        let world = World::new(database).await;
        put_on(&world, 0, "open").await;
        let mut tx = world.write().await;
        assert_eq!(sent(&world, &mut tx, 0, 7, NOW).await, Quota::Within);
        tx.commit().await.unwrap();
        put_on(&world, 0, "capped").await;
        let mut tx = world.write().await;
        assert_eq!(sent(&world, &mut tx, 0, 1, NOW).await, Quota::Exceeded { limit: 4 });
        drop(tx);
        let mut tx = world.read().await;
        let whose = world.teams[0].id;
        assert_eq!(usage::has_room(&mut tx, &system(), (whose, "capped"), &plans(), NOW).await, Ok(false));
        assert_eq!(usage::has_room(&mut tx, &system(), (whose, "open"), &plans(), NOW).await, Ok(true));
        // What the configuration forgot is on the plan of new organizations.
        assert_eq!(usage::has_room(&mut tx, &system(), (whose, "gone"), &plans(), NOW).await, Ok(false));
        assert_eq!(of_now(&world, 0).await.used(), 7, "what is not committed was not counted");
    }

    async fn a_cap_holds_for_those_who_come_together(database) {
        let world = std::sync::Arc::new(World::new(database).await);
        put_on(&world, 0, "capped").await;
        let mut tasks = JoinSet::new();
        for _ in 0..9 {
            let world = std::sync::Arc::clone(&world);
            tasks.spawn(async move {
                let mut tx = world.write().await;
                let quota = sent(&world, &mut tx, 0, 1, NOW).await;
                if quota == Quota::Within {
                    tx.commit().await.unwrap();
                }
                quota
            });
        }
        let quotas = tasks.join_all().await;
        assert_eq!(quotas.iter().filter(|quota| **quota == Quota::Within).count(), 4);
        assert_eq!(of_now(&world, 0).await.used(), 4);
    }
}
