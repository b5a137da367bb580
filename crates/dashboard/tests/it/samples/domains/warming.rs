//! A domain's warming: on its way, held, used up, paused, over, not begun.

use postscale_actions::warming::{Expected, ProviderLimit, WarmingDay, WarmingLimits, WarmingView};
use postscale_dashboard::ui::{Section, Shell};
use postscale_dashboard::views::domain_warming::*;
use postscale_dashboard::views::domains::*;
use postscale_dashboard::views::words::Reach;
use postscale_model::{
    Counts, Day, Domain, DomainType, Isp, Level, ProviderShare, Timestamp, WarmingEvent,
    WarmingPhase, WarmingPlan,
};

use super::{domain, tabs};
use crate::samples::{Samples, id, member, owner};

/// Noon of 1 February 2026.
const BEGAN: Timestamp = Timestamp::from_seconds(1_769_947_200);

fn day(sent: u64, bounced: u64) -> Counts {
    Counts {
        sent,
        delivered: sent - bounced,
        bounced,
        ..Counts::default()
    }
}

/// So many days, of which some went badly, and the plan that came of them.
fn history(days: u64, bad: &[u64]) -> (Vec<WarmingDay>, WarmingPlan) {
    let mut plan = WarmingPlan::begun(WarmingPhase::Phase1, BEGAN);
    let mut history = Vec::new();
    for number in 0..days {
        let sent = plan.allowance().daily * (60 + number * 7 % 35) / 100;
        let bounced = if bad.contains(&number) { 12 } else { 1 };
        let counts = day(sent, sent * bounced / 100);
        let (next, event) = plan.next(&counts, &counts);
        let is_last = number + 1 == days;
        history.push(WarmingDay {
            day: plan.day,
            phase: plan.phase,
            daily_limit: plan.allowance().daily,
            counts: if is_last { day(9, 0) } else { counts },
            event: match event {
                _ if is_last => None,
                None if number == 0 => Some(WarmingEvent::Started),
                event => event,
            },
        });
        if !is_last {
            plan = next;
        }
    }
    (history, plan)
}

fn view(domain: Domain, plan: Option<WarmingPlan>, week: Counts, today: u64) -> WarmingView {
    WarmingView {
        tomorrow: plan.map(|plan| {
            let (plan, event) = plan.next(&day(today, 0), &week);
            Expected { plan, event }
        }),
        domain,
        plan,
        limits: WarmingLimits::Enforced,
        today_sent: today,
        this_hour_sent: today.min(6),
        today: day(today, 0),
        week,
        providers: Vec::new(),
        awaiting: 0,
        may_write: true,
        may_skip: true,
    }
}

fn page(shell: Shell, view: &WarmingView, days: &[WarmingDay], reach: Reach) -> DomainWarmingPage {
    DomainWarmingPage {
        shell,
        tabs: tabs(DomainTab::Warming, reach),
        id: id(1),
        name: view.domain.name.to_unicode(),
        panel: WarmingPanel::new(view, days),
        providers: ProvidersPanel::new(view, |_| Entered::default()),
    }
}

pub fn add(samples: &mut Samples) {
    let sends = || domain("staging.acme.example", DomainType::Both);
    let shell = || owner(Section::Domains);
    let all = Reach::Everything;
    let (days, plan) = history(24, &[9]);
    let mut on = view(sends(), Some(plan), day(9_000, 90), 1_204);
    samples.add("domain_warming", &page(shell(), &on, &days, all));
    let limit = |isp, percent, used_today| {
        let share = ProviderShare::new(percent).expect("a percentage");
        ProviderLimit {
            isp,
            share,
            daily_limit: share.of(plan.allowance().daily),
            used_today,
        }
    };
    on.awaiting = 1_018;
    on.providers = vec![limit(Isp::Google, 40, 611), limit(Isp::Gmx, 5, 0)];
    samples.add("domain_warming_shares", &page(shell(), &on, &days, all));
    let mut refused = page(shell(), &on, &days, all);
    refused.providers = ProvidersPanel::new(&on, |name| match name {
        "provider_shares.orange" => Entered {
            value: Some("140".to_owned()),
            error: Some("Must be a whole number from 1 to 100.".to_owned()),
        },
        _ => Entered::default(),
    });
    samples.add("domain_warming_shares_refused", &refused);
    on.may_write = false;
    on.may_skip = false;
    let reader = page(
        member(Section::Domains),
        &on,
        &days,
        Reach::Member(Level::Read),
    );
    samples.add("domain_warming_read_only", &reader);
    let (days, plan) = history(10, &[7, 8]);
    let held = view(sends(), Some(plan), day(900, 90), plan.allowance().daily);
    samples.add("domain_warming_held", &page(shell(), &held, &days, all));
    let (days, plan) = history(5, &[]);
    let paused = plan.paused(Timestamp::from_micros(
        Day::of(BEGAN).after(4).start().micros(),
    ));
    let paused = view(sends(), Some(paused), day(12, 0), 3);
    samples.add("domain_warming_paused", &page(shell(), &paused, &days, all));
    let warmed = WarmingPlan::begun(WarmingPhase::Warmed, BEGAN);
    let warmed = view(sends(), Some(warmed), day(40_000, 12), 8_113);
    samples.add("domain_warmed", &page(shell(), &warmed, &[], all));
    let none = view(sends(), None, Counts::default(), 0);
    samples.add(
        "domain_warming_not_started",
        &page(shell(), &none, &[], all),
    );
    let receives = view(
        domain("in.example", DomainType::Inbound),
        None,
        Counts::default(),
        0,
    );
    samples.add(
        "domain_warming_receives_only",
        &page(shell(), &receives, &[], all),
    );
}
