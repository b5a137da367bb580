//! `/domains/{id}/rules`: inbound rules in the order they are asked, their editor and their tester.

mod entry;
mod form;
mod list;
mod tester;

use axum::http::Method;
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::pages::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let page = in_shell(&[action::RULE_READ.into(), action::WEBHOOK_LIST_ALL.into()]);
    let with = |own| [&[own], &page[..]].concat();
    let saving = |own| {
        let mut actions = with(own);
        actions.push(action::WEBHOOK_READ.into());
        actions
    };
    let test = in_shell(&[
        action::RULE_TEST.into(),
        action::INBOUND_CONTENT_READ.into(),
        action::INBOUND_LIST_ALL.into(),
    ]);
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            "/domains/{id}/rules",
            &in_shell(&[action::RULE_LIST.into()]),
            list::list,
        )
        .route(
            Method::GET,
            "/domains/{id}/rules/new",
            &with(action::RULE_CREATE.into()),
            form::blank,
        )
        .route(
            Method::POST,
            "/domains/{id}/rules",
            &saving(action::RULE_CREATE.into()),
            form::create,
        )
        .route(
            Method::GET,
            "/domains/{id}/rules/test",
            &test,
            tester::blank,
        )
        .route(
            Method::POST,
            "/domains/{id}/rules/test",
            &test,
            tester::test,
        )
        .route(Method::GET, "/domains/{id}/rules/{rule}", &page, form::show)
        .route(
            Method::POST,
            "/domains/{id}/rules/{rule}",
            &saving(action::RULE_UPDATE.into()),
            form::update,
        )
        .route(
            Method::POST,
            "/domains/{id}/rules/{rule}/delete",
            &[action::RULE_DELETE.into()],
            form::delete,
        )
}
