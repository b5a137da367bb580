//! `/domains/{id}/warming`

use axum::http::{Method, StatusCode};
use postscale_access::{DomainRef, Late, action};
use postscale_actions::warming::{self, Start, WarmingChange};
use postscale_model::{Invalid, Isp, ProviderShares, WarmingPhase, Word as _};
use postscale_web::{FormBody, Name, Routes, Surface, Web};

use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::in_shell,
    refusal::Refusal,
    segments::IdSegment,
    ui::Section,
    views::{
        domain_warming::{DomainWarmingPage, Entered, ProvidersPanel, ShareField, WarmingPanel},
        domains::{DomainTab, DomainTabs},
    },
    visit::Visit,
};

/// Days the page goes back: all phases and more.
const DAYS: u16 = 90;

pub(super) fn routes() -> Routes<Web> {
    let start = [action::WARMING_START.into(), action::WARMING_SKIP.into()];
    let path = "/domains/{id}/warming";
    let page = in_shell(&[action::WARMING_READ.into()]);
    let shares = [&[action::WARMING_UPDATE.into()], &page[..]].concat();
    Routes::new(Surface::Dashboard)
        .route(Method::GET, path, &page, show)
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
        .route(Method::POST, "/domains/{id}/warming/shares", &shares, share)
}

async fn show(visit: Visit, id: Name<IdSegment>) -> Answer {
    let nothing = |_: &str| Entered::default();
    let domain = DomainRef::parse(&id.text);
    page(&visit, &domain, StatusCode::OK, nothing).await
}

async fn page(
    visit: &Visit,
    domain: &DomainRef,
    status: StatusCode,
    entered: impl FnMut(&str) -> Entered,
) -> Answer {
    let view = warming::get(&visit.app, &visit.caller, domain).await?;
    let history = warming::history(&visit.app, &visit.caller, domain, DAYS.into()).await?;
    let reader = visit.reader(Section::Domains).await?;
    let tabs = DomainTabs {
        id: view.domain.id.to_string(),
        current: DomainTab::Warming,
        reach: reader.reach(view.domain.id),
    };
    let page = DomainWarmingPage {
        shell: reader.shell,
        tabs,
        id: view.domain.id.to_string(),
        name: view.domain.name.to_unicode(),
        panel: WarmingPanel::new(&view, &history.days),
        providers: ProvidersPanel::new(&view, entered),
    };
    answer::page(status, &page)
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
    let paused = warming::pause(&visit.app, &visit.caller, &domain, ().into()).await?;
    Ok(back(&visit, &paused.domain, Done::WarmingPaused))
}

async fn resume(visit: Visit, id: Name<IdSegment>, _form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let resumed = warming::resume(&visit.app, &visit.caller, &domain, ().into()).await?;
    Ok(back(&visit, &resumed.domain, Done::WarmingResumed))
}

/// The shares as entered; a provider whose field is empty has none.
fn read_shares(form: &FormBody) -> Result<WarmingChange, Invalid> {
    let mut shares = ProviderShares::new();
    for isp in Isp::ALL.iter().filter(|isp| isp.is_one()) {
        let name = ShareField::name_of(*isp);
        let entered = form.text(&name)?;
        if entered.is_empty() {
            continue;
        }
        // What is no number is no share either.
        let percent = entered.parse().unwrap_or_default();
        let (isp, share) = warming::provider_share(isp.as_str(), percent)?;
        shares.insert(isp, share);
    }
    Ok(WarmingChange {
        provider_shares: Some(shares),
    })
}

async fn share(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let change = Late::new(read_shares(&form));
    match warming::update(&visit.app, &visit.caller, &domain, change).await {
        Ok(updated) => Ok(back(&visit, &updated.domain, Done::ProviderSharesSaved)),
        Err(error) => {
            let mut refusal = Refusal::of(error, |_| None)?;
            let entered = |name: &str| Entered {
                value: form.text(name).ok().map(str::to_owned),
                error: refusal.take(name),
            };
            page(&visit, &domain, StatusCode::BAD_REQUEST, entered).await
        }
    }
}

fn back(visit: &Visit, domain: &postscale_model::Domain, done: Done) -> axum::response::Response {
    let path = format!("/domains/{}/warming", domain.id);
    done::to(&path, done, &visit.settings)
}
