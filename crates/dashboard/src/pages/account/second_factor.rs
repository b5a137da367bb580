//! `/account/second-factor`: set up, renewed, taken away.

use axum::http::Method;
use postscale_access::{Late, SecondFactor, action};
use postscale_actions::{
    Rule,
    me::{self, MfaRemoval},
};
use postscale_model::Invalid;
use postscale_web::{FormBody, Problem, Routes, Surface, Web};

use super::{super::in_shell, PATH as ACCOUNT};
use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    refusal::Refusal,
    ui::{Notice, QrCode, Section},
    views::account::{EnrollPage, RecoveryCodesPage, SecondFactorPage},
    visit::Visit,
};

const PATH: &str = "/account/second-factor";
const ENROLL: &str = "/account/second-factor/enroll";

pub(super) fn routes() -> Routes<Web> {
    let manage = in_shell(&[action::SELF_MFA_MANAGE.into()]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &manage, show)
        .route(Method::POST, PATH, &manage, begin)
        .route(Method::GET, ENROLL, &manage, show_enrollment)
        .route(Method::POST, ENROLL, &manage, confirm)
        .route(
            Method::POST,
            "/account/second-factor/recovery-codes",
            &manage,
            renew,
        )
        .route(
            Method::POST,
            "/account/second-factor/remove",
            &manage,
            remove,
        )
}

async fn show(visit: Visit) -> Answer {
    page(&visit, Refusal::none()).await
}

async fn page(visit: &Visit, mut refusal: Refusal) -> Answer {
    let state = me::mfa_state(&visit.app, &visit.caller).await?;
    let mut reader = visit.reader(Section::Account).await?;
    let status = refusal.status;
    let (password, code) = (refusal.take("password"), refusal.take("code"));
    let due = (reader.me.actor.second_factor() == SecondFactor::Due).then(|| {
        Notice::hint(
            "Your organization wants everybody to have a second factor. Set one up to go on.",
        )
    });
    reader.shell.notice = refusal.rest().or(reader.shell.notice).or(due);
    let left = state.is_enabled.then_some(state.recovery_codes_left);
    let page = SecondFactorPage::new(reader.shell, left).wrong(password, code);
    answer::page(status, &page)
}

async fn begin(visit: Visit, _form: FormBody) -> Answer {
    me::begin_mfa(&visit.app, &visit.caller, ().into()).await?;
    Ok(answer::to(ENROLL))
}

async fn show_enrollment(visit: Visit) -> Answer {
    enrollment(&visit, Refusal::none()).await
}

async fn enrollment(visit: &Visit, mut refusal: Refusal) -> Answer {
    let Some(begun) = me::pending_mfa(&visit.app, &visit.caller).await? else {
        return Ok(answer::to(PATH));
    };
    let mut reader = visit.reader(Section::Account).await?;
    let (status, wrong) = (refusal.status, refusal.take("code"));
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let image = QrCode::new(&begun.otpauth_uri).map_err(Problem::internal)?;
    let page = EnrollPage::new(reader.shell, image, &begun.secret, wrong);
    answer::page(status, &page)
}

async fn confirm(visit: Visit, form: FormBody) -> Answer {
    let code = Late::new(form.text("code").map(str::to_owned));
    match me::confirm_mfa(&visit.app, &visit.caller, code).await {
        Ok(codes) => recovery_codes(&visit, codes).await,
        Err(error) => enrollment(&visit, Refusal::of(error, about_code)?).await,
    }
}

fn about_code(rule: &Rule) -> Option<&'static str> {
    let about = matches!(
        rule,
        Rule::TooManyAttempts { .. } | Rule::InvalidCode | Rule::SecondFactorRequired
    );
    about.then_some("code")
}

async fn recovery_codes(visit: &Visit, codes: Vec<String>) -> Answer {
    let shell = visit.reader(Section::Account).await?.shell;
    shown(&RecoveryCodesPage { shell, codes })
}

async fn renew(visit: Visit, _form: FormBody) -> Answer {
    let codes = me::renew_recovery_codes(&visit.app, &visit.caller, ().into()).await?;
    recovery_codes(&visit, codes).await
}

async fn remove(visit: Visit, form: FormBody) -> Answer {
    let removal = Late::new(read(&form));
    match me::remove_mfa(&visit.app, &visit.caller, removal).await {
        Ok(()) => Ok(done::to(
            ACCOUNT,
            Done::SecondFactorRemoved,
            &visit.settings,
        )),
        Err(error) => page(&visit, Refusal::of(error, about_code)?).await,
    }
}

fn read(form: &FormBody) -> Result<MfaRemoval, Invalid> {
    Ok(MfaRemoval {
        password: form.verbatim("password")?.to_owned(),
        code: form.text("code")?.to_owned(),
    })
}
