//! One thing that is counted at a time.

use std::time::Duration;

use postscale_access::action;
use postscale_model::{BounceType, Counts, Day, Environment, Hour, Isp};
use postscale_store::{
    domain,
    email::{self, Submitter},
    params,
    recipient::{self, LateBounce, Outcome},
    stats,
};
use postscale_testkit::on_both_engines;
use tokio::task::JoinSet;

use super::{claim, drain, rows, settled, today, told};
use crate::email::{accept, new_email};
use crate::world::{NOW, VIEWS, Who, World, later, system};

const GMAIL: Option<&str> = Some("gmail-smtp-in.l.google.com");

fn sent(sent: u64) -> Counts {
    Counts {
        sent,
        ..Counts::default()
    }
}

on_both_engines! {
    async fn what_is_accepted_counts_at_once_and_the_same_after_it_was_added_up(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example", "eve@near.example"])).await;
        accept(&world, &mut tx, 0, 1, &new_email(&world, 0, 1, &["bob@far.example"])).await;
        accept(&world, &mut tx, 1, 0, &new_email(&world, 1, 0, &["bob@far.example"])).await;
        tx.commit().await.unwrap();
        let before = told(&world, &mut world.read().await, (0, 0), NOW).await;
        assert_eq!(before.days, [(Day::of(NOW), sent(2))]);
        assert_eq!(before.hours, [(Hour::of(NOW), sent(2))]);
        assert_eq!(before.isps, []);
        let tags = ["re\"port", "weekly"].map(|tag| (Some(tag.to_owned()), sent(2)));
        assert_eq!(before.tags, tags);
        assert_eq!(drain(&world, 2).await, 9);
        let after = told(&world, &mut world.read().await, (0, 0), NOW).await;
        assert_eq!(after, before);
        assert_eq!(drain(&world, 2).await, 0);
        let other = told(&world, &mut world.read().await, (1, 0), NOW).await;
        assert_eq!(other.days, [(Day::of(NOW), sent(1))]);
        assert_eq!(told(&world, &mut world.read().await, (1, 1), NOW).await.days, []);
    }

    async fn what_is_not_committed_was_not_counted_nor_added_up(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        drop(tx);
        assert_eq!(today(&world).await, sent(0));
        let mut tx = world.write().await;
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &["bob@far.example"])).await;
        tx.commit().await.unwrap();
        let mut tx = world.write().await;
        assert_eq!(stats::drain(&mut tx, &system(), 100).await, Ok(3));
        drop(tx);
        assert_eq!(today(&world).await, sent(1));
        assert_eq!(drain(&world, 100).await, 3);
        assert_eq!(today(&world).await, sent(1));
    }

    async fn mail_of_test_keys_and_mail_that_aliases_forward_count_nothing(database) {
        let world = World::new(database).await;
        let mut test = new_email(&world, 0, 0, &["bob@far.example"]);
        test.email.environment = Environment::Test;
        let mut tx = world.write().await;
        accept(&world, &mut tx, 0, 0, &test).await;
        let mut copy = new_email(&world, 0, 0, &["bob@far.example"]);
        copy.submitter = Submitter::Alias(world.sources.id());
        let from = world.writable(&mut tx, 0, 0).await.into_inner();
        email::insert_forwarded(&mut tx, &system(), &from, &copy, &world.sources).await.unwrap();
        let claimed = claim(&mut tx, NOW).await;
        assert_eq!(claimed.len(), 1);
        let delivered = settled(&claimed[0], Outcome::Delivered, GMAIL);
        let happened = recipient::settle(&mut tx, &system(), &[delivered], &world.sources, NOW).await.unwrap();
        assert_eq!(happened.len(), 2);
        let late = LateBounce { recipient_id: claimed[0].recipient_id, bounce_type: BounceType::Hard, reply: None, mx_host: None };
        assert!(recipient::bounce(&mut tx, &system(), &late, &world.sources, NOW).await.unwrap().is_some());
        let id = world.teams[0].domains[0];
        assert_eq!(rows(&mut tx, "stats_entries", id).await, 0);
    }

    async fn what_comes_of_mail_counts_when_it_happens_and_at_its_provider(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let to = ["a@far.example", "b@far.example", "c@far.example", "d@far.example"];
        accept(&world, &mut tx, 0, 0, &new_email(&world, 0, 0, &to)).await;
        let mut claimed = claim(&mut tx, NOW).await;
        claimed.sort_by_key(|one| one.address.to_string());
        let deferred = Outcome::Deferred { next_attempt_at: later(7200) };
        let failed = Outcome::Failed { bounce_type: BounceType::Block };
        let first = [
            settled(&claimed[0], Outcome::Delivered, GMAIL),
            settled(&claimed[1], failed, Some("mx1.yahoodns.net")),
            // Nobody was reached, and so nobody is its provider yet.
            settled(&claimed[2], deferred, None),
            settled(&claimed[3], deferred, GMAIL),
        ];
        let an_hour_later = later(3600);
        for _ in 0..2 {
            // The second time nothing of it is new.
            recipient::settle(&mut tx, &system(), &first, &world.sources, an_hour_later).await.unwrap();
        }
        let mut again = claim(&mut tx, later(7200)).await;
        again.sort_by_key(|one| one.address.to_string());
        assert_eq!(again.len(), 2);
        let hard = Outcome::Failed { bounce_type: BounceType::Hard };
        let second = [settled(&again[0], hard, GMAIL), settled(&again[1], Outcome::Delivered, Some("mx.elsewhere.example"))];
        recipient::settle(&mut tx, &system(), &second, &world.sources, later(7200)).await.unwrap();
        let late = LateBounce { recipient_id: claimed[0].recipient_id, bounce_type: BounceType::Hard, reply: None, mx_host: None };
        for want in [true, false] {
            let event = recipient::bounce(&mut tx, &system(), &late, &world.sources, later(7200)).await.unwrap();
            assert_eq!(event.is_some(), want);
        }
        tx.commit().await.unwrap();
        let one = |counts: &[(Hour, Counts)], hours: i64| {
            let at = Hour::of(NOW).after(hours);
            counts.iter().find(|(hour, _)| *hour == at).map(|(_, counts)| *counts)
        };
        for _ in 0..2 {
            let told = told(&world, &mut world.read().await, (0, 0), later(7200)).await;
            assert_eq!(one(&told.hours, 0), Some(sent(4)));
            assert_eq!(one(&told.hours, 1), Some(Counts { delivered: 1, bounced: 1, deferred: 2, ..Counts::default() }));
            assert_eq!(one(&told.hours, 2), Some(Counts { delivered: 1, bounced: 2, hard_bounced: 2, ..Counts::default() }));
            let all = Counts { sent: 4, delivered: 2, bounced: 3, hard_bounced: 2, deferred: 2, ..Counts::default() };
            assert_eq!(told.days.iter().map(|(_, counts)| *counts).sum::<Counts>(), all);
            assert!(told.tags.iter().all(|(_, counts)| *counts == all));
            assert_eq!(told.isps, [
                (Isp::Google, Counts { sent: 3, delivered: 2, bounced: 2, hard_bounced: 2, deferred: 1, ..Counts::default() }),
                (Isp::Yahoo, Counts { sent: 1, bounced: 1, ..Counts::default() }),
            ]);
            drain(&world, 1).await;
        }
    }

    async fn received_mail_counts_for_each_domain_it_is_for(database) {
        let world = World::new(database).await;
        let [first, second] = world.teams[0].domains;
        let mut tx = world.write().await;
        stats::count_received(&mut tx, &system(), [first, second, first], NOW).await.unwrap();
        assert_eq!(rows(&mut tx, "stats_entries", first).await, 1);
        tx.commit().await.unwrap();
        assert_eq!(today(&world).await, Counts { received: 2, ..Counts::default() });
    }

    async fn everybody_is_told_the_sums_of_the_domains_they_see(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (team, domain, recipients) in [(0, 0, 1), (0, 1, 2), (1, 0, 4), (1, 1, 8)] {
            let to: Vec<String> = (0..recipients).map(|n| format!("u{n}@far.example")).collect();
            let to: Vec<&str> = to.iter().map(String::as_str).collect();
            accept(&world, &mut tx, team, domain, &new_email(&world, team, domain, &to)).await;
        }
        tx.commit().await.unwrap();
        for _ in 0..2 {
            for team in 0..2 {
                for (who, seen) in VIEWS {
                    let mut tx = world.read().await;
                    let scope = world.scope(&mut tx, team, who, action::STATS_OVERVIEW).await;
                    let days = stats::by_day_of_visible(&mut tx, &scope, (3, Day::of(NOW)), NOW).await.unwrap();
                    assert_eq!(days.len(), 3);
                    let want: u64 = seen.iter().map(|index| 1 << (2 * team + index)).sum();
                    assert_eq!(days[2], (Day::of(NOW), sent(want)), "{who:?} of team {team}");
                    let domains = stats::by_domain(&mut tx, &scope, (3, Day::of(NOW)), (10, NOW)).await.unwrap();
                    let domains: Vec<_> = domains.into_iter().map(|one| (one.label.0, one.counts.sent)).collect();
                    let want = seen.iter().rev().map(|index| (world.teams[team].domains[*index], 1 << (2 * team + index)));
                    assert_eq!(domains, want.collect::<Vec<_>>(), "{who:?} of team {team}");
                }
            }
            drain(&world, 100).await;
        }
    }

    async fn sixty_four_senders_and_three_who_add_up_miss_nothing(database) {
        let world = std::sync::Arc::new(World::new(database).await);
        let mut tasks = JoinSet::new();
        for sender in 0..64_usize {
            let world = std::sync::Arc::clone(&world);
            tasks.spawn(async move {
                for _ in 0..4 {
                    let mut tx = world.write().await;
                    let domain = sender % 2;
                    accept(&world, &mut tx, 0, domain, &new_email(&world, 0, domain, &["bob@far.example", "eve@near.example"])).await;
                    if sender % 8 == 7 {
                        continue;
                    }
                    tx.commit().await.unwrap();
                }
            });
        }
        for _ in 0..3 {
            let world = std::sync::Arc::clone(&world);
            tasks.spawn(async move {
                for _ in 0..12 {
                    let mut tx = world.write().await;
                    stats::drain(&mut tx, &system(), 20).await.unwrap();
                    tx.commit().await.unwrap();
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        // 32 senders of each domain, of which all eight that gave up are the second's.
        for _ in 0..2 {
            for (domain, want) in [(0, 32 * 4 * 2), (1, 24 * 4 * 2)] {
                let told = told(&world, &mut world.read().await, (0, domain), NOW).await;
                assert_eq!(told.days, [(Day::of(NOW), sent(want))]);
                assert_eq!(told.hours, [(Hour::of(NOW), sent(want))]);
                assert!(told.tags.iter().all(|(_, counts)| *counts == sent(want)));
            }
            drain(&world, 1000).await;
        }
    }

    async fn figures_go_with_their_domain_also_those_that_come_later(database) {
        let world = World::new(database).await;
        let id = world.teams[0].domains[0];
        for round in 0..2 {
            let mut tx = world.write().await;
            let one = [world.teams[0].domains[1], id];
            stats::count_received(&mut tx, &system(), one, NOW).await.unwrap();
            tx.commit().await.unwrap();
            drain(&world, 100).await;
            let mut tx = world.write().await;
            assert_eq!(rows(&mut tx, "stats_entries", id).await, 0);
            assert_eq!(rows(&mut tx, "stats_sums", id).await, if round == 0 { 2 } else { 0 });
            assert_eq!(rows(&mut tx, "stats_sums", one[0]).await, 2);
            if round == 0 {
                let gone = world.domain(&mut tx, (0, Who::Owner), action::DOMAIN_DELETE, id).await.unwrap();
                domain::delete(&mut tx, &gone, NOW).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }

    async fn more_tags_than_a_day_has_are_counted_together(database) {
        let world = World::new(database).await;
        let count = stats::TAGS_PER_DAY_MAX;
        let batches = [(0, count - 1), (count - 1, count + 5), (0, count + 7)];
        for (from, to) in batches {
            let mut tx = world.write().await;
            let mut new = new_email(&world, 0, 0, &["bob@far.example"]);
            new.email.tags = (from..to).map(|n| format!("order {n:05}")).collect();
            accept(&world, &mut tx, 0, 0, &new).await;
            tx.commit().await.unwrap();
            drain(&world, 10_000).await;
        }
        let told = told(&world, &mut world.read().await, (0, 0), NOW).await;
        assert_eq!(told.tags.len(), count + 1);
        assert_eq!(told.tags[0], (None, sent(5 + 7)));
        assert!(told.tags[1..].iter().all(|(tag, counts)| tag.is_some() && *counts == sent(2)));
        assert_eq!(told.days, [(Day::of(NOW), sent(3))]);
    }

    async fn what_is_too_old_is_deleted_a_little_at_a_time(database) {
        let world = World::new(database).await;
        let id = world.teams[0].domains[0];
        let mut tx = world.write().await;
        let day = Duration::from_secs(24 * 3600);
        for age in [0, 8, 10, 99, 101, 399, 401] {
            stats::count_received(&mut tx, &system(), [id], NOW.minus(day * age)).await.unwrap();
            let mut new = new_email(&world, 0, 0, &["bob@far.example"]);
            new.email.created_at = NOW.minus(day * age);
            accept(&world, &mut tx, 0, 0, &new).await;
        }
        tx.commit().await.unwrap();
        drain(&world, 100).await;
        let mut tx = world.write().await;
        let mut deleted = Vec::new();
        while deleted.last() != Some(&0) {
            deleted.push(stats::delete_expired(&mut tx, &system(), (4, NOW)).await.unwrap());
        }
        // Hours of five days, one day, and the two tags of three.
        assert_eq!(deleted.iter().sum::<u64>(), 5 + 1 + 6);
        assert!(deleted.iter().all(|count| *count <= 4));
        let left = |series: &'static str| params![id, series];
        let sql = "SELECT COUNT(*) AS n FROM stats_sums WHERE domain_id = $1 AND series = $2";
        for (series, want) in [("hour", 2), ("day", 6), ("tag", 8)] {
            let row = tx.query_one(sql, &left(series)).await.unwrap();
            assert_eq!(row.int("n"), Ok(want), "{series}");
        }
    }
}
