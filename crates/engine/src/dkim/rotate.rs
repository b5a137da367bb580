//! Rotating a domain's keys now and then, when the domain wants it. A new key is made beside one that
//! signed long enough, and people are asked to publish its record; until it is seen nothing changes.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_mail::{dkim, notice::Notice};
use postscale_model::{
    AuditAction, AuditEvent, DkimAlgorithm, DkimKey, DkimStatus, Domain, DomainId, Selector,
    Timestamp, Word as _, job::ROTATE_DKIM,
};
use postscale_store::{
    Acting, Error, Result, Tx, audit_entry,
    dkim_key::{self, SigningKey},
    domain,
    job::{self, ClaimedJob, NewJob},
};
use serde_json::json;

use super::watch::address;
use crate::{EngineParts, notices, schedule::jittered};

/// Pause between looks at the ages of a domain's keys.
const EVERY: Duration = Duration::from_secs(24 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Selectors tried for one day.
const SELECTORS_MAX: usize = 100;

/// Makes a successor for each key of a domain that signed long enough, and promises the next look.
pub(crate) async fn rotate(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
) -> Result<()> {
    let mut tx = parts.store.read().await?;
    let wanted = find(&mut tx, scope, job).await?;
    drop(tx);
    let Some((domain, keys)) = wanted else {
        let mut tx = parts.store.write().await?;
        job::finish(&mut tx, scope, job).await?;
        return tx.commit().await;
    };
    let now = parts.sources.now();
    let mut made = Vec::new();
    for old in due(&domain, &keys, now) {
        // Making a key takes long: no transaction is open meanwhile.
        let Some(selector) = selector(old.algorithm, now, &keys) else {
            continue;
        };
        made.push((old, successor(parts, old, selector).await?));
    }
    let mut tx = parts.store.write().await?;
    job::finish(&mut tx, scope, job).await?;
    audit_entry::acts(&mut tx, Acting::system());
    // As it is now: somebody may have been quicker.
    if let Some((domain, keys)) = find(&mut tx, scope, job).await? {
        for (old, new) in &made {
            if due(&domain, &keys, now).any(|key| key.id == old.id) {
                begin(parts, scope, &mut tx, &domain, (old, new)).await?;
            }
        }
        let next = NewJob {
            id: parts.sources.id(),
            kind: ROTATE_DKIM,
            key: job.key.clone(),
            payload: json!({}),
            due_at: now.plus(jittered(EVERY, &parts.sources)),
        };
        job::enqueue(&mut tx, &next, now).await?;
    }
    tx.commit().await
}

/// The domain of the job and its keys, if it still wants them to be rotated.
async fn find(
    tx: &mut Tx,
    scope: &SystemScope,
    job: &ClaimedJob,
) -> Result<Option<(Domain, Vec<DkimKey>)>> {
    let Ok(id) = job.key.parse::<DomainId>() else {
        return Ok(None);
    };
    let domain = domain::find_for_job(tx, scope, id).await?;
    match domain.filter(|domain| domain.dkim_rotation_days.is_some()) {
        Some(domain) => {
            let keys = dkim_key::list_for_job(tx, scope, id).await?;
            Ok(Some((domain, keys)))
        }
        None => Ok(None),
    }
}

/// The keys that signed long enough and have no successor yet.
fn due<'k>(
    domain: &Domain,
    keys: &'k [DkimKey],
    now: Timestamp,
) -> impl Iterator<Item = &'k DkimKey> {
    let is_on = domain.active && domain.domain_type.sends();
    let interval = domain
        .dkim_rotation_days
        .map(|days| DAY * u32::from(days))
        .filter(|_| is_on);
    keys.iter().filter(move |key| {
        let is_old = match (interval, key.verified_at) {
            (Some(interval), Some(since)) => now.since(since) >= interval,
            _ => false,
        };
        let has_successor = keys
            .iter()
            .any(|other| other.replaces == Some(key.id) && other.status == DkimStatus::Pending);
        is_old && key.signs() && !has_successor
    })
}

/// A selector that says the day, and which no key of the domain has or had.
fn selector(algorithm: DkimAlgorithm, now: Timestamp, keys: &[DkimKey]) -> Option<Selector> {
    let day: String = now
        .to_rfc3339()
        .chars()
        .take(10)
        .filter(|c| *c != '-')
        .collect();
    let kind = match algorithm {
        DkimAlgorithm::Rsa2048 | DkimAlgorithm::Rsa4096 => "r",
        DkimAlgorithm::Ed25519 => "e",
    };
    (1..=SELECTORS_MAX)
        .map(|n| match n {
            1 => format!("ps{day}{kind}"),
            n => format!("ps{day}{kind}{n}"),
        })
        .filter_map(|text| text.parse::<Selector>().ok())
        .find(|selector| keys.iter().all(|key| key.selector != *selector))
}

async fn successor(parts: &EngineParts, old: &DkimKey, selector: Selector) -> Result<SigningKey> {
    let algorithm = old.algorithm;
    let pair = tokio::task::spawn_blocking(move || dkim::generate(algorithm)).await;
    let pair = pair.map_err(|error| Error::Corrupt(error.to_string()))?;
    let pair = pair.map_err(|error| Error::Corrupt(error.to_string()))?;
    let made = SigningKey::pending(
        &parts.sources,
        old.domain_id,
        selector,
        algorithm,
        pair.public_key,
        pair.private_der,
    );
    Ok(made.replacing(old.id))
}

async fn begin(
    parts: &EngineParts,
    scope: &SystemScope,
    tx: &mut Tx,
    domain: &Domain,
    (old, new): (&DkimKey, &SigningKey),
) -> Result<()> {
    dkim_key::insert_by_itself(tx, scope, new, &parts.seal, &parts.sources).await?;
    let (was, is) = (old.selector.as_str(), new.key.selector.as_str());
    let generated = AuditEvent::new(
        AuditAction::DkimGenerated,
        new.key.audit_target(&domain.name),
    )
    .made(json!({"algorithm": new.key.algorithm.as_str(), "replaces": was}));
    let rotated = AuditEvent::new(AuditAction::DkimRotated, old.audit_target(&domain.name)).change(
        json!({"status": old.status.as_str()}),
        json!({"status": old.status.as_str(), "replaced_by": is}),
    );
    for event in [generated, rotated] {
        audit_entry::append(tx, &parts.sources, domain.organization_id, event).await?;
    }
    notices::tell(
        parts,
        scope,
        tx,
        domain,
        &announced(parts, domain, old, new),
    )
    .await
}

fn announced(parts: &EngineParts, domain: &Domain, old: &DkimKey, new: &SigningKey) -> Notice {
    let name = domain.name.to_unicode();
    let (was, is) = (&old.selector, &new.key.selector);
    Notice::new(format!("Publish the new DKIM record of {name}"))
        .text(format!(
            "{name} rotates its DKIM keys by itself. The key {is} was made to replace {was}. Publish this TXT record and leave the one of {was} where it is:"
        ))
        .value(&format!("{is}._domainkey.{}", domain.name))
        .value(&new.key.record_value())
        .text(format!(
            "Mail is signed with {was} until the new record is seen, and with {is} from then on. The old record can go a week later; the domain's page says when."
        ))
        .link("Open the domain's keys", address(parts, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_says_the_day_and_the_kind() {
        let now = Timestamp::from_seconds(1_800_000_000);
        for (algorithm, want) in [
            (DkimAlgorithm::Rsa2048, "ps20270115r"),
            (DkimAlgorithm::Rsa4096, "ps20270115r"),
            (DkimAlgorithm::Ed25519, "ps20270115e"),
        ] {
            let made = selector(algorithm, now, &[]).unwrap();
            assert_eq!(made.as_str(), want);
        }
    }
}
