//! Shares of providers and the places they leave: who takes one, who waits, and until when.

use std::{sync::Arc, time::Duration};

use postscale_access::action;
use postscale_model::{
    Day, Email, EmailStatus, Isp, ProviderPlace, ProviderShare, ProviderShares, Recipient,
    Timestamp, WarmingEvent, WarmingPhase, WarmingPlan,
};
use postscale_store::{
    Store, Tx, email,
    recipient::{self, Claim, Claimed, Outcome, Settled},
    warming::{self, place, share},
};
use postscale_testkit::{database::TestDatabase, on_both_engines};
use tokio::task::JoinSet;

use crate::email::{accept, new_email};
use crate::recipient::claim;
use crate::world::{NOW, Who, World, later, system};

/// The first domain of the first team.
const FIRST: (usize, usize) = (0, 0);

fn tomorrow() -> Timestamp {
    Day::of(NOW).after(1).start()
}

fn shares(all: &[(Isp, i64)]) -> ProviderShares {
    let share = |(isp, percent): &(Isp, i64)| (*isp, ProviderShare::new(*percent).unwrap());
    all.iter().map(share).collect()
}

/// Gives a domain a plan and shares.
async fn set(
    world: &World,
    (team, number): (usize, usize),
    plan: &WarmingPlan,
    all: &[(Isp, i64)],
) {
    let mut tx = world.write().await;
    let proof = world.writable(&mut tx, team, number).await;
    warming::put(&mut tx, &proof, plan, WarmingEvent::Started)
        .await
        .unwrap();
    share::replace(&mut tx, &proof, &shares(all)).await.unwrap();
    tx.commit().await.unwrap();
}

/// A plan that allows fifty recipients a day.
fn fifty() -> WarmingPlan {
    WarmingPlan::begun(WarmingPhase::Phase1, NOW)
}

async fn send(world: &World, (team, number): (usize, usize), recipients: usize) {
    let to: Vec<String> = (0..recipients)
        .map(|n| format!("r{n}@far.example"))
        .collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let mut tx = world.write().await;
    let new = new_email(world, team, number, &to);
    accept(world, &mut tx, team, number, &new).await;
    tx.commit().await.unwrap();
}

async fn claimed(store: &Store, claim: &Claim<'_>, now: Timestamp) -> Vec<Claimed> {
    let mut tx = store.write().await.unwrap();
    let claimed = recipient::claim_due(&mut tx, &system(), claim, now).await;
    tx.commit().await.unwrap();
    claimed.unwrap()
}

async fn all_claimed(world: &World, now: Timestamp) -> Vec<Claimed> {
    claimed(&world.store, &claim(200, 200), now).await
}

/// How many of these get a place with Google.
async fn take(tx: &mut Tx, claimed: &[Claimed], now: Timestamp) -> usize {
    let asking: Vec<_> = claimed.iter().map(|one| (Isp::Google, one)).collect();
    let ready = place::take(tx, &system(), &asking, now).await.unwrap();
    ready.len()
}

async fn taken(world: &World, claimed: &[Claimed], now: Timestamp) -> usize {
    let mut tx = world.write().await;
    let ready = take(&mut tx, claimed, now).await;
    tx.commit().await.unwrap();
    ready
}

async fn used(world: &World, (team, number): (usize, usize)) -> Vec<(Isp, u8, u64)> {
    let mut tx = world.read().await;
    let proof = world.writable(&mut tx, team, number).await;
    let all = share::list(&mut tx, &proof).await.unwrap();
    let told = all
        .iter()
        .map(|it| (it.isp, it.share.percent(), it.sent.recipients));
    told.collect()
}

async fn next_due(world: &World) -> Option<Timestamp> {
    let mut tx = world.read().await;
    recipient::next_due_at(&mut tx, &system()).await.unwrap()
}

/// 60 recipients, claimed by a dozen workers through several stores at once.
async fn crowd(world: Arc<World>, stores: Vec<Store>, clocks: &[Timestamp]) {
    set(&world, FIRST, &fifty(), &[(Isp::Google, 46)]).await;
    send(&world, FIRST, 60).await;
    // Somebody was there today: whose clock still has yesterday counts with them.
    let one = claimed(&stores[0], &claim(1, 1), NOW).await;
    assert_eq!(taken(&world, &one, NOW).await, 1);
    let mut tasks = JoinSet::new();
    for worker in 0..12_usize {
        let store = stores[worker % stores.len()].clone();
        let now = clocks[worker % clocks.len()];
        tasks.spawn(async move {
            let claimed = claimed(&store, &claim(5, 5), NOW).await;
            let mut tx = store.write().await.unwrap();
            let ready = take(&mut tx, &claimed, now).await;
            tx.commit().await.unwrap();
            (claimed.len(), ready)
        });
    }
    let all = tasks.join_all().await;
    let asked: usize = all.iter().map(|(asked, _)| asked).sum();
    let ready: usize = all.iter().map(|(_, ready)| ready).sum();
    // On PostgreSQL two who claim at once may find each other's rows taken and get fewer.
    let left = claimed(&stores[0], &claim(100, 100), NOW).await;
    assert_eq!(1 + asked + left.len(), 60);
    let late = taken(&world, &left, NOW).await;
    assert_eq!(1 + ready + late, 23, "every place is taken, and once");
    assert_eq!(used(&world, FIRST).await, [(Isp::Google, 46, 23)]);
}

on_both_engines! {
    async fn who_finds_no_place_waits_untried_for_the_next_day(database) {
        let world = World::new(database).await;
        set(&world, FIRST, &fifty(), &[(Isp::Google, 6), (Isp::Yahoo, 100)]).await;
        send(&world, FIRST, 5).await;
        let first = all_claimed(&world, NOW).await;
        assert_eq!(taken(&world, &first, NOW).await, 3);
        assert_eq!(used(&world, FIRST).await, [(Isp::Google, 6, 3), (Isp::Yahoo, 100, 0)]);
        let mut tx = world.read().await;
        let email = world.object::<Email, _>(&mut tx, (0, Who::Reader), action::MESSAGE_READ, first[0].email_id).await.unwrap();
        let recipients = email::recipients(&mut tx, &email).await.unwrap();
        let awaiting = |one: &&Recipient| one.provider_place == Some(ProviderPlace::Awaited);
        let waiting: Vec<_> = recipients.iter().filter(awaiting).collect();
        assert_eq!(waiting.len(), 2);
        for one in waiting {
            assert_eq!((one.status, one.attempts, one.next_attempt_at), (EmailStatus::Queued, 0, Some(tomorrow())));
        }
        drop(tx);
        // The next day has places of its own.
        assert!(all_claimed(&world, later(60)).await.iter().all(|one| one.attempt == 2));
        let next = all_claimed(&world, tomorrow()).await;
        let next: Vec<Claimed> = next.into_iter().filter(|one| !one.has_place).collect();
        assert_eq!(next.iter().map(|one| one.attempt).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(taken(&world, &next, tomorrow()).await, 2);
        assert_eq!(used(&world, FIRST).await[0], (Isp::Google, 6, 2));
    }

    async fn a_place_is_kept_through_all_tries(database) {
        let world = World::new(database).await;
        set(&world, FIRST, &fifty(), &[(Isp::Google, 2)]).await;
        send(&world, FIRST, 2).await;
        let first = all_claimed(&world, NOW).await;
        let mut tx = world.write().await;
        let asking: Vec<_> = first.iter().map(|one| (Isp::Google, one)).collect();
        let ready = place::take(&mut tx, &system(), &asking, NOW).await.unwrap();
        let carried = first.iter().find(|one| ready.contains(&one.recipient_id)).unwrap();
        let greylisted = Settled {
            claimed: carried.clone(),
            outcome: Outcome::Deferred { next_attempt_at: later(300) },
            reply: None,
            mx_host: Some("gmail-smtp-in.l.google.com".to_owned()),
        };
        recipient::settle(&mut tx, &system(), &[greylisted], &world.sources, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let again = all_claimed(&world, later(300)).await;
        assert_eq!(again.iter().map(|one| (one.attempt, one.has_place)).collect::<Vec<_>>(), [(2, true)]);
    }

    async fn a_place_is_taken_once_when_nobody_knows_whether_it_was(database) {
        let world = World::new(database).await;
        set(&world, FIRST, &fifty(), &[(Isp::Google, 4)]).await;
        send(&world, FIRST, 4).await;
        let first = all_claimed(&world, NOW).await;
        for _ in 0..2 {
            assert_eq!(taken(&world, &first, NOW).await, 2);
            assert_eq!(used(&world, FIRST).await, [(Isp::Google, 4, 2)]);
        }
        // Somebody else has them meanwhile: they are not carried twice.
        let second = all_claimed(&world, later(60)).await;
        assert_eq!(second.len(), 2);
        assert_eq!(taken(&world, &first, later(60)).await, 0);
    }

    async fn domains_and_providers_have_places_of_their_own(database) {
        let world = World::new(database).await;
        let domains = [(0, 0), (0, 1), (1, 0)];
        for domain in domains {
            set(&world, domain, &fifty(), &[(Isp::Google, 4)]).await;
            send(&world, domain, 3).await;
        }
        // One that is on its way without any share, and one without a plan.
        set(&world, (1, 1), &fifty(), &[]).await;
        send(&world, (1, 1), 3).await;
        let all = all_claimed(&world, NOW).await;
        assert_eq!(taken(&world, &all, NOW).await, 2 + 2 + 2 + 3);
        for domain in domains {
            assert_eq!(used(&world, domain).await, [(Isp::Google, 4, 2)]);
        }
        send(&world, FIRST, 3).await;
        let more = all_claimed(&world, NOW).await;
        let mut tx = world.write().await;
        let asking: Vec<_> = more.iter().map(|one| (Isp::Yahoo, one)).collect();
        assert_eq!(place::take(&mut tx, &system(), &asking, NOW).await.unwrap().len(), 3);
    }

    async fn what_is_lifted_leaves_at_once_and_its_places_stay_taken(database) {
        let world = World::new(database).await;
        set(&world, FIRST, &fifty(), &[(Isp::Google, 4)]).await;
        set(&world, (0, 1), &fifty(), &[(Isp::Google, 2)]).await;
        send(&world, FIRST, 3).await;
        send(&world, (0, 1), 2).await;
        let all = all_claimed(&world, NOW).await;
        assert_eq!(taken(&world, &all, NOW).await, 3);
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        assert!(proof.has_provider_shares);
        let before = share::replace(&mut tx, &proof, &shares(&[])).await.unwrap();
        assert_eq!(before, shares(&[(Isp::Google, 4)]));
        recipient::hasten_awaiting(&mut tx, &proof, later(9)).await.unwrap();
        tx.commit().await.unwrap();
        let due = all_claimed(&world, later(9)).await;
        assert_eq!(due.iter().map(|one| one.domain_id).collect::<Vec<_>>(), [world.teams[0].domains[0]]);
        assert_eq!(used(&world, FIRST).await, []);
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        assert!(!proof.has_provider_shares);
        share::replace(&mut tx, &proof, &shares(&[(Isp::Google, 4)])).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(taken(&world, &due, later(9)).await, 0);
        assert_eq!(used(&world, FIRST).await, [(Isp::Google, 4, 2)]);
    }

    async fn a_day_that_was_not_judged_yet_makes_nobody_wait_for_another(database) {
        let world = World::new(database).await;
        set(&world, FIRST, &fifty(), &[(Isp::Google, 2)]).await;
        send(&world, FIRST, 2).await;
        let all = all_claimed(&world, tomorrow()).await;
        assert_eq!(taken(&world, &all, tomorrow()).await, 1);
        assert_eq!(next_due(&world).await, Some(tomorrow().plus(Duration::from_secs(60))));
    }

    async fn workers_that_come_together_take_every_place_once(database) {
        let world = Arc::new(World::new(database).await);
        let stores = vec![world.store.clone()];
        crowd(world, stores, &[NOW]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_workers_of_two_nodes_whose_clocks_differ_take_every_place_once() {
    let test = async |database: &TestDatabase| {
        let world = Arc::new(World::new(database).await);
        let other = Store::open(database.settings().clone()).unwrap();
        let stores = vec![world.store.clone(), other];
        // One still has yesterday, and must not give its places once more.
        let behind = NOW.minus(Duration::from_secs(24 * 3600));
        crowd(world, stores, &[NOW, behind]).await;
    };
    TestDatabase::postgres().await.run(test).await;
}
