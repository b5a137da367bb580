//! `/api-keys`

use std::time::Duration;

use axum::http::{Method, StatusCode};
use postscale_access::{Late, action};
use postscale_actions::{
    Rule,
    api_keys::{self, KeyWithDomains, ListedKey, NewApiKey},
};
use postscale_model::{
    ApiKeyDomain, ApiKeyId, Capability, Environment, Invalid, KeyScope, Level, Timestamp, Word as _,
};
use postscale_web::{FormBody, Query, Ref, Routes, Surface, Web};
use secrecy::ExposeSecret as _;

use super::{chosen, in_shell};
use crate::{
    answer::{self, Answer, shown},
    done::{self, Done},
    refusal::Refusal,
    segments::IdSegment,
    ui::{Chip, Copy, Section, Tone},
    views::{
        api_keys::{
            ApiKeyCreatedPage, ApiKeyEntry, ApiKeyErrors, ApiKeyListPage, ApiKeyRow, NewApiKeyPage,
        },
        webhooks::scope_group,
        words::{capability_label, level_label},
    },
    visit::Visit,
};

const PATH: &str = "/api-keys";
/// Keys shown at once.
const ROWS_MAX: u32 = 500;
/// A key that ends on a day works until the day is over.
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) fn routes() -> Routes<Web> {
    let list = action::KEY_LIST.into();
    let create = in_shell(&[
        action::KEY_CREATE_SCOPED.into(),
        action::KEY_CREATE_ORG.into(),
        list,
    ]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &in_shell(&[list]), show)
        .route(Method::GET, "/api-keys/new", &in_shell(&[list]), form)
        .route(Method::POST, PATH, &create, create_key)
        .route(
            Method::POST,
            "/api-keys/{id}/revoke",
            &[action::KEY_REVOKE.into()],
            revoke,
        )
}

async fn show(visit: Visit, query: Query) -> Answer {
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
    let ended = if key.revoked_at.is_some() {
        Some("Revoked")
    } else if key.expires_at.is_some_and(|end| end <= now) {
        Some("Expired")
    } else {
        None
    };
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
        ended: ended.map(|text| Chip::new(Tone::Quiet, text)),
        may_revoke: key.revoked_at.is_none(),
    }
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

async fn form(visit: Visit) -> Answer {
    let entry = ApiKeyEntry {
        environment: Environment::Live.as_str().to_owned(),
        capability: Capability::Send.as_str().to_owned(),
        scope: KeyScope::Organization.as_str().to_owned(),
        ..ApiKeyEntry::default()
    };
    rendered(&visit, &entry, Refusal::none()).await
}

async fn rendered(visit: &Visit, entry: &ApiKeyEntry, mut refusal: Refusal) -> Answer {
    let mut reader = visit.reader(Section::ApiKeys).await?;
    let scope = reader.me.permits.key_create_org.then(|| {
        scope_group(
            "Also those added later.",
            "Only the ones picked below.",
            &entry.scope,
        )
    });
    let status = refusal.status;
    let errors = ApiKeyErrors {
        name: refusal.take("name"),
        domain_ids: refusal.take("domain_ids"),
        expires_on: refusal.take("expires_at"),
    };
    let domains = reader.writable();
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    answer::page(
        status,
        &NewApiKeyPage::new(reader.shell, entry, errors, scope, domains),
    )
}

fn entry(form: &FormBody) -> ApiKeyEntry {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    ApiKeyEntry {
        name: text("name"),
        environment: text("environment"),
        capability: text("capability"),
        scope: text("scope"),
        domain_ids: form.all("domain_ids").to_vec(),
        expires_on: text("expires_on"),
    }
}

fn read(entry: &ApiKeyEntry) -> Result<NewApiKey, Invalid> {
    let scope = match entry.scope.as_str() {
        "" => None,
        word => Some(chosen::<KeyScope>("scope", word)?),
    };
    // A member who picks none means all; whoever may choose every domain has to pick.
    let domains = match scope {
        Some(KeyScope::Organization) => None,
        Some(KeyScope::Domains) => Some(entry.domain_ids.clone()),
        None => Some(entry.domain_ids.clone()).filter(|picked| !picked.is_empty()),
    };
    let expires_at = match entry.expires_on.as_str() {
        "" => None,
        day => Some(
            Timestamp::parse(day)
                .ok_or_else(|| Invalid::field("expires_at", "must be a day such as 2030-12-31"))?
                .plus(DAY),
        ),
    };
    Ok(NewApiKey {
        name: entry.name.clone(),
        environment: chosen("environment", &entry.environment)?,
        capability: chosen("capability", &entry.capability)?,
        scope,
        domains,
        expires_at,
    })
}

async fn create_key(visit: Visit, form: FormBody) -> Answer {
    let entry = entry(&form);
    let new = Late::new(read(&entry));
    let (created, secret) = match api_keys::create(&visit.app, &visit.caller, new).await {
        Ok(created) => created,
        Err(error) => {
            let no_domain = |rule: &Rule| (*rule == Rule::NoWritableDomain).then_some("domain_ids");
            return rendered(&visit, &entry, Refusal::of(error, no_domain)?).await;
        }
    };
    let mut shell = visit.reader(Section::ApiKeys).await?.shell;
    shell.path = PATH.to_owned();
    let secret = secret.expose_secret();
    let url = &visit.settings.public_url;
    let example = format!("curl {url}/v1/me -H 'Authorization: Bearer {secret}'");
    let page = ApiKeyCreatedPage {
        shell,
        name: created.key.name,
        secret: Copy::new("API key", secret),
        example: Copy::new("command", example),
    };
    answer::page(StatusCode::CREATED, &page)
}

async fn revoke(visit: Visit, key: Ref<IdSegment, ApiKeyId>, _form: FormBody) -> Answer {
    api_keys::revoke(&visit.app, &visit.caller, key.id).await?;
    Ok(done::to(PATH, Done::ApiKeyRevoked, &visit.settings))
}
