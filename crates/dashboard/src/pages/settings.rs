//! `/settings`: the organization's name, what it asks of its people, what it uses, its end.

use axum::http::{Method, StatusCode, header};
use postscale_access::{Late, action};
use postscale_actions::{
    Error, Rule, billing,
    organizations::{self, Confirmation, SettingsChange},
};
use postscale_web::{FormBody, Routes, Surface, Web, ended_session_cookie};

use super::{billing::meters, in_shell};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    refusal::Refusal,
    ui::Section,
    views::organization::SettingsPage,
    visit::Visit,
};

const PATH: &str = "/settings";

pub(super) fn routes() -> Routes<Web> {
    let read = action::ORG_SETTINGS_READ.into();
    let usage = action::USAGE_ORG_READ.into();
    // A refused form is the page once more.
    let update = in_shell(&[action::ORG_SETTINGS_UPDATE.into(), read, usage]);
    let delete = in_shell(&[action::ORG_DELETE.into(), read, usage]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &in_shell(&[read, usage]), show)
        .route(Method::POST, PATH, &update, rename)
        .route(
            Method::POST,
            "/settings/second-factor",
            &update,
            second_factor,
        )
        .route(Method::POST, "/settings/delete", &delete, delete_now)
}

async fn show(visit: Visit) -> Answer {
    page(&visit, None, Refusal::none()).await
}

/// The page; `name` is what was entered there, when that was refused.
async fn page(visit: &Visit, name: Option<&str>, mut refusal: Refusal) -> Answer {
    let known = organizations::settings_page(&visit.app, &visit.caller).await?;
    let summary = billing::summary(&visit.app, &visit.caller).await?;
    let mut reader = visit.reader(Section::Settings).await?;
    let status = refusal.status;
    let wrong_name = refusal.take("name");
    let wrong_confirmation = refusal.take("confirm");
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let page = SettingsPage::new(reader.shell, &known)
        .using(meters(&summary), summary.month.end().into())
        .wrong_name(name, wrong_name)
        .wrong_confirmation(wrong_confirmation);
    answer::page(status, &page)
}

async fn rename(visit: Visit, form: FormBody) -> Answer {
    let change = form.text("name").map(|name| SettingsChange {
        name: Some(name.to_owned()),
        require_second_factor: None,
    });
    match organizations::update(&visit.app, &visit.caller, Late::new(change)).await {
        Ok(_) => Ok(done::to(PATH, Done::SettingsSaved, &visit.settings)),
        Err(error) => {
            let entered = form.text("name").unwrap_or_default();
            page(&visit, Some(entered), Refusal::of(error, |_| None)?).await
        }
    }
}

async fn second_factor(visit: Visit, form: FormBody) -> Answer {
    let is_on = form.is_ticked("require_second_factor");
    let change = SettingsChange {
        name: None,
        require_second_factor: Some(is_on),
    };
    let done = match is_on {
        true => Done::SecondFactorRequired,
        false => Done::SecondFactorOptional,
    };
    match organizations::update(&visit.app, &visit.caller, change.into()).await {
        Ok(_) => Ok(done::to(PATH, done, &visit.settings)),
        Err(Error::Rule(rule @ Rule::OwnSecondFactorMissing)) => {
            let refusal = Refusal::told(StatusCode::CONFLICT, rule.to_string());
            page(&visit, None, refusal).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends the organization whose name was typed; the browser is signed out with everybody else.
async fn delete_now(visit: Visit, form: FormBody) -> Answer {
    let confirmation = form.text("confirm").map(|name| Confirmation {
        name: name.to_owned(),
    });
    match organizations::delete(&visit.app, &visit.caller, Late::new(confirmation)).await {
        Ok(_) => {
            let mut response = done::to("/sign-in", Done::OrganizationDeleted, &visit.settings);
            let cookie = ended_session_cookie(&visit.settings);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(Error::Invalid(_)) => {
            let problem = "this is not the name of the organization";
            let refusal = Refusal::field(StatusCode::BAD_REQUEST, "confirm", problem);
            page(&visit, None, refusal).await
        }
        Err(error) => Err(error.into()),
    }
}
