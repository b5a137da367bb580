//! `GET /api-keys/new`, `POST /api-keys`

use std::time::Duration;

use axum::http::StatusCode;
use postscale_access::Late;
use postscale_actions::{
    Error, Rule,
    api_keys::{self, NewApiKey},
};
use postscale_model::{Capability, Environment, Invalid, KeyScope, Timestamp, Word as _};
use postscale_web::{FormBody, Query};

use super::secret_page;
use crate::{
    answer::{self, Answer},
    pages::chosen,
    problems,
    refusal::Refusal,
    ui::{Section, address},
    views::{
        api_keys::{ApiKeyEntry, ApiKeyErrors, NewApiKeyPage},
        webhooks::scope_group,
    },
    visit::Visit,
};

/// A key that ends on a day works until the day is over.
const DAY: Duration = Duration::from_secs(24 * 3600);

const FORM: &str = "/api-keys/new";
/// Octets of an address with what was entered: with room for encoding it once more, this goes
/// through every proxy.
const FORM_OCTETS_MAX: usize = 3000;

pub(super) async fn form(visit: Visit, query: Query) -> Answer {
    rendered(&visit, &kept(&query), Refusal::none()).await
}

/// What was entered before the password was asked for, or what a form begins with.
fn kept(query: &Query) -> ApiKeyEntry {
    let text = |name: &str, blank: &str| {
        let kept = query.text(name).ok().flatten();
        kept.unwrap_or(blank).to_owned()
    };
    let domains = text("domain_ids", "");
    let domains = domains.split(',').filter(|id| !id.is_empty());
    ApiKeyEntry {
        name: text("name", ""),
        environment: text("environment", Environment::Live.as_str()),
        capability: text("capability", Capability::Send.as_str()),
        scope: text("scope", KeyScope::Organization.as_str()),
        domain_ids: domains.map(ToOwned::to_owned).collect(),
        allowed_networks: text("allowed_networks", ""),
        expires_on: text("expires_on", ""),
    }
}

/// The address of the form with what was entered. Nothing of it is secret.
fn filled(entry: &ApiKeyEntry) -> String {
    let pairs = [
        ("name", &*entry.name),
        ("environment", &entry.environment),
        ("capability", &entry.capability),
        ("scope", &entry.scope),
        ("domain_ids", &entry.domain_ids.join(",")),
        ("allowed_networks", &entry.allowed_networks),
        ("expires_on", &entry.expires_on),
    ];
    let path = address(FORM, &pairs);
    if path.len() > FORM_OCTETS_MAX {
        return FORM.to_owned();
    }
    path
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
        allowed_networks: refusal.take("allowed_networks"),
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
        allowed_networks: text("allowed_networks"),
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
    Ok(NewApiKey {
        name: entry.name.clone(),
        environment: chosen("environment", &entry.environment)?,
        capability: chosen("capability", &entry.capability)?,
        scope,
        domains,
        allowed_networks: lines(&entry.allowed_networks),
        expires_at: last_day(&entry.expires_on)?,
    })
}

pub(super) async fn create(visit: Visit, form: FormBody) -> Answer {
    let entry = entry(&form);
    let new = Late::new(read(&entry));
    let (created, secret) = match api_keys::create(&visit.app, &visit.caller, new).await {
        Ok(created) => created,
        Err(Error::Rule(Rule::ReauthenticationRequired)) => {
            return Ok(problems::password_before(&filled(&entry)));
        }
        Err(error) => {
            let no_domain = |rule: &Rule| (*rule == Rule::NoWritableDomain).then_some("domain_ids");
            return rendered(&visit, &entry, Refusal::of(error, no_domain)?).await;
        }
    };
    secret_page(&visit, StatusCode::CREATED, created.key, &secret, "").await
}

/// One entry a line.
pub(super) fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(ToOwned::to_owned).collect()
}

/// The end of a day, or nothing.
pub(super) fn last_day(day: &str) -> Result<Option<Timestamp>, Invalid> {
    if day.is_empty() {
        return Ok(None);
    }
    let start = Timestamp::parse(day)
        .ok_or_else(|| Invalid::field("expires_at", "must be a day such as 2030-12-31"))?;
    Ok(Some(start.plus(DAY)))
}
