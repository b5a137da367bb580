//! `/domains/{id}/warming`

use axum::http::Method;
use postscale_access::{DomainRef, Late, action};
use postscale_actions::warming::{self, Start};
use postscale_model::{Invalid, WarmingPhase, Word as _};
use postscale_web::{FormBody, Name, Routes, Surface, Web};

use crate::{
    answer::{Answer, shown},
    done::{self, Done},
    pages::in_shell,
    segments::IdSegment,
    ui::Section,
    views::{
        domain_warming::{DomainWarmingPage, WarmingPanel},
        domains::{DomainTab, DomainTabs},
    },
    visit::Visit,
};

/// Days the page goes back: all phases and more.
const DAYS: u16 = 90;

pub(super) fn routes() -> Routes<Web> {
    let start = [action::WARMING_START.into(), action::WARMING_SKIP.into()];
    let path = "/domains/{id}/warming";
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            path,
            &in_shell(&[action::WARMING_READ.into()]),
            show,
        )
        .route(Method::POST, "/domains/{id}/warming/start", &start, begin)
        .route(
            Method::POST,
            "/domains/{id}/warming/pause",
            &[action::WARMING_PAUSE.into()],
            pause,
        )
        .route(
            Method::POST,
            "/domains/{id}/warming/resume",
            &[action::WARMING_RESUME.into()],
            resume,
        )
}

async fn show(visit: Visit, id: Name<IdSegment>) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let view = warming::get(&visit.app, &visit.caller, &domain).await?;
    let history = warming::history(&visit.app, &visit.caller, &domain, DAYS.into()).await?;
    let reader = visit.reader(Section::Domains).await?;
    let tabs = DomainTabs {
        id: view.domain.id.to_string(),
        current: DomainTab::Warming,
        reach: reader.reach(view.domain.id),
    };
    shown(&DomainWarmingPage {
        shell: reader.shell,
        tabs,
        id: view.domain.id.to_string(),
        name: view.domain.name.to_unicode(),
        panel: WarmingPanel::new(&view, &history.days),
    })
}

fn read(form: &FormBody) -> Result<Start, Invalid> {
    match form.text("phase").unwrap_or_default() {
        "" => Ok(Start::AsUsual),
        "warmed" => Ok(Start::AtTheEnd),
        word => WarmingPhase::parse(word)
            .ok()
            .filter(|phase| phase.is_limited())
            .map(Start::In)
            .ok_or_else(|| Invalid::field("phase", "must be chosen")),
    }
}

async fn begin(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let start = Late::new(read(&form));
    let started = warming::start(&visit.app, &visit.caller, &domain, start).await?;
    let done = if started.phase() == WarmingPhase::Warmed {
        Done::WarmingEnded
    } else {
        Done::WarmingStarted
    };
    Ok(back(&visit, &started.domain, done))
}

async fn pause(visit: Visit, id: Name<IdSegment>, _form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let paused = warming::pause(&visit.app, &visit.caller, &domain).await?;
    Ok(back(&visit, &paused.domain, Done::WarmingPaused))
}

async fn resume(visit: Visit, id: Name<IdSegment>, _form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let resumed = warming::resume(&visit.app, &visit.caller, &domain).await?;
    Ok(back(&visit, &resumed.domain, Done::WarmingResumed))
}

fn back(visit: &Visit, domain: &postscale_model::Domain, done: Done) -> axum::response::Response {
    let path = format!("/domains/{}/warming", domain.id);
    done::to(&path, done, &visit.settings)
}
