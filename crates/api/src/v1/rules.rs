//! `/v1/domains/{domain}/rules`

mod body;
mod create;
mod delete;
mod get;
mod list;
mod test;
mod update;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use crate::operation::{reads, removes, takes};

pub(super) fn routes() -> Routes<Web> {
    let webhook = action::WEBHOOK_READ.into();
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/domains/{domain}/rules",
            &[action::RULE_CREATE.into(), webhook],
            create::create,
            takes::<create::CreateRequest, body::RuleEnvelope>(
                "Make an inbound rule of a domain",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/rules",
            &[action::RULE_LIST.into()],
            list::list,
            reads::<list::ListBody>(
                "List a domain's inbound rules in the order they are asked",
                &[],
            ),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/rules/test",
            &[
                action::RULE_TEST.into(),
                action::INBOUND_CONTENT_READ.into(),
            ],
            test::test,
            takes::<test::TestRequest, test::TestBody>(
                "Try a domain's inbound rules on a message; nothing is changed or counted",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/rules/{rule}",
            &[action::RULE_READ.into()],
            get::get,
            reads::<body::RuleEnvelope>("Get an inbound rule", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/domains/{domain}/rules/{rule}",
            &[action::RULE_UPDATE.into(), webhook],
            update::update,
            takes::<update::UpdateRequest, body::RuleEnvelope>(
                "Change an inbound rule",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/domains/{domain}/rules/{rule}",
            &[action::RULE_DELETE.into()],
            delete::delete,
            removes("Delete an inbound rule; mail it decided about stays as it is"),
        )
}
