//! `/domains/{id}/settings`, `/domains/{id}/delete`

use axum::http::{Method, StatusCode};
use postscale_access::{DomainRef, Late, action};
use postscale_actions::domains::{self, DomainChange};
use postscale_model::{Domain, DomainName, DomainType, Invalid, MtaStsMode, Word as _};
use postscale_web::{FormBody, Name, Routes, Surface, Web};

use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    pages::in_shell,
    refusal::Refusal,
    segments::IdSegment,
    ui::Section,
    views::domains::{
        DomainSettings, DomainSettingsPage, DomainTab, DomainTabs, SettingsConfirmPage,
    },
    visit::Visit,
};

/// What a change is asked with again once its consequences are known.
const FIELDS: [&str; 5] = ["type", "catch_all", "active", "rotation", "mta_sts"];

pub(super) fn routes() -> Routes<Web> {
    let page = in_shell(&[
        action::DOMAIN_SETTINGS_UPDATE.into(),
        action::DOMAIN_READ.into(),
    ]);
    let delete = [&[action::DOMAIN_DELETE.into()], &page[..]].concat();
    let path = "/domains/{id}/settings";
    Routes::new(Surface::Dashboard)
        .route(Method::GET, path, &page, show)
        .route(Method::POST, path, &page, save)
        .route(Method::POST, "/domains/{id}/delete", &delete, remove)
}

async fn show(visit: Visit, id: Name<IdSegment>) -> Answer {
    page(&visit, &DomainRef::parse(&id.text), Refusal::none()).await
}

async fn page(visit: &Visit, domain: &DomainRef, mut refusal: Refusal) -> Answer {
    // Whoever may not change anything has no use for the page.
    let nothing = DomainChange::default();
    domains::preview(&visit.app, &visit.caller, domain, nothing.into()).await?;
    let view = domains::get(&visit.app, &visit.caller, domain).await?;
    let reader = visit.reader(Section::Domains).await?;
    let name = view.domain.name.to_unicode();
    let status = refusal.status;
    let error = refusal.take("confirm");
    let delete = view
        .may_delete
        .then(|| DomainSettingsPage::delete_field(&name, error));
    let tabs = DomainTabs {
        id: view.domain.id.to_string(),
        current: DomainTab::Settings,
        reach: reader.reach(view.domain.id),
    };
    let mut shell = reader.shell;
    shell.notice = refusal.rest().or(shell.notice);
    let page = DomainSettingsPage {
        shell,
        tabs,
        id: view.domain.id.to_string(),
        name,
        settings: DomainSettings::of(&view.domain),
        delete,
    };
    answer::page(status, &page)
}

/// Saves what has no consequences, or whose consequences were read; asks first otherwise.
async fn save(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    if form.text("confirmed").unwrap_or_default() != "yes" {
        let change = Late::new(read(&form));
        let previewed = domains::preview(&visit.app, &visit.caller, &domain, change).await;
        let previewed = match previewed {
            Ok(previewed) => previewed,
            Err(error) => return page(&visit, &domain, Refusal::of(error, |_| None)?).await,
        };
        if !previewed.consequences.is_empty() {
            let sent = |name: &'static str| Some((name, form.text(name).ok()?.to_owned()));
            return shown(&SettingsConfirmPage {
                shell: visit.reader(Section::Domains).await?.shell,
                id: previewed.domain.id.to_string(),
                name: previewed.domain.name.to_unicode(),
                consequences: previewed
                    .consequences
                    .iter()
                    .map(domains::Consequence::sentence)
                    .collect(),
                fields: FIELDS.into_iter().filter_map(sent).collect(),
            });
        }
    }
    let change = Late::new(read(&form));
    let domain = domains::update(&visit.app, &visit.caller, &domain, change).await?;
    let path = format!("/domains/{}/settings", domain.id);
    Ok(done::to(&path, Done::SettingsSaved, &visit.settings))
}

fn read(form: &FormBody) -> Result<DomainChange, Invalid> {
    let unknown = |field: &'static str| Invalid::field(field, "must be chosen");
    let domain_type = DomainType::parse(form.text("type")?).map_err(|_| unknown("type"))?;
    let rotation = match form.text("rotation").unwrap_or_default() {
        "" => None,
        "off" => Some(None),
        days => Some(Some(days.parse().map_err(|_| unknown("rotation"))?)),
    };
    let mta_sts_mode = match form.text("mta_sts").unwrap_or_default() {
        "" => None,
        mode => Some(MtaStsMode::parse(mode).map_err(|_| unknown("mta_sts"))?),
    };
    Ok(DomainChange {
        domain_type: Some(domain_type),
        catch_all_enabled: Some(form.is_ticked("catch_all")),
        active: Some(form.is_ticked("active")),
        dkim_rotation_days: rotation,
        mta_sts_mode,
        ..DomainChange::default()
    })
}

/// Deletes a domain whose name was typed. Whoever may not delete it learns that first, whatever
/// was typed.
async fn remove(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let view = domains::get(&visit.app, &visit.caller, &domain).await?;
    let entered = form.text("confirm").unwrap_or_default();
    if view.may_delete && !is_name_of(entered, &view.domain) {
        let problem = "this is not the name of the domain";
        let refusal = Refusal::field(StatusCode::BAD_REQUEST, "confirm", problem);
        return page(&visit, &domain, refusal).await;
    }
    domains::delete(&visit.app, &visit.caller, &domain).await?;
    Ok(done::to("/domains", Done::DomainDeleted, &visit.settings))
}

fn is_name_of(entered: &str, domain: &Domain) -> bool {
    entered
        .parse::<DomainName>()
        .is_ok_and(|name| name == domain.name)
}
