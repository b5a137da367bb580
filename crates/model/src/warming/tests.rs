//! Goal: a plan allows what the contract says, day by day, and never more.
//! Method: tables of days; then every plan a day can have against every kind of day.

use super::*;
use crate::Word as _;

const MORNING: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn day(sent: u64, bounced: u64, complained: u64) -> Counts {
    Counts {
        sent,
        delivered: sent.saturating_sub(bounced),
        bounced,
        complained,
        ..Counts::default()
    }
}

fn plan(phase: WarmingPhase, step: u16, halvings: u8) -> WarmingPlan {
    WarmingPlan {
        step,
        halvings,
        ..WarmingPlan::begun(phase, MORNING)
    }
}

fn daily(plan: &WarmingPlan) -> u64 {
    plan.allowance().daily
}

/// Limits of the days of a phase in which nothing goes wrong.
fn curve(phase: WarmingPhase) -> Vec<u64> {
    let steps = 0..WarmingPlan::PHASE_DAYS;
    steps.map(|step| daily(&plan(phase, step, 0))).collect()
}

#[test]
fn the_limit_of_a_phase_grows_geometrically_from_one_end_of_its_range_to_the_other() {
    assert_eq!(
        curve(WarmingPhase::Phase1),
        [
            50, 65, 84, 110, 142, 185, 240, 312, 405, 527, 684, 889, 1155, 1500
        ]
    );
    for (phase, low, high) in [
        (WarmingPhase::Phase2, 2_000, 10_000),
        (WarmingPhase::Phase3, 15_000, 60_000),
        (WarmingPhase::Phase4, 100_000, 200_000),
    ] {
        let curve = curve(phase);
        assert_eq!((curve[0], curve[13]), (low, high), "{phase}");
        assert!(curve.windows(2).all(|two| two[0] < two[1]), "{phase}");
        assert_eq!(daily(&plan(phase, 14, 0)), high);
        assert_eq!(daily(&plan(phase, u16::MAX, 0)), high);
    }
}

#[test]
fn hours_and_minutes_have_a_part_of_the_day() {
    for (daily, hourly, per_minute) in [
        (10, 10, 2),
        (50, 10, 2),
        (1_500, 150, 6),
        (5_000, 500, 20),
        (200_000, 20_000, 800),
    ] {
        let want = Allowance {
            daily,
            hourly,
            per_minute,
        };
        assert_eq!(Allowance::of_day(daily), want);
    }
    let warmed = plan(WarmingPhase::Warmed, 0, 0).allowance();
    assert_eq!(warmed, Allowance::UNLIMITED);
    let none = plan(WarmingPhase::NotStarted, 0, 0).allowance();
    assert_eq!(none, Allowance::NONE);
}

#[test]
fn a_day_is_judged_by_its_bounces_and_complaints() {
    for (judged, is_bad) in [
        (day(0, 0, 0), false),
        (day(0, 5, 5), false),
        (day(100, 10, 0), false),
        (day(100, 11, 0), true),
        (day(1, 1, 0), true),
        (day(1_000, 0, 3), false),
        (day(1_000, 0, 4), true),
        (day(u64::MAX, 0, 0), false),
    ] {
        let (next, event) = plan(WarmingPhase::Phase2, 3, 0).next(&judged, &judged);
        assert_eq!(next.is_held(), is_bad, "{judged:?}");
        assert_eq!(event, is_bad.then_some(WarmingEvent::Held), "{judged:?}");
    }
}

#[test]
fn a_phase_follows_when_the_week_was_good_enough() {
    for (week, event) in [
        (day(20, 1, 0), WarmingEvent::Advanced),
        (day(19, 0, 0), WarmingEvent::Waited),
        (day(0, 0, 0), WarmingEvent::Waited),
        (day(100, 5, 0), WarmingEvent::Advanced),
        (day(1_000, 51, 0), WarmingEvent::Waited),
        (day(1_000, 0, 1), WarmingEvent::Advanced),
        (day(1_000, 0, 2), WarmingEvent::Waited),
        (
            Counts {
                delivered: 94,
                ..day(100, 0, 0)
            },
            WarmingEvent::Waited,
        ),
    ] {
        let (next, told) = plan(WarmingPhase::Phase1, 13, 0).next(&day(3, 0, 0), &week);
        assert_eq!(told, Some(event), "{week:?}");
        let has_advanced = event == WarmingEvent::Advanced;
        assert_eq!(WarmingPlan::obstacles(&week).is_empty(), has_advanced);
        assert_eq!(next.phase == WarmingPhase::Phase2, has_advanced);
        let want = if has_advanced { 2_000 } else { 1_500 };
        assert_eq!(daily(&next), want, "{week:?}");
    }
    let (early, event) = plan(WarmingPhase::Phase1, 12, 0).next(&day(3, 0, 0), &day(99, 0, 0));
    assert_eq!((early.phase, event), (WarmingPhase::Phase1, None));
}

#[test]
fn what_is_in_the_way_is_named() {
    let week = Counts {
        delivered: 1,
        ..day(10, 5, 1)
    };
    let obstacles = WarmingPlan::obstacles(&week);
    assert_eq!(
        obstacles,
        [
            Obstacle::Volume,
            Obstacle::Delivery,
            Obstacle::Bounces,
            Obstacle::Complaints
        ]
    );
    assert_eq!(WarmingPlan::obstacles(&day(20, 0, 0)), []);
}

#[test]
fn good_days_lead_through_all_phases_in_eight_weeks() {
    let good = day(100, 2, 0);
    let mut plan = plan(WarmingPhase::Phase1, 0, 0);
    let begun = plan;
    let mut events = Vec::new();
    for number in 1..=60_i64 {
        let (next, event) = plan.next(&good, &good);
        assert!(daily(&next) >= daily(&plan), "day {number}");
        assert_eq!(next.day, begun.day.after(number));
        events.extend(event.map(|event| (number, event)));
        plan = next;
    }
    assert_eq!(
        events,
        [
            (14, WarmingEvent::Advanced),
            (28, WarmingEvent::Advanced),
            (42, WarmingEvent::Advanced),
            (56, WarmingEvent::Warmed),
        ]
    );
    assert_eq!(plan.phase, WarmingPhase::Warmed);
    assert_eq!(plan.started_at, MORNING);
    assert_eq!(plan.phase_started_at, begun.day.after(56).start());
}

#[test]
fn bad_days_halve_the_limit_until_a_good_one_and_are_no_steps() {
    let (good, bad, idle) = (day(30, 0, 0), day(30, 9, 0), day(0, 0, 0));
    let mut plan = plan(WarmingPhase::Phase1, 6, 0);
    for (judged, limit, event) in [
        (bad, 120, Some(WarmingEvent::Held)),
        (bad, 60, Some(WarmingEvent::Held)),
        (idle, 60, None),
        (bad, 30, Some(WarmingEvent::Held)),
        (good, 240, Some(WarmingEvent::Released)),
        (good, 312, None),
        (idle, 405, None),
    ] {
        let (next, told) = plan.next(&judged, &judged);
        assert_eq!((daily(&next), told), (limit, event), "{judged:?}");
        plan = next;
    }
    for _ in 0..300 {
        plan = plan.next(&bad, &bad).0;
    }
    // What is left is enough to have a good day with.
    assert_eq!(plan.allowance(), Allowance::of_day(10));
}

#[test]
fn a_paused_plan_stays_as_it_is_whatever_happens() {
    let paused = plan(WarmingPhase::Phase3, 5, 1).paused(MORNING);
    let again = paused.paused(MORNING.plus(WarmingWindow::Day.length()));
    assert_eq!(again.paused_at, Some(MORNING));
    for judged in [day(30, 0, 0), day(30, 30, 30), day(0, 0, 0)] {
        let (next, event) = paused.next(&judged, &judged);
        assert_eq!(event, None);
        let day = paused.day.after(1);
        assert_eq!(next, WarmingPlan { day, ..paused });
        assert_eq!(next.resumed().allowance(), paused.allowance());
    }
}

#[test]
fn another_phase_begins_with_its_first_day_and_what_bad_days_took() {
    let now = MORNING.plus(3 * WarmingWindow::Day.length());
    let held = plan(WarmingPhase::Phase3, 9, 1).paused(MORNING);
    let moved = held.in_phase(WarmingPhase::Phase2, now);
    assert_eq!(daily(&moved), 1_000);
    assert_eq!((moved.step, moved.paused_at), (0, None));
    assert_eq!((moved.started_at, moved.phase_started_at), (MORNING, now));
    assert_eq!(moved.day, Day::of(now));
    let ended = held.in_phase(WarmingPhase::Warmed, now);
    assert!(!ended.is_held() && ended.allowance() == Allowance::UNLIMITED);
}

#[test]
fn the_days_to_come_are_told_until_the_last_one_with_a_limit() {
    let limits = |plan: WarmingPlan| plan.forecast().map(|plan| daily(&plan)).collect::<Vec<_>>();
    let begun = limits(plan(WarmingPhase::Phase1, 0, 0));
    assert_eq!(begun.len(), 55);
    assert_eq!((begun[0], begun[13], begun[54]), (65, 2_000, 200_000));
    // The first good day gives back what bad ones took, and is no step.
    let held = limits(plan(WarmingPhase::Phase4, 11, 1));
    assert_eq!(held, limits(plan(WarmingPhase::Phase4, 10, 0)));
    assert!(limits(plan(WarmingPhase::Phase4, 3, 0).paused(MORNING)).is_empty());
    assert!(limits(plan(WarmingPhase::Warmed, 0, 0)).is_empty());
}

/// Every plan against every kind of day.
#[test]
fn a_limit_shrinks_only_when_a_day_was_bad_and_never_leaves_the_range_of_its_phase() {
    let days = [day(0, 0, 0), day(30, 0, 0), day(30, 2, 0), day(30, 9, 0)];
    for phase in WarmingPhase::ALL.iter().copied() {
        for (step, halvings) in (0..20).flat_map(|step| (0..6).map(move |half| (step, half))) {
            let plan = plan(phase, step, halvings);
            for (judged, week) in days
                .iter()
                .flat_map(|one| days.iter().map(move |two| (one, two)))
            {
                let (next, event) = plan.next(judged, week);
                let is_held = event == Some(WarmingEvent::Held);
                assert!(
                    is_held || daily(&next) >= daily(&plan),
                    "{plan:?} {judged:?}"
                );
                assert!(!is_held || daily(&next) <= daily(&plan));
                assert!(next.phase == phase || next.phase == phase.next());
                let highest = daily(&self::plan(next.phase, 13, 0));
                assert!(daily(&next) <= highest, "{next:?}");
                let Allowance {
                    daily,
                    hourly,
                    per_minute,
                } = next.allowance();
                assert!(per_minute <= hourly && hourly <= daily);
            }
        }
    }
}

/// 08:01:30.5 UTC.
fn moment() -> Timestamp {
    MORNING.plus(std::time::Duration::from_millis(90_500))
}

fn sent([day, hour, minute]: [u64; 3], now: Timestamp) -> SentSoFar {
    let since = |window: WarmingWindow, recipients| SentSince {
        start: window.start(now),
        recipients,
    };
    SentSoFar {
        day: since(WarmingWindow::Day, day),
        hour: since(WarmingWindow::Hour, hour),
        minute: since(WarmingWindow::Minute, minute),
    }
}

fn limit(used: [u64; 3], asked: u64) -> Option<SendingLimit> {
    let plan = plan(WarmingPhase::Phase1, 0, 0);
    SendingLimit::reached(&plan, &sent(used, moment()), asked, moment())
}

#[test]
fn what_was_sent_counts_in_its_day_hour_and_minute_only() {
    let now = moment();
    let counted = SentSoFar::NOTHING.plus(3, now).plus(2, now);
    assert_eq!(counted, sent([5, 5, 5], now));
    let used = |later: u64, window| {
        let now = now.plus(std::time::Duration::from_secs(later));
        counted.within(window, now).recipients
    };
    for (later, want) in [
        (29, [5, 5, 5]),
        (30, [5, 5, 0]),
        (3_509, [5, 5, 0]),
        (3_510, [5, 0, 0]),
        (57_509, [5, 0, 0]),
        (57_510, [0, 0, 0]),
    ] {
        let found = WarmingWindow::ALL.iter().map(|window| used(later, *window));
        assert_eq!(found.collect::<Vec<_>>(), want, "{later} s later");
    }
}

#[test]
fn a_clock_that_is_behind_forgets_nothing() {
    let now = moment();
    let counted = SentSoFar::NOTHING.plus(2, now);
    let behind = now.minus(std::time::Duration::from_secs(90));
    assert_eq!(counted.plus(1, behind), SentSoFar::NOTHING.plus(3, now));
    let plan = plan(WarmingPhase::Phase1, 0, 0);
    let reached = SendingLimit::reached(&plan, &counted, 1, behind).unwrap();
    let told = (reached.window, reached.retry_after_seconds);
    assert_eq!(told, (WarmingWindow::Minute, 120));
}

#[test]
fn the_limit_that_lasts_longest_is_told_with_the_time_until_its_end() {
    for (used, asked, want) in [
        ([0, 0, 0], 2, None),
        ([48, 8, 0], 2, None),
        ([49, 8, 0], 2, Some((WarmingWindow::Day, 50, 49, 57_510))),
        ([20, 9, 0], 2, Some((WarmingWindow::Hour, 10, 9, 3_510))),
        ([20, 8, 1], 2, Some((WarmingWindow::Minute, 2, 1, 30))),
        // Too many for any minute, hour or day of today's.
        ([0, 0, 0], 3, Some((WarmingWindow::Minute, 2, 0, 57_510))),
        ([0, 0, 0], 11, Some((WarmingWindow::Hour, 10, 0, 57_510))),
        ([0, 0, 0], 51, Some((WarmingWindow::Day, 50, 0, 57_510))),
    ] {
        let told = limit(used, asked);
        let told = told.map(|it| (it.window, it.limit, it.used, it.retry_after_seconds));
        assert_eq!(told, want, "{used:?} {asked}");
    }
}

#[test]
fn a_limit_is_told_in_a_lower_case_sentence() {
    let told = limit([50, 10, 2], 1).unwrap().to_string();
    assert_eq!(told, "daily sending limit of 50 recipients reached");
    let told = limit([0, 0, 0], 5).unwrap().to_string();
    assert_eq!(
        told,
        "per-minute sending limit of 2 recipients is less than the 5 of this message; send it to fewer \
         at once"
    );
}

#[test]
fn a_domain_begins_when_it_sends_and_receivers_can_tell_its_mail() {
    use crate::DomainType;
    let ids = (uuid::Uuid::nil().into(), uuid::Uuid::nil().into());
    let tokens = [String::new(), String::new()];
    let name = "a.example".parse().unwrap();
    let new = Domain::registered(ids, name, DomainType::Both, tokens, MORNING);
    for (domain_type, spf_verified, dkim_verified, want) in [
        (DomainType::Both, false, false, false),
        (DomainType::Both, true, false, true),
        (DomainType::Outbound, false, true, true),
        (DomainType::Inbound, true, true, false),
        (DomainType::Alias, true, true, false),
    ] {
        let domain = Domain {
            domain_type,
            spf_verified,
            dkim_verified,
            ..new.clone()
        };
        assert_eq!(WarmingPlan::begins_for(&domain), want);
    }
}
