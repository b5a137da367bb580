//! `/account/email`: another address to sign in with.

use axum::http::Method;
use postscale_access::{Late, action};
use postscale_actions::{
    Rule,
    me::{self, EmailChange},
};
use postscale_model::Invalid;
use postscale_web::{FormBody, Peer, Routes, Surface, Web};

use super::{super::in_shell, PATH};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    refusal::Refusal,
    ui::Section,
    views::account::{EmailCodePage, EmailPage},
    visit::Visit,
};

const CONFIRM: &str = "/account/email/confirm";

pub(super) fn routes() -> Routes<Web> {
    let change = in_shell(&[action::SELF_EMAIL_CHANGE.into()]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, "/account/email", &change, show)
        .route(Method::POST, "/account/email", &change, request)
        .route(Method::GET, CONFIRM, &change, show_code)
        .route(Method::POST, CONFIRM, &change, confirm)
}

async fn show(visit: Visit) -> Answer {
    page(&visit, "", Refusal::none()).await
}

async fn page(visit: &Visit, email: &str, mut refusal: Refusal) -> Answer {
    let mut reader = visit.reader(Section::Account).await?;
    let (status, wrong_email) = (refusal.status, refusal.take("email"));
    let wrong_password = refusal.take("password");
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let page = EmailPage::new(reader.shell, email).wrong(wrong_email, wrong_password);
    answer::page(status, &page)
}

async fn request(visit: Visit, Peer(ip): Peer, form: FormBody) -> Answer {
    let change = Late::new(read(&form));
    match me::change_email(&visit.app, &visit.caller, change, ip).await {
        Ok(()) => Ok(answer::to(CONFIRM)),
        Err(error) => {
            let blamed =
                |rule: &Rule| matches!(rule, Rule::TooManyAttempts { .. }).then_some("email");
            page(&visit, form.text("email")?, Refusal::of(error, blamed)?).await
        }
    }
}

fn read(form: &FormBody) -> Result<EmailChange, Invalid> {
    Ok(EmailChange {
        email: form.text("email")?.to_owned(),
        password: form.verbatim("password")?.to_owned(),
    })
}

async fn show_code(visit: Visit) -> Answer {
    if !me::pending_email(&visit.app, &visit.caller).await? {
        return Ok(answer::to("/account/email"));
    }
    code_page(&visit, Refusal::none()).await
}

async fn code_page(visit: &Visit, mut refusal: Refusal) -> Answer {
    let mut reader = visit.reader(Section::Account).await?;
    let (status, wrong) = (refusal.status, refusal.take("code"));
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    answer::page(status, &EmailCodePage::new(reader.shell, wrong))
}

async fn confirm(visit: Visit, form: FormBody) -> Answer {
    let code = Late::new(form.text("code").map(str::to_owned));
    match me::confirm_email(&visit.app, &visit.caller, code).await {
        Ok(()) => Ok(done::to(PATH, Done::EmailChanged, &visit.settings)),
        Err(error) => code_page(&visit, Refusal::of(error, |_| None)?).await,
    }
}
