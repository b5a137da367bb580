//! `/account`: the reader's password, address, second factor and signed-in browsers.

mod browser;
mod domains;
mod email;
mod leave;
mod second_factor;

use axum::http::Method;
use postscale_access::{Late, action};
use postscale_actions::{
    Page, Rule,
    me::{self, PasswordChange, SecurityEvent},
};
use postscale_model::{Invalid, Session, SessionId};
use postscale_web::{FormBody, Ref, Routes, Surface, Web};

use super::{audit, in_shell};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    refusal::Refusal,
    segments::IdSegment,
    ui::Section,
    views::{
        account::{Access, AccountPage, EventRow, SessionRow, happened},
        words::level_label,
    },
    visit::{Reader, Visit},
};

const PATH: &str = "/account";
/// Events shown: enough to see what is odd since one was here last.
const EVENTS: Page = Page {
    limit: 10,
    offset: 0,
};

pub(super) fn routes() -> Routes<Web> {
    let list = action::SELF_SESSION_LIST.into();
    let revoke = action::SELF_SESSION_REVOKE.into();
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &in_shell(&[list]), show)
        .route(
            Method::POST,
            "/account/password",
            &in_shell(&[action::SELF_PASSWORD_CHANGE.into(), list]),
            change_password,
        )
        .route(
            Method::POST,
            "/account/sessions/end-others",
            &[revoke],
            end_others,
        )
        .route(Method::POST, "/account/sessions/{id}/end", &[revoke], end)
        .merge(domains::routes())
        .merge(email::routes())
        .merge(leave::routes())
        .merge(second_factor::routes())
}

async fn show(visit: Visit) -> Answer {
    page(&visit, Refusal::none()).await
}

async fn page(visit: &Visit, mut refusal: Refusal) -> Answer {
    let (sessions, current) = me::list_sessions(&visit.app, &visit.caller).await?;
    let last = Late::new(Ok(EVENTS));
    let (_, events) = me::security_events(&visit.app, &visit.caller, last).await?;
    let events = events.rows.into_iter().map(event_row).collect();
    let mut reader = visit.reader(Section::Account).await?;
    let access = access(&reader);
    let mut rows: Vec<SessionRow> = sessions
        .into_iter()
        .map(|session| session_row(session, current))
        .collect();
    rows.sort_by_key(|row| !row.is_this);
    let status = refusal.status;
    let wrong_now = refusal.take("current_password");
    let wrong_new = refusal.take("new_password");
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let page = AccountPage::new(reader.shell, access, (rows, events), reader.me.mfa_enabled)
        .wrong_password(wrong_now, wrong_new);
    answer::page(status, &page)
}

fn access(reader: &Reader) -> Access {
    if reader.me.actor.is_manager() {
        return Access::Everything;
    }
    let domains = reader.me.domains.iter().map(|access| {
        let path = format!("/domains/{}", access.domain_id);
        (path, access.domain.clone(), level_label(access.level))
    });
    Access::Domains(domains.collect())
}

fn session_row(session: Session, current: SessionId) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        browser: browser::name(&session.user_agent),
        ip: session.ip,
        last_seen_at: session.last_seen_at.into(),
        created_at: session.created_at.into(),
        is_this: session.id == current,
    }
}

fn event_row(event: SecurityEvent) -> EventRow {
    EventRow {
        what: happened(event.action, event.by),
        outcome: audit::outcome(event.outcome),
        ip: event.ip,
        at: event.at.into(),
    }
}

async fn change_password(visit: Visit, form: FormBody) -> Answer {
    let change = Late::new(read(&form));
    match me::change_password(&visit.app, &visit.caller, change).await {
        Ok(()) => Ok(done::to(PATH, Done::PasswordChanged, &visit.settings)),
        Err(error) => {
            let too_often = |rule: &Rule| {
                matches!(rule, Rule::TooManyAttempts { .. }).then_some("current_password")
            };
            page(&visit, Refusal::of(error, too_often)?).await
        }
    }
}

fn read(form: &FormBody) -> Result<PasswordChange, Invalid> {
    Ok(PasswordChange {
        current_password: form.verbatim("current_password")?.to_owned(),
        new_password: form.verbatim("new_password")?.to_owned(),
    })
}

async fn end(visit: Visit, session: Ref<IdSegment, SessionId>, _form: FormBody) -> Answer {
    me::revoke_session(&visit.app, &visit.caller, session.id).await?;
    Ok(done::to(PATH, Done::SessionEnded, &visit.settings))
}

async fn end_others(visit: Visit, _form: FormBody) -> Answer {
    me::revoke_other_sessions(&visit.app, &visit.caller).await?;
    Ok(done::to(PATH, Done::OthersEnded, &visit.settings))
}
