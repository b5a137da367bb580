//! `GET /api-keys/{id}`, `POST /api-keys/{id}`

use postscale_access::Late;
use postscale_actions::{
    Rule,
    api_keys::{self, KeyChange, ListedKey},
};
use postscale_model::{
    ApiKey, ApiKeyDomain, ApiKeyId, Capability, Invalid, KeyScope, Level, Word as _,
};
use postscale_web::{FormBody, Ref};

use super::{
    ended,
    new::{last_day, lines},
};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::chosen,
    refusal::Refusal,
    segments::IdSegment,
    ui::{Choice, Section},
    views::{
        api_keys::{ApiKeyEntry, ApiKeyErrors, ApiKeyForm, ApiKeyPage, KeyReach},
        words::capability_label,
    },
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, ApiKeyId>) -> Answer {
    let found = api_keys::get_with_maker(&visit.app, &visit.caller, id.id).await?;
    let entry = entry_of(&found);
    rendered(&visit, found, &entry, Refusal::none()).await
}

/// What the form shows of a key as it is.
fn entry_of(found: &ListedKey) -> ApiKeyEntry {
    let key = &found.key.key;
    let networks: Vec<String> = key
        .allowed_networks
        .iter()
        .map(ToString::to_string)
        .collect();
    ApiKeyEntry {
        name: key.name.clone(),
        capability: key.capability.as_str().to_owned(),
        domain_ids: found
            .key
            .domains
            .iter()
            .map(|domain| domain.id.to_string())
            .collect(),
        allowed_networks: networks.join("\n"),
        ..ApiKeyEntry::default()
    }
}

async fn rendered(
    visit: &Visit,
    found: ListedKey,
    entry: &ApiKeyEntry,
    mut refusal: Refusal,
) -> Answer {
    let mut reader = visit.reader(Section::ApiKeys).await?;
    let now = visit.caller.received_at();
    let ListedKey { key, created_by } = found;
    let (key, domains) = (key.key, key.domains);
    let maker = created_by.unwrap_or_else(|| "Somebody who left".to_owned());
    let status = refusal.status;
    let errors = ApiKeyErrors {
        name: refusal.take("name"),
        domain_ids: refusal.take("domain_ids"),
        allowed_networks: refusal.take("allowed_networks"),
        expires_on: refusal.take("expires_at"),
    };
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let ended = ended(&key, now);
    let choices: Vec<Choice> = domains
        .iter()
        .map(|domain| Choice::new(domain.id.to_string(), &domain.name))
        .collect();
    let form = ended
        .is_none()
        .then(|| ApiKeyForm::new(&key, entry, errors, choices));
    let page = ApiKeyPage {
        shell: reader.shell,
        id: key.id.to_string(),
        prefix: key.prefix.clone(),
        environment: key.environment.into(),
        capability: capability_label(key.capability),
        everywhere: key.scope == KeyScope::Organization,
        reaches: domains
            .into_iter()
            .map(|domain| {
                let explained = reader.me.actor.is_manager();
                let path = format!("/api-keys/{}/access/{}", key.id, domain.id);
                reach(domain, key.capability, explained.then_some(path))
            })
            .collect(),
        networks: key
            .allowed_networks
            .iter()
            .map(ToString::to_string)
            .collect(),
        created_by: maker,
        created_at: key.created_at.into(),
        last_used_at: key.last_used_at.map(Into::into),
        expires_at: key.expires_at.map(Into::into),
        previous_secret_until: key
            .previous_secret_until
            .filter(|until| *until > now)
            .map(Into::into),
        ended,
        form,
        is_own: key.created_by == reader.me.user.id,
        name: key.name,
    };
    answer::page(status, &page)
}

/// What a key reaches on a domain, and why no more.
fn reach(domain: ApiKeyDomain, capability: Capability, explained: Option<String>) -> KeyReach {
    let (access, why) = match (domain.level, capability) {
        (None, _) => ("Nothing", "Its maker can no longer see the domain."),
        (Some(_), Capability::Read) => ("Read", "Reading is all this key may do."),
        (Some(Level::Read), Capability::Send) => (
            "Nothing",
            "Sending needs read/write; its maker can only read.",
        ),
        (Some(Level::Write), Capability::Send) => ("Send", "Sending is all this key may do."),
        (Some(Level::Read), Capability::Full) => ("Read", "Its maker can only read."),
        (Some(Level::Write), Capability::Full) => ("Read/write", "As its maker."),
    };
    KeyReach {
        domain: domain.name,
        access,
        why,
        explained,
    }
}

pub(super) async fn save(visit: Visit, id: Ref<IdSegment, ApiKeyId>, form: FormBody) -> Answer {
    let found = api_keys::get_with_maker(&visit.app, &visit.caller, id.id).await?;
    let entry = sent(&form);
    let change = Late::new(change(
        &found.key.key,
        &entry,
        form.is_ticked("end_previous_secret"),
    ));
    match api_keys::update(&visit.app, &visit.caller, id.id, change).await {
        Ok(_) => {
            let path = format!("/api-keys/{}", found.key.key.id);
            Ok(done::to(&path, Done::ApiKeySaved, &visit.settings))
        }
        Err(error) => {
            let ended = |rule: &Rule| (*rule == Rule::KeyEnded).then_some("name");
            rendered(&visit, found, &entry, Refusal::of(error, ended)?).await
        }
    }
}

fn sent(form: &FormBody) -> ApiKeyEntry {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    ApiKeyEntry {
        name: text("name"),
        capability: text("capability"),
        domain_ids: form.all("domain_ids").to_vec(),
        allowed_networks: text("allowed_networks"),
        expires_on: text("expires_on"),
        ..ApiKeyEntry::default()
    }
}

/// Reads the form. What it leaves as it was is not a change.
fn change(key: &ApiKey, entry: &ApiKeyEntry, end_previous: bool) -> Result<KeyChange, Invalid> {
    Ok(KeyChange {
        name: Some(entry.name.clone()),
        expires_at: last_day(&entry.expires_on)?,
        capability: match entry.capability.as_str() {
            "" => None,
            word => Some(chosen("capability", word)?),
        },
        allowed_networks: Some(lines(&entry.allowed_networks)),
        domains: (key.scope == KeyScope::Domains).then(|| entry.domain_ids.clone()),
        end_previous_secret: end_previous,
    })
}
