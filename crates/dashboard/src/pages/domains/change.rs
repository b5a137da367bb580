//! `POST /domains/{id}/verify`, `…/settings`, `…/delete`

use axum::http::StatusCode;
use postscale_access::{DomainRef, Late};
use postscale_actions::domains::{self, DomainChange};
use postscale_model::{Domain, DomainName, DomainType, Invalid, Purpose, Word as _};
use postscale_web::{FormBody, Name};

use super::show;
use crate::{
    answer::Answer,
    done::{self, Done},
    refusal::Refusal,
    segments::IdSegment,
    visit::Visit,
};

pub(super) async fn verify(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let purposes = Late::new(purposes(&form));
    let verified = domains::verify(&visit.app, &visit.caller, &domain, purposes).await?;
    let path = format!("/domains/{}", verified.domain.id);
    let done = if verified.is_owned_elsewhere {
        Done::OwnedElsewhere
    } else {
        Done::RecordsChecked
    };
    Ok(done::to(&path, done, &visit.settings))
}

/// The record of one button, or all of them.
fn purposes(form: &FormBody) -> Result<Vec<Purpose>, Invalid> {
    match form.text("check")? {
        "" => Ok(Purpose::ALL.to_vec()),
        word => Purpose::parse(word)
            .map(|purpose| vec![purpose])
            .map_err(|_| Invalid::field("check", "is no record")),
    }
}

pub(super) async fn settings(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let domain =
        domains::update(&visit.app, &visit.caller, &domain, Late::new(read(&form))).await?;
    let path = format!("/domains/{}", domain.id);
    Ok(done::to(&path, Done::SettingsSaved, &visit.settings))
}

fn read(form: &FormBody) -> Result<DomainChange, Invalid> {
    let domain_type = DomainType::parse(form.text("type")?)
        .map_err(|_| Invalid::field("type", "must be chosen"))?;
    Ok(DomainChange {
        domain_type: Some(domain_type),
        catch_all_enabled: Some(form.is_ticked("catch_all")),
        active: Some(form.is_ticked("active")),
        ..DomainChange::default()
    })
}

/// Deletes a domain whose name was typed. Whoever may not delete it learns that first, whatever
/// was typed.
pub(super) async fn delete(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let view = domains::get(&visit.app, &visit.caller, &domain).await?;
    let entered = form.text("confirm").unwrap_or_default();
    if view.may_delete && !is_name_of(entered, &view.domain) {
        let problem = "this is not the name of the domain";
        let refusal = Refusal::field(StatusCode::BAD_REQUEST, "confirm", problem);
        return show::page(&visit, &domain, None, refusal).await;
    }
    domains::delete(&visit.app, &visit.caller, &domain).await?;
    Ok(done::to("/domains", Done::DomainDeleted, &visit.settings))
}

fn is_name_of(entered: &str, domain: &Domain) -> bool {
    entered
        .parse::<DomainName>()
        .is_ok_and(|name| name == domain.name)
}
