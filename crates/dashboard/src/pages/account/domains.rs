//! `/account/domains`: what the reader reaches, until when, and why.

use axum::http::Method;
use postscale_access::action;
use postscale_actions::me;
use postscale_web::{Routes, Surface, Web};

use crate::{
    answer::{Answer, shown},
    pages::{in_shell, unicode},
    ui::Section,
    views::{organization::OwnDomainsPage, team::GrantRow, words::level_label},
    visit::Visit,
};

pub(super) fn routes() -> Routes<Web> {
    let list = in_shell(&[action::SELF_ACCESS_LIST.into()]);
    Routes::new(Surface::Dashboard).route(Method::GET, "/account/domains", &list, show)
}

async fn show(visit: Visit) -> Answer {
    let reached = me::domain_access(&visit.app, &visit.caller).await?;
    let reader = visit.reader(Section::Account).await?;
    let row = |access: me::DomainAccess| GrantRow {
        domain_id: access.domain_id.to_string(),
        domain: unicode(&access.domain),
        level: level_label(access.level),
        expires_at: access.expires_at.map(Into::into),
        is_over: false,
        note: access.note,
    };
    shown(&OwnDomainsPage {
        everything: reader.me.actor.is_manager(),
        domains: reached.into_iter().map(row).collect(),
        shell: reader.shell,
    })
}
