//! `/v1/webhooks`

mod adopt;
mod body;
mod create;
mod delete;
mod deliveries;
mod get;
mod list;
mod replay;
mod rotate;
mod test;
mod update;

use axum::http::{Method, StatusCode};
use postscale_access::action;
use postscale_web::{Routes, Surface, Web};

use super::webhook_deliveries::{ListBody, QUERY_OF_ONE};
use crate::operation::{does, reads, removes, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/webhooks",
            &[
                action::WEBHOOK_CREATE_SCOPED.into(),
                action::WEBHOOK_CREATE_ORG.into(),
            ],
            create::create,
            takes::<create::CreateRequest, body::SecretEnvelope>(
                "Make a webhook; its secret is shown once",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::GET,
            "/v1/webhooks",
            &[action::WEBHOOK_LIST_ALL.into()],
            list::list,
            reads::<list::ListBody>("List the webhooks you can see, all of them", &[]),
        )
        .operation(
            Method::GET,
            "/v1/webhooks/{id}",
            &[action::WEBHOOK_READ.into(), action::WEBHOOK_UPDATE.into()],
            get::get,
            reads::<body::NamedWebhookEnvelope>("Get a webhook", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/webhooks/{id}",
            &[action::WEBHOOK_UPDATE.into()],
            update::update,
            takes::<update::UpdateRequest, body::WebhookEnvelope>(
                "Change a webhook",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/webhooks/{id}",
            &[action::WEBHOOK_DELETE.into()],
            delete::delete,
            removes("Delete a webhook and what it is still owed"),
        )
        .operation(
            Method::POST,
            "/v1/webhooks/{id}/rotate",
            &[action::WEBHOOK_SECRET_ROTATE.into()],
            rotate::rotate,
            takes::<rotate::RotateRequest, body::SecretEnvelope>(
                "Give a webhook a new secret, shown once",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/webhooks/{id}/adopt",
            &[action::WEBHOOK_ADOPT.into(), action::WEBHOOK_READ.into()],
            adopt::adopt,
            does::<body::WebhookEnvelope>(
                "Take a webhook over, so that it works again after its maker left",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/webhooks/{id}/test",
            &[action::WEBHOOK_TEST.into()],
            test::test,
            takes::<test::TestRequest, test::TestBody>(
                "Tell a webhook a sample of one of its events",
                StatusCode::ACCEPTED,
            ),
        )
        .operation(
            Method::GET,
            "/v1/webhooks/{id}/deliveries",
            &[action::WEBHOOK_DELIVERY_LIST.into()],
            deliveries::deliveries,
            reads::<ListBody>("List what a webhook was told, newest first", QUERY_OF_ONE),
        )
        .operation(
            Method::POST,
            "/v1/webhooks/{id}/deliveries/{delivery}/replay",
            &[action::WEBHOOK_DELIVERY_REPLAY.into()],
            replay::replay,
            removes("Tell a webhook once more"),
        )
}
