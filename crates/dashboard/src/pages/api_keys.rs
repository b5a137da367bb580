//! `/api-keys`

mod new;
mod show;

use axum::http::{Method, StatusCode};
use postscale_access::{Late, action};
use postscale_actions::{
    Secret,
    api_keys::{self, KeyWithDomains, ListedKey, OVERLAP_HOURS_DEFAULT},
};
use postscale_model::{
    ApiKey, ApiKeyDomain, ApiKeyId, Capability, Invalid, KeyScope, Level, Timestamp,
};
use postscale_web::{FormBody, Query, Ref, Routes, Surface, Web};
use secrecy::ExposeSecret as _;

use super::in_shell;
use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    segments::IdSegment,
    ui::{Chip, Copy, Section, Tone},
    views::{
        api_keys::{ApiKeyListPage, ApiKeyRow, ApiKeySecretPage},
        words::{capability_label, level_label},
    },
    visit::Visit,
};

const PATH: &str = "/api-keys";
/// Keys shown at once.
const ROWS_MAX: u32 = 500;

pub(super) fn routes() -> Routes<Web> {
    let list = action::KEY_LIST.into();
    let create = in_shell(&[
        action::KEY_CREATE_SCOPED.into(),
        action::KEY_CREATE_ORG.into(),
        list,
    ]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &in_shell(&[list]), list_keys)
        .route(Method::GET, "/api-keys/new", &in_shell(&[list]), new::form)
        .route(Method::POST, PATH, &create, new::create)
        .route(
            Method::GET,
            "/api-keys/{id}",
            &in_shell(&[action::KEY_READ.into(), list]),
            show::show,
        )
        .route(
            Method::POST,
            "/api-keys/{id}",
            &in_shell(&[
                action::KEY_UPDATE.into(),
                action::KEY_READ.into(),
                action::DOMAIN_READ.into(),
                list,
            ]),
            show::save,
        )
        .route(
            Method::POST,
            "/api-keys/{id}/rotate",
            &in_shell(&[action::KEY_UPDATE.into()]),
            rotate,
        )
        .route(
            Method::POST,
            "/api-keys/{id}/revoke",
            &[action::KEY_REVOKE.into()],
            revoke,
        )
}

async fn list_keys(visit: Visit, query: Query) -> Answer {
    let page = query.page_up_to(ROWS_MAX, ROWS_MAX);
    let (_, listed) =
        api_keys::list_with_makers(&visit.app, &visit.caller, Late::new(page)).await?;
    let reader = visit.reader(Section::ApiKeys).await?;
    let now = visit.caller.received_at();
    shown(&ApiKeyListPage {
        may_create: reader.me.permits.key_create_org || reader.may_write_some(),
        rows: listed.rows.into_iter().map(|key| row(key, now)).collect(),
        shell: reader.shell,
    })
}

fn row(listed: ListedKey, now: Timestamp) -> ApiKeyRow {
    let KeyWithDomains { key, domains } = listed.key;
    let ended = ended(&key, now);
    let capability = key.capability;
    ApiKeyRow {
        id: key.id.to_string(),
        name: key.name,
        prefix: key.prefix,
        environment: key.environment.into(),
        capability: capability_label(capability),
        everywhere: key.scope == KeyScope::Organization,
        domains: domains
            .into_iter()
            .map(|domain| reached(domain, capability))
            .collect(),
        created_by: listed
            .created_by
            .unwrap_or_else(|| "Somebody who left".to_owned()),
        last_used_at: key.last_used_at.map(Into::into),
        expires_at: key.expires_at.map(Into::into),
        ended,
        may_revoke: key.revoked_at.is_none(),
    }
}

/// Why a key no longer works, if so.
fn ended(key: &ApiKey, now: Timestamp) -> Option<Chip> {
    let text = if key.revoked_at.is_some() {
        "Revoked"
    } else if key.expires_at.is_some_and(|end| end <= now) {
        "Expired"
    } else {
        return None;
    };
    Some(Chip::new(Tone::Quiet, text))
}

/// What a key reaches on a domain it names.
fn reached(domain: ApiKeyDomain, capability: Capability) -> (String, &'static str) {
    let label = match (domain.level, capability) {
        (None, _) => "No access any more",
        (Some(_), Capability::Read) => level_label(Level::Read),
        (Some(level), _) => level_label(level),
    };
    (domain.name, label)
}

async fn revoke(visit: Visit, key: Ref<IdSegment, ApiKeyId>, _form: FormBody) -> Answer {
    api_keys::revoke(&visit.app, &visit.caller, key.id).await?;
    Ok(done::to(PATH, Done::ApiKeyRevoked, &visit.settings))
}

async fn rotate(visit: Visit, key: Ref<IdSegment, ApiKeyId>, form: FormBody) -> Answer {
    let hours = match form.text("overlap_hours").unwrap_or_default() {
        "" => Ok(OVERLAP_HOURS_DEFAULT),
        text => text
            .parse()
            .map_err(|_| Invalid::field("overlap_hours", "must be a number of hours")),
    };
    let (rotated, secret) =
        api_keys::rotate(&visit.app, &visit.caller, key.id, Late::new(hours)).await?;
    let lead = match rotated.key.previous_secret_until {
        Some(_) => {
            "The secret before this one keeps working for a while, so that you can change over."
        }
        None => "The secret before this one works no more.",
    };
    secret_page(&visit, StatusCode::OK, rotated.key, &secret, lead).await
}

/// The only page that ever shows a secret.
async fn secret_page(
    visit: &Visit,
    status: StatusCode,
    key: ApiKey,
    secret: &Secret,
    lead: &'static str,
) -> Answer {
    let mut shell = visit.reader(Section::ApiKeys).await?.shell;
    shell.path = PATH.to_owned();
    let secret = secret.expose_secret();
    let url = &visit.settings.public_url;
    let example = format!("curl {url}/v1/me -H 'Authorization: Bearer {secret}'");
    let page = ApiKeySecretPage {
        shell,
        name: key.name,
        lead,
        secret: Copy::new("API key", secret),
        example: Copy::new("command", example),
    };
    answer::page(status, &page)
}
