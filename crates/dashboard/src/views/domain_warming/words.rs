//! Where a domain's warming stands, in words.

use postscale_actions::warming::{Expected, WarmingLimits, WarmingView};
use postscale_model::{Obstacle, WarmingEvent, WarmingPhase, WarmingPlan};

use crate::ui::{Chip, Notice, Tone, grouped};

/// A phase as shown.
pub(super) const fn phase_label(phase: WarmingPhase) -> &'static str {
    match phase {
        WarmingPhase::NotStarted => "Not started",
        WarmingPhase::Phase1 => "Phase 1",
        WarmingPhase::Phase2 => "Phase 2",
        WarmingPhase::Phase3 => "Phase 3",
        WarmingPhase::Phase4 => "Phase 4",
        WarmingPhase::Warmed => "Warmed up",
    }
}

/// What a day led to, as shown.
pub(super) fn event_chip(event: WarmingEvent) -> Chip {
    let (tone, text) = match event {
        WarmingEvent::Started => (Tone::Quiet, "Started"),
        WarmingEvent::Advanced => (Tone::Good, "Next phase"),
        WarmingEvent::Warmed => (Tone::Good, "Warmed up"),
        WarmingEvent::Waited => (Tone::Busy, "Phase goes on"),
        WarmingEvent::Held => (Tone::Warn, "Limit halved"),
        WarmingEvent::Released => (Tone::Good, "Limit restored"),
        WarmingEvent::Paused => (Tone::Quiet, "Paused"),
        WarmingEvent::Resumed => (Tone::Quiet, "Resumed"),
        WarmingEvent::Skipped => (Tone::Quiet, "Ended by hand"),
    };
    Chip::new(tone, text)
}

/// What seven days must have had, as shown.
pub(super) const fn obstacle_sentence(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Volume => "At least 20 recipients in seven days, to judge by",
        Obstacle::Delivery => "At least 95 % of them delivered",
        Obstacle::Bounces => "At most 5 % of them bounced",
        Obstacle::Complaints => "At most 0.1 % of them complained about",
    }
}

/// Where it stands, in a word and in a sentence or two.
pub(super) fn standing(view: &WarmingView) -> (Chip, String) {
    let Some(plan) = &view.plan else {
        let text = if view.domain.domain_type.sends() {
            "Warming starts by itself as soon as the SPF or DKIM record is seen. Before that nothing can be sent."
        } else {
            "This domain does not send, so there is nothing to warm up."
        };
        return (Chip::new(Tone::Quiet, "Not started"), text.to_owned());
    };
    let daily = grouped(plan.allowance().daily);
    let (tone, word, text) = if plan.phase == WarmingPhase::Warmed {
        let text = "There is no limit on what this domain may send.".to_owned();
        (Tone::Good, "Warmed up", text)
    } else if plan.is_paused() {
        let text = format!(
            "The limit stays at {daily} recipients a day until warming is resumed. Mail is sent as usual."
        );
        (Tone::Quiet, "Paused", text)
    } else if plan.is_held() {
        let text = format!(
            "Too much of a day's mail bounced or was complained about, so only {daily} recipients a day are allowed until a \
             good day. Take the addresses that bounced off your lists and write only to people who asked for it: the first \
             good day restores the former limit."
        );
        (Tone::Warn, "Held back", text)
    } else {
        let text = format!(
            "{}, day {} of {}. As long as the mail does well the limit grows every day.",
            phase_label(plan.phase),
            plan.step.saturating_add(1),
            if plan.step < WarmingPlan::PHASE_DAYS {
                "14"
            } else {
                "at least 14"
            }
        );
        (Tone::Busy, "Warming up", text)
    };
    (Chip::new(tone, word), text)
}

/// What is to be known before anything else.
pub(super) fn notice(view: &WarmingView) -> Option<Notice> {
    if !view.phase().is_limited() {
        return None;
    }
    if view.limits == WarmingLimits::Ignored {
        return Some(Notice::hint(
            "This instance does not hold senders to these limits.",
        ));
    }
    let used_up = "Today's allowance is used up. More can be sent after midnight UTC; until then messages are refused, with a \
                   hint when to try again.";
    (view.remaining().0 == 0).then(|| Notice {
        tone: Tone::Warn,
        text: used_up.to_owned(),
    })
}

/// What tomorrow brings.
pub(super) fn tomorrow(Expected { plan, event }: Expected) -> String {
    let daily = grouped(plan.allowance().daily);
    match event {
        Some(WarmingEvent::Warmed) => "No limit any more: the last phase ends today.".to_owned(),
        Some(WarmingEvent::Advanced) => {
            let phase = phase_label(plan.phase);
            format!("{daily} recipients: {phase} begins.")
        }
        Some(WarmingEvent::Held) => {
            format!("{daily} recipients: too much bounced or was complained about today.")
        }
        Some(WarmingEvent::Released) => {
            format!("{daily} recipients, as before, if today ends as it is now.")
        }
        Some(WarmingEvent::Waited) => {
            format!("{daily} recipients. The next phase waits for better numbers.")
        }
        _ if plan.is_paused() => {
            format!("{daily} recipients: the limit does not grow while it is paused.")
        }
        _ => format!("{daily} recipients, if today goes on as it is."),
    }
}
