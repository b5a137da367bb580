//! Plans of new senders: their beginning, the places messages take, and their days.

use std::{sync::Arc, time::Duration};

use postscale_access::action;
use postscale_model::{
    Counts, Day, DomainId, SendingLimit, Timestamp, WarmingEvent, WarmingPhase, WarmingPlan,
    WarmingWindow,
};
use postscale_store::{
    Error, MIGRATIONS, Store, Tx,
    domain::{self, Verification},
    params,
    warming::{self, Reservation, Warming, due},
};
use postscale_testkit::{database::TestDatabase, on_both_engines};
use tokio::task::JoinSet;

use crate::world::{NOW, VIEWS, Who, World, later, system};

const SPF: Verification = Verification {
    ownership: None,
    mx: None,
    spf: Some(true),
    dkim: None,
    dmarc: None,
    return_path: None,
};

async fn begin(world: &World, (team, number): (usize, usize)) {
    let mut tx = world.write().await;
    let proof = world.writable(&mut tx, team, number).await;
    domain::verify(&mut tx, &proof, SPF, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

/// Gives the first domain of the first team this plan.
async fn put(world: &World, plan: &WarmingPlan) {
    let mut tx = world.write().await;
    let proof = world.writable(&mut tx, 0, 0).await;
    warming::put(&mut tx, &proof, plan, WarmingEvent::Started)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn found(world: &World, (team, number): (usize, usize)) -> Option<Warming> {
    let mut tx = world.read().await;
    let proof = world.writable(&mut tx, team, number).await;
    warming::find(&mut tx, &proof).await.unwrap()
}

async fn reserve(world: &World, tx: &mut Tx, recipients: usize, now: Timestamp) -> Reservation {
    let id: DomainId = world.teams[0].domains[0];
    let from = world
        .domain(tx, (0, Who::Owner), action::MESSAGE_SEND, id)
        .await
        .unwrap();
    warming::reserve(tx, &from, recipients, now).await.unwrap()
}

/// Reserves and, if there was room, commits.
async fn accept(
    world: &World,
    store: &Store,
    recipients: usize,
    now: Timestamp,
) -> Result<Reservation, Error> {
    let mut tx = store.write().await?;
    let reserved = reserve(world, &mut tx, recipients, now).await;
    if reserved == Reservation::Made {
        tx.commit().await?;
    }
    Ok(reserved)
}

fn refused(reservation: Reservation) -> (WarmingWindow, u64) {
    match reservation {
        Reservation::Refused(SendingLimit { window, used, .. }) => (window, used),
        Reservation::Made => panic!("there was room"),
    }
}

/// 64 senders through several stores at once, each three messages to one to three recipients: as many
/// are accepted as there are places, and not one more.
async fn crowd(world: Arc<World>, stores: Vec<Store>, clocks: &[Timestamp]) {
    let plan = WarmingPlan {
        step: 3,
        ..WarmingPlan::begun(WarmingPhase::Phase3, NOW)
    };
    put(&world, &plan).await;
    let allowed = plan.allowance().per_minute;
    assert_eq!(allowed, 82);
    // Somebody was there in this minute: whose clock is behind counts with them.
    let first = accept(&world, &stores[0], 1, NOW).await;
    assert_eq!(first, Ok(Reservation::Made));
    let mut tasks = JoinSet::new();
    for sender in 0..64_usize {
        let (world, store) = (Arc::clone(&world), stores[sender % stores.len()].clone());
        let now = clocks[sender % clocks.len()];
        tasks.spawn(async move {
            let mut taken = 0;
            for message in 0..3 {
                let recipients = 1 + (sender + message) % 3;
                if accept(&world, &store, recipients, now).await.unwrap() == Reservation::Made {
                    taken += recipients as u64;
                }
            }
            taken
        });
    }
    let taken: u64 = tasks.join_all().await.into_iter().sum();
    let Warming { sent, .. } = found(&world, (0, 0)).await.unwrap();
    assert_eq!(1 + taken, allowed, "every place is taken, and once");
    for window in [
        WarmingWindow::Day,
        WarmingWindow::Hour,
        WarmingWindow::Minute,
    ] {
        assert_eq!(sent.within(window, NOW).recipients, allowed);
    }
}

on_both_engines! {
    async fn a_plan_begins_when_the_first_record_is_seen_and_only_then(database) {
        let world = World::new(database).await;
        assert_eq!(found(&world, (0, 0)).await, None);
        begin(&world, (0, 0)).await;
        let begun = found(&world, (0, 0)).await.unwrap();
        assert_eq!(begun.plan, WarmingPlan::begun(WarmingPhase::Phase1, NOW));
        let mut tx = world.write().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        assert!(proof.is_warming);
        let dkim = Verification { dkim: Some(true), spf: Some(false), ..SPF };
        domain::verify(&mut tx, &proof, dkim, later(9)).await.unwrap();
        let proof = world.writable(&mut tx, 0, 1).await;
        let mx = Verification { spf: None, mx: Some(true), ..SPF };
        domain::verify(&mut tx, &proof, mx, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(found(&world, (0, 0)).await, Some(begun));
        assert_eq!(found(&world, (0, 1)).await, None);
        let mut tx = world.read().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let days = warming::history(&mut tx, &proof, (30, Day::of(NOW))).await.unwrap();
        let told: Vec<_> = days.iter().map(|day| (day.day, day.daily_limit, day.event)).collect();
        assert_eq!(told, [(Day::of(NOW), 50, Some(WarmingEvent::Started))]);
    }

    async fn a_message_takes_all_its_places_or_none(database) {
        let world = World::new(database).await;
        let store = world.store.clone();
        // A domain without a plan has no limits.
        assert_eq!(accept(&world, &store, 1_000, NOW).await, Ok(Reservation::Made));
        begin(&world, (0, 0)).await;
        assert_eq!(accept(&world, &store, 1, NOW).await, Ok(Reservation::Made));
        let two = accept(&world, &store, 2, NOW).await.unwrap();
        assert_eq!(refused(two), (WarmingWindow::Minute, 1));
        assert_eq!(accept(&world, &store, 1, NOW).await, Ok(Reservation::Made));
        for minute in 1..5 {
            assert_eq!(accept(&world, &store, 2, later(minute * 60)).await, Ok(Reservation::Made));
        }
        let eleventh = accept(&world, &store, 1, later(300)).await.unwrap();
        assert_eq!(refused(eleventh), (WarmingWindow::Hour, 10));
        // What is rolled back took no place.
        let mut tx = world.write().await;
        assert_eq!(reserve(&world, &mut tx, 2, later(3_600)).await, Reservation::Made);
        drop(tx);
        let mut sent = 10;
        for hour in 1..5 {
            for minute in 0..5 {
                let at = later(hour * 3_600 + minute * 60);
                assert_eq!(accept(&world, &store, 2, at).await, Ok(Reservation::Made), "{at}");
                sent += 2;
            }
        }
        assert_eq!(sent, 50);
        let next = accept(&world, &store, 1, later(6 * 3_600)).await.unwrap();
        assert_eq!(refused(next), (WarmingWindow::Day, 50));
        let tomorrow = accept(&world, &store, 1, later(24 * 3_600)).await.unwrap();
        assert_eq!(tomorrow, Reservation::Made);
    }

    async fn senders_that_come_together_take_every_place_once(database) {
        let world = Arc::new(World::new(database).await);
        let stores = vec![world.store.clone()];
        crowd(world, stores, &[NOW]).await;
    }

    async fn what_a_plan_becomes_is_written_down_once(database) {
        let world = World::new(database).await;
        begin(&world, (0, 0)).await;
        begin(&world, (1, 1)).await;
        let today = Day::of(NOW);
        let mut tx = world.write().await;
        assert_eq!(due::claim(&mut tx, &system(), today, 9).await.unwrap(), []);
        assert_eq!(due::next_at(&mut tx, &system()).await, Ok(Some(today.after(1).start())));
        assert_eq!(due::claim(&mut tx, &system(), today.after(1), 1).await.unwrap().len(), 1);
        let claimed = due::claim(&mut tx, &system(), today.after(1), 9).await.unwrap();
        assert_eq!(claimed.len(), 2);
        let (id, Warming { plan, .. }) = claimed.into_iter().find(|(id, _)| *id == world.teams[0].domains[0]).unwrap();
        let bad = Counts { sent: 9, bounced: 2, delivered: 7, ..Counts::default() };
        let (next, event) = plan.next(&bad, &bad);
        due::advance(&mut tx, &system(), id, (&plan, &next), event).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(found(&world, (0, 0)).await.unwrap().plan, next);
        let mut tx = world.read().await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let days = warming::history(&mut tx, &proof, (30, today.after(1))).await.unwrap();
        let told: Vec<_> = days.iter().map(|day| (day.day, day.daily_limit, day.event)).collect();
        assert_eq!(told, [(today, 50, Some(WarmingEvent::Held)), (today.after(1), 25, None)]);
        let short = warming::history(&mut tx, &proof, (1, today.after(1))).await.unwrap();
        assert_eq!(short.len(), 1);
        let other = world.writable(&mut tx, 1, 1).await;
        let theirs = warming::history(&mut tx, &other, (30, today.after(1))).await.unwrap();
        assert_eq!(theirs.len(), 1);
        drop(tx);
        let mut tx = world.write().await;
        let left = due::claim(&mut tx, &system(), today.after(1), 9).await.unwrap();
        assert_eq!(left.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [world.teams[1].domains[1]]);
    }

    async fn what_is_warmed_has_no_limits_and_no_days(database) {
        let world = World::new(database).await;
        begin(&world, (0, 0)).await;
        let plan = found(&world, (0, 0)).await.unwrap().plan;
        put(&world, &plan.in_phase(WarmingPhase::Warmed, later(5))).await;
        let store = world.store.clone();
        assert_eq!(accept(&world, &store, 1_000, NOW).await, Ok(Reservation::Made));
        let kept = found(&world, (0, 0)).await.unwrap();
        assert_eq!(kept.sent.within(WarmingWindow::Day, NOW).recipients, 0);
        let mut tx = world.write().await;
        let claimed = due::claim(&mut tx, &system(), Day::of(NOW).after(9), 9).await;
        assert_eq!(claimed.unwrap(), []);
        assert_eq!(due::next_at(&mut tx, &system()).await, Ok(None));
    }

    async fn what_was_sent_stays_counted_when_a_plan_changes(database) {
        let world = World::new(database).await;
        begin(&world, (0, 0)).await;
        let store = world.store.clone();
        assert_eq!(accept(&world, &store, 2, NOW).await, Ok(Reservation::Made));
        let plan = found(&world, (0, 0)).await.unwrap().plan;
        put(&world, &plan.in_phase(WarmingPhase::Phase1, later(5))).await;
        let again = accept(&world, &store, 1, later(6)).await.unwrap();
        assert_eq!(refused(again), (WarmingWindow::Minute, 2));
    }

    async fn limits_are_listed_of_the_domains_somebody_sees(database) {
        let world = World::new(database).await;
        let mut all = Vec::new();
        for place in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            begin(&world, place).await;
            all.push(world.teams[place.0].domains[place.1]);
        }
        for team in 0..2 {
            for (who, seen) in VIEWS {
                let mut tx = world.read().await;
                let scope = world.scope(&mut tx, team, who, action::DOMAIN_LIST).await;
                let listed = warming::list_limited(&mut tx, &scope, &all, NOW).await.unwrap();
                let mut ids: Vec<_> = listed.into_iter().map(|(id, _)| id).collect();
                ids.sort_unstable();
                let mut want: Vec<_> = seen.iter().map(|i| world.teams[team].domains[*i]).collect();
                want.sort_unstable();
                assert_eq!(ids, want, "{who:?} of team {team}");
            }
        }
    }

    async fn whoever_could_send_before_there_was_warming_goes_on_as_before(database) {
        let step = MIGRATIONS.iter().position(|step| step.name.ends_with("_warming")).unwrap();
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for sql in [
            "DROP TABLE warming_plans",
            "DROP TABLE warming_days",
            "ALTER TABLE domains DROP COLUMN is_warming",
            "UPDATE domains SET spf_verified = TRUE WHERE name = 'd0.team0.example'",
            "UPDATE domains SET spf_verified = TRUE, domain_type = 'inbound' WHERE name = 'd1.team0.example'",
            "UPDATE domains SET domain_type = 'inbound' WHERE name = 'd0.team1.example'",
        ] {
            tx.execute(sql, &[]).await.unwrap();
        }
        for (name, environment) in [("d0.team1.example", "live"), ("d1.team1.example", "test")] {
            let sql = "INSERT INTO emails (id, organization_id, domain_id, message_id, header_from, header_to, header_cc, header_bcc, \
                       subject, status, environment, tags, metadata, size_bytes, smtputf8, created_at) \
                       SELECT id, organization_id, id, 'm', 'f', '[]', '[]', '[]', 's', 'delivered', $2, '[]', '{}', 1, FALSE, created_at \
                       FROM domains WHERE name = $1";
            tx.execute(sql, &params![name, environment]).await.unwrap();
        }
        let up = match tx.engine() {
            postscale_store::Engine::Sqlite => MIGRATIONS[step].sqlite,
            postscale_store::Engine::Postgres => MIGRATIONS[step].postgres,
        };
        for statement in up.split(";\n").filter(|sql| sql.contains("TABLE") || sql.contains("INSERT")) {
            tx.execute(statement, &[]).await.unwrap();
        }
        let rows = tx.query("SELECT d.name, w.phase, d.is_warming FROM warming_plans w JOIN domains d ON d.id = w.domain_id ORDER BY d.name", &[]).await.unwrap();
        let found: Vec<_> = rows.iter().map(|row| (row.text("name").unwrap(), row.text("phase").unwrap(), row.bool("is_warming").unwrap())).collect();
        let warmed = |name: &str| (name.to_owned(), "warmed".to_owned(), false);
        assert_eq!(found, [warmed("d0.team0.example"), warmed("d0.team1.example")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_senders_of_two_nodes_whose_clocks_differ_take_every_place_once() {
    let test = async |database: &TestDatabase| {
        let world = Arc::new(World::new(database).await);
        let other = Store::open(database.settings().clone()).unwrap();
        let stores = vec![world.store.clone(), other];
        // One is behind by more than a minute, and must not open the minute before once more.
        let behind = NOW.minus(Duration::from_secs(70));
        crowd(world, stores, &[NOW, behind]).await;
    };
    TestDatabase::postgres().await.run(test).await;
}
