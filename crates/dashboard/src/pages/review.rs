//! `/team/review`: what everybody is given, kept or taken away row by row.

use axum::{http::Method, response::Response};
use postscale_access::{DomainRef, Late, action};
use postscale_actions::{
    Error, Page, Rule,
    access::{self, Kept, ReviewItem, ReviewKind},
    api_keys,
    users::{self, AccessChange, WantedGrant},
    webhooks,
};
use postscale_model::{Capability, Invalid, KeyScope, Level, Timestamp, UserId, Word as _};
use postscale_web::{FormBody, Query, Routes, Surface, Web};

use super::in_shell;
use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    pages::{slice, unicode},
    ui::{Choice, Pager, Section, SelectField},
    views::{
        access::{ReviewPage, ReviewRow},
        words::level_label,
    },
    visit::Visit,
};

const PATH: &str = "/team/review";

pub(super) fn routes() -> Routes<Web> {
    let keep = [
        action::ACCESS_REVIEW_KEEP.into(),
        action::USER_READ.into(),
        action::KEY_READ.into(),
        action::WEBHOOK_READ.into(),
    ];
    let revoke = [
        action::KEY_REVOKE.into(),
        action::GRANT_READ.into(),
        action::GRANT_REPLACE.into(),
        action::WEBHOOK_DELETE.into(),
    ];
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            PATH,
            &in_shell(&[action::ACCESS_REVIEW.into()]),
            list,
        )
        .route(Method::POST, "/team/review/keep", &keep, keep_one)
        .route(Method::POST, "/team/review/revoke", &revoke, revoke_one)
        .route(
            Method::POST,
            "/team/review/export",
            &[action::ACCESS_REVIEW_EXPORT.into()],
            export,
        )
}

const fn label(kind: ReviewKind) -> &'static str {
    match kind {
        ReviewKind::Grant => "Grant",
        ReviewKind::ApiKey => "API key",
        ReviewKind::Webhook => "Webhook",
    }
}

fn input(query: &Query) -> Result<(Option<ReviewKind>, Page), Invalid> {
    let kind = query.text("kind")?.map(read_kind).transpose()?;
    Ok((kind, query.page()?))
}

fn read_kind(text: &str) -> Result<ReviewKind, Invalid> {
    ReviewKind::parse(text).ok_or_else(|| Invalid::field("kind", "must be chosen"))
}

async fn list(visit: Visit, query: Query) -> Answer {
    let input = Late::new(input(&query));
    let (page, listed) = access::review(&visit.app, &visit.caller, input).await?;
    let shell = visit.reader(Section::Team).await?.shell;
    let now = visit.caller.received_at();
    let chosen = query.text("kind").ok().flatten().unwrap_or_default();
    let mut kinds = vec![Choice::new("", "Everything")];
    kinds.extend(ReviewKind::ALL.map(|kind| Choice::new(kind.as_str(), label(kind))));
    let rows: Vec<ReviewRow> = listed.rows.into_iter().map(|it| row(it, now)).collect();
    shown(&ReviewPage {
        shell,
        kind: SelectField::new("kind", "Kind", kinds).choose(chosen),
        is_filtered: !chosen.is_empty(),
        pager: Pager::new(
            PATH,
            &[("kind", chosen)],
            slice(page, rows.len()),
            Some(listed.total),
        ),
        rows,
    })
}

fn row(it: ReviewItem, now: Timestamp) -> ReviewRow {
    let is_over = it.is_over(now);
    let path = match it.kind {
        ReviewKind::Grant => format!("/team/users/{}/access/{}", it.id, it.domain_id),
        ReviewKind::ApiKey => format!("/api-keys/{}", it.id),
        ReviewKind::Webhook => format!("/webhooks/{}", it.id),
    };
    ReviewRow {
        kind: it.kind.as_str(),
        label: label(it.kind),
        path,
        access: how_much(&it),
        name: match it.kind {
            ReviewKind::Grant => unicode(&it.name),
            ReviewKind::ApiKey | ReviewKind::Webhook => it.name,
        },
        id: it.id,
        domain_id: it.domain_id,
        holder: it.holder,
        giver: it.giver.filter(|_| it.kind == ReviewKind::Grant),
        since: it.since.into(),
        last_used_at: it.last_used_at.map(Into::into),
        expires_at: it.expires_at.map(Into::into),
        is_over,
        note: it.note,
        reviewed: it.reviewed.map(|(at, who)| {
            (
                at.into(),
                who.unwrap_or_else(|| "Somebody who left".to_owned()),
            )
        }),
    }
}

fn how_much(it: &ReviewItem) -> String {
    if let (ReviewKind::Grant, Ok(level)) = (it.kind, Level::parse(&it.access)) {
        return level_label(level).to_owned();
    }
    let capability = match Capability::parse(&it.access) {
        Ok(Capability::Full) => "full",
        Ok(Capability::Read) => "read only",
        Ok(Capability::Send) => "send only",
        Err(_) => "told of everything",
    };
    match KeyScope::parse(&it.scope) {
        Ok(KeyScope::Organization) => format!("{capability}, whole organization"),
        Ok(KeyScope::Domains) | Err(_) => format!("{capability}, listed domains"),
    }
}

/// What a row of the list names.
fn named(form: &FormBody) -> Result<Kept, Invalid> {
    let id = form.text("id")?;
    Ok(match read_kind(form.text("kind")?)? {
        ReviewKind::Grant => Kept::Grant(id.parse().ok(), form.text("domain_id")?.parse().ok()),
        ReviewKind::ApiKey => Kept::ApiKey(id.parse().ok()),
        ReviewKind::Webhook => Kept::Webhook(id.parse().ok()),
    })
}

async fn keep_one(visit: Visit, form: FormBody) -> Answer {
    access::keep(&visit.app, &visit.caller, Late::new(named(&form))).await?;
    Ok(decided(&visit, &form, Done::AccessKept))
}

async fn revoke_one(visit: Visit, form: FormBody) -> Answer {
    let (app, caller) = (&visit.app, &visit.caller);
    match named(&form).unwrap_or(Kept::ApiKey(None)) {
        Kept::Grant(user, domain) => {
            let domain = domain.map_or(DomainRef::Nothing, DomainRef::Id);
            take_grant(&visit, user, &domain).await?;
        }
        Kept::ApiKey(id) => {
            api_keys::revoke(app, caller, id).await?;
        }
        Kept::Webhook(id) => webhooks::delete(app, caller, id).await?,
    }
    Ok(decided(&visit, &form, Done::AccessRevoked))
}

/// Back to where in the list the row stood, with what the row said of itself.
fn decided(visit: &Visit, form: &FormBody, done: Done) -> Response {
    let back = answer::local(form.text("return_to").unwrap_or_default());
    let rest = back.strip_prefix(PATH);
    let is_list = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']));
    let path = if is_list { back } else { PATH };
    match form.text("about") {
        Ok(about) if !about.is_empty() => visit.told_about(path, done, about),
        _ => done::to(path, done, &visit.settings),
    }
}

/// Saves the member's list without one domain, if nobody changed it meanwhile.
async fn take_grant(visit: &Visit, user: Option<UserId>, domain: &DomainRef) -> Result<(), Error> {
    let (app, caller) = (&visit.app, &visit.caller);
    let current = users::access(app, caller, user).await?;
    let (gone, kept): (Vec<_>, Vec<_>) = current
        .grants
        .into_iter()
        .partition(|grant| DomainRef::Id(grant.domain_id) == *domain);
    if gone.is_empty() {
        return Err(Rule::NoSuchObject.into());
    }
    let kept = kept.into_iter().map(|grant| WantedGrant {
        domain: grant.domain_id.into(),
        level: grant.level,
        expires_at: grant.expires_at,
        note: grant.note,
    });
    let change = AccessChange {
        grants: kept.collect(),
        replaces: Some(vec![current.version]),
    };
    users::replace_access(app, caller, user, Late::from(change)).await?;
    Ok(())
}

async fn export(visit: Visit, _form: FormBody) -> Answer {
    let export = access::export(&visit.app, &visit.caller, ().into()).await?;
    Ok(postscale_web::access_review(export).await?)
}
