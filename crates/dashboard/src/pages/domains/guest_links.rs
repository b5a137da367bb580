//! `/domains/{id}/guest-links`: links that show the domain's records to somebody without an account.

use axum::http::Method;
use postscale_access::{DomainRef, Late, action};
use postscale_actions::{
    domains,
    guest_links::{self, DAYS_DEFAULT, NewGuestLink},
};
use postscale_model::{GuestLinkId, Invalid};
use postscale_web::{FormBody, Name, Ref, Routes, Surface, Web};

use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    pages::in_shell,
    refusal::Refusal,
    segments::{IdSegment, LinkSegment},
    ui::{Chip, Copy, Section, Tone},
    views::domains::{GuestLinkForm, GuestLinkPage, GuestLinkRow, GuestLinksPage},
    visit::Visit,
};

pub(super) fn routes() -> Routes<Web> {
    let page = in_shell(&[
        action::DOMAIN_GUEST_LINK_LIST.into(),
        action::DOMAIN_GUEST_LINK_OPEN.into(),
        action::DOMAIN_READ.into(),
    ]);
    let create = [&[action::DOMAIN_GUEST_LINK_CREATE.into()], &page[..]].concat();
    Routes::new(Surface::Dashboard)
        .route(Method::GET, "/domains/{id}/guest-links", &page, list)
        .route(Method::POST, "/domains/{id}/guest-links", &create, make)
        .route(
            Method::POST,
            "/domains/{id}/guest-links/{link}/revoke",
            &[action::DOMAIN_GUEST_LINK_REVOKE.into()],
            revoke,
        )
}

async fn list(visit: Visit, id: Name<IdSegment>) -> Answer {
    let days = DAYS_DEFAULT.to_string();
    page(
        &visit,
        &DomainRef::parse(&id.text),
        ("", &days),
        Refusal::none(),
    )
    .await
}

/// The list and the form, with what was entered and why it was refused.
async fn page(
    visit: &Visit,
    domain: &DomainRef,
    (note, days): (&str, &str),
    mut refusal: Refusal,
) -> Answer {
    let links = guest_links::list(&visit.app, &visit.caller, domain).await?;
    let domain = domains::get(&visit.app, &visit.caller, domain)
        .await?
        .domain;
    let mut shell = visit.reader(Section::Domains).await?.shell;
    let status = refusal.status;
    let form = GuestLinkForm::new(note, days, refusal.take("note"), refusal.take("days"));
    shell.notice = refusal.rest().or(shell.notice);
    let rows = links.into_iter().map(|it| GuestLinkRow {
        id: it.link.id.to_string(),
        note: it.link.note,
        maker: it.maker,
        expires_at: it.link.expires_at.into(),
        opened_at: it.link.opened_at.map(Into::into),
        views: it.link.views,
        status: match it.works {
            true => Chip::new(Tone::Good, "Works"),
            false => Chip::new(Tone::Warn, "Its maker lost write access"),
        },
    });
    let view = GuestLinksPage {
        rows: rows.collect(),
        id: domain.id.to_string(),
        name: domain.name.to_unicode(),
        form,
        shell,
    };
    answer::page(status, &view)
}

fn entered(form: &FormBody) -> Result<NewGuestLink, Invalid> {
    let days = form.text("days")?.parse();
    Ok(NewGuestLink {
        note: form.text("note")?.to_owned(),
        days: days.map_err(|_| Invalid::field("days", "must be a number between 1 and 90"))?,
    })
}

async fn make(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let new = Late::new(entered(&form));
    match guest_links::create(&visit.app, &visit.caller, &domain, new).await {
        Ok(made) => {
            let name = domains::get(&visit.app, &visit.caller, &domain).await?;
            let shell = visit.reader(Section::Domains).await?.shell;
            shown(&GuestLinkPage {
                shell,
                id: made.link.domain_id.to_string(),
                name: name.domain.name.to_unicode(),
                link: Copy::new("link", made.url),
                expires_at: made.link.expires_at.into(),
            })
        }
        Err(error) => {
            let entry = (
                form.text("note").unwrap_or_default(),
                form.text("days").unwrap_or_default(),
            );
            page(
                &visit,
                &domain,
                entry,
                Refusal::of(error, |_| Some("note"))?,
            )
            .await
        }
    }
}

async fn revoke(
    visit: Visit,
    id: Name<IdSegment>,
    link: Ref<LinkSegment, GuestLinkId>,
    _form: FormBody,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    guest_links::revoke(&visit.app, &visit.caller, &domain, link.id).await?;
    let path = format!("/domains/{}/guest-links", id.text);
    Ok(done::to(&path, Done::GuestLinkRevoked, &visit.settings))
}
