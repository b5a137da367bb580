//! Jobs: one per kind and key, done at least once.

use std::time::Duration;

use postscale_store::{
    Tx,
    job::{self, ClaimedJob, NewJob},
};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, World, later, system};

const LEASE: Duration = Duration::from_secs(60);

fn new_job(world: &World, key: &str, seconds: u64) -> NewJob {
    NewJob {
        id: world.sources.id(),
        kind: "verify_domain",
        key: key.to_owned(),
        payload: serde_json::json!({ "after": seconds }),
        due_at: later(seconds),
    }
}

async fn take(tx: &mut Tx, seconds: u64) -> Vec<ClaimedJob> {
    job::claim_due(tx, &system(), 10, LEASE, later(seconds))
        .await
        .unwrap()
}

on_both_engines! {
    async fn a_job_promised_twice_is_one_at_the_earlier_instant(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (key, seconds) in [("a", 20), ("a", 10), ("a", 30), ("b", 40)] {
            job::enqueue(&mut tx, &new_job(&world, key, seconds), NOW).await.unwrap();
        }
        assert_eq!(job::next_due_at(&mut tx, &system()).await, Ok(Some(later(10))));
        assert!(take(&mut tx, 9).await.is_empty());
        let claimed = take(&mut tx, 10).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!((claimed[0].kind.as_str(), claimed[0].key.as_str()), ("verify_domain", "a"));
        assert_eq!(claimed[0].payload, serde_json::json!({ "after": 30 }));
        job::finish(&mut tx, &system(), &claimed[0]).await.unwrap();
        assert_eq!(job::next_due_at(&mut tx, &system()).await, Ok(Some(later(40))));
    }

    async fn a_job_promised_while_it_is_done_is_done_again(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        job::enqueue(&mut tx, &new_job(&world, "a", 0), NOW).await.unwrap();
        let claimed = take(&mut tx, 0).await;
        job::enqueue(&mut tx, &new_job(&world, "a", 1), NOW).await.unwrap();
        job::finish(&mut tx, &system(), &claimed[0]).await.unwrap();
        assert_eq!(take(&mut tx, 1).await.len(), 1);
    }

    async fn a_job_whose_worker_died_is_done_by_another(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        job::enqueue(&mut tx, &new_job(&world, "a", 0), NOW).await.unwrap();
        let first = take(&mut tx, 0).await;
        assert!(take(&mut tx, 59).await.is_empty());
        let second = take(&mut tx, 60).await;
        assert_eq!((first[0].attempt, second[0].attempt), (1, 2));
        job::retry(&mut tx, &system(), &first[0], later(500)).await.unwrap();
        job::finish(&mut tx, &system(), &first[0]).await.unwrap();
        job::retry(&mut tx, &system(), &second[0], later(300)).await.unwrap();
        assert_eq!(job::next_due_at(&mut tx, &system()).await, Ok(Some(later(300))));
    }
}
