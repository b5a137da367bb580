//! Looking domains' records up without being asked: soon after a domain was made, with growing
//! pauses until it is verified, then every six hours.
//!
//! A record that is there counts at once. One that is gone counts only when it was gone for three
//! days of looks; trouble with DNS says nothing either way.

use std::{collections::BTreeMap, time::Duration};

use postscale_access::SystemScope;
use postscale_mail::records::{self, RecordCheck};
use postscale_model::{
    CheckStatus, DkimKey, DkimStatus, Domain, DomainId, Purpose, Timestamp, job::VERIFY_DOMAIN,
};
use postscale_store::{
    Acting, Result, Tx, audit_entry, dkim_key,
    domain::{self, VERIFIED_NAME_KEY, Verification},
    domain_check::{self, StoredCheck},
    job::{self, ClaimedJob, NewJob},
};
use serde::{Deserialize, Serialize};

use crate::{EngineParts, schedule::jittered};

/// Pauses while a domain is not verified, in minutes; the last one repeats.
const PAUSES_MIN: [u64; 6] = [1, 2, 5, 15, 60, 360];
/// Pause between looks at a verified domain.
const STEADY: Duration = Duration::from_secs(6 * 3600);
/// How long a record must be gone before that counts.
const GONE_MIN: Duration = Duration::from_secs(72 * 3600);

/// What is remembered from one look to the next.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    /// Looks so far.
    #[serde(default)]
    looks: usize,
    /// Since when a record is gone, in microseconds.
    #[serde(default)]
    gone_since: BTreeMap<Purpose, i64>,
}

/// Looks a domain's records up and promises the next look.
pub(crate) async fn verify(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
) -> Result<()> {
    let Ok(id) = job.key.parse::<DomainId>() else {
        return finish(parts, scope, job, None).await;
    };
    let mut tx = parts.store.read().await?;
    let Some(domain) = domain::find_for_job(&mut tx, scope, id).await? else {
        drop(tx);
        return finish(parts, scope, job, None).await;
    };
    let keys = dkim_key::list_for_job(&mut tx, scope, id).await?;
    drop(tx);
    let now = parts.sources.now();
    let expected = records::expected(&domain, &parts.hosts, &keys);
    let seen = records::check(&parts.resolver, expected, &[], now).await;
    let mut memory: Memory = serde_json::from_value(job.payload.clone()).unwrap_or_default();
    memory.looks += 1;
    let said = said(&seen, &keys, &mut memory, now);
    match record(parts, scope, job, (&domain, &seen, said, &memory)).await {
        // Another organization proved to own the name.
        Err(error) if error.is_conflict_on(VERIFIED_NAME_KEY) => {
            let said = Verification {
                ownership: None,
                ..said
            };
            record(parts, scope, job, (&domain, &seen, said, &memory)).await
        }
        recorded => recorded,
    }
}

async fn record(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
    (domain, seen, said, memory): (&Domain, &[RecordCheck], Verification, &Memory),
) -> Result<()> {
    let now = parts.sources.now();
    let mut tx = parts.store.write().await?;
    // As it is now: somebody may have changed it while DNS was asked.
    let Some(current) = domain::find_for_job(&mut tx, scope, domain.id).await? else {
        return finish(parts, scope, job, Some(tx)).await;
    };
    let mut events = Vec::new();
    for one in seen {
        if let Some(selector) = &one.record.selector
            && one.check.status == CheckStatus::Verified
            && let Some(key) =
                dkim_key::mark_seen_by_itself(&mut tx, scope, domain.id, selector, now).await?
        {
            events.extend(key.audit(&domain.name));
        }
    }
    let before = current.clone();
    let changed = domain::verify_by_itself(&mut tx, scope, current, said, now).await?;
    events.extend(changed.audit_verification(&before));
    let checks: Vec<StoredCheck> = seen
        .iter()
        .map(|one| StoredCheck {
            check: one.check.clone(),
            selector: one.record.selector.clone(),
        })
        .collect();
    domain_check::record_by_itself(&mut tx, scope, domain.id, &checks).await?;
    let pause = pause(changed.verified, memory.looks);
    let due_at = now.plus(jittered(pause, &parts.sources));
    promise(&mut tx, parts, scope, job, memory, due_at).await?;
    audit_entry::acts(&mut tx, Acting::system());
    for event in events {
        audit_entry::append(&mut tx, &parts.sources, domain.organization_id, event).await?;
    }
    tx.commit().await
}

async fn promise(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
    memory: &Memory,
    due_at: Timestamp,
) -> Result<()> {
    job::finish(tx, scope, job).await?;
    let next = NewJob {
        id: parts.sources.id(),
        kind: VERIFY_DOMAIN,
        key: job.key.clone(),
        payload: serde_json::json!(memory),
        due_at,
    };
    job::enqueue(tx, &next, parts.sources.now()).await
}

async fn finish(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
    tx: Option<Tx>,
) -> Result<()> {
    let mut tx = match tx {
        Some(tx) => tx,
        None => parts.store.write().await?,
    };
    job::finish(&mut tx, scope, job).await?;
    tx.commit().await
}

fn pause(is_verified: bool, looks: usize) -> Duration {
    if is_verified {
        return STEADY;
    }
    let index = looks.saturating_sub(1).min(PAUSES_MIN.len() - 1);
    Duration::from_secs(PAUSES_MIN[index] * 60)
}

/// What the looks mean for the domain's flags, given how long records are gone.
fn said(
    seen: &[RecordCheck],
    keys: &[DkimKey],
    memory: &mut Memory,
    now: Timestamp,
) -> Verification {
    let mut flag = |purpose: Purpose| {
        let found = look(seen, keys, purpose)?;
        if found {
            memory.gone_since.remove(&purpose);
            return Some(true);
        }
        let since = memory.gone_since.entry(purpose).or_insert(now.micros());
        let is_gone = now.since(Timestamp::from_micros(*since)) >= GONE_MIN;
        is_gone.then_some(false)
    };
    Verification {
        ownership: flag(Purpose::Ownership),
        mx: flag(Purpose::Mx),
        spf: flag(Purpose::Spf),
        dkim: flag(Purpose::Dkim),
        dmarc: flag(Purpose::Dmarc),
        return_path: flag(Purpose::ReturnPath),
    }
}

/// Whether a record is there: any key that signs, or is about to, will do for DKIM.
fn look(seen: &[RecordCheck], keys: &[DkimKey], purpose: Purpose) -> Option<bool> {
    let signs = |one: &&RecordCheck| {
        one.record.selector.as_ref().is_none_or(|selector| {
            keys.iter().any(|key| {
                key.selector == *selector
                    && matches!(key.status, DkimStatus::Active | DkimStatus::Pending)
            })
        })
    };
    let of_purpose = seen.iter().filter(|one| one.check.purpose == purpose);
    let statuses: Vec<_> = of_purpose
        .filter(signs)
        .map(|one| one.check.status)
        .collect();
    let has = |wanted: CheckStatus| statuses.contains(&wanted);
    if has(CheckStatus::Verified) {
        Some(true)
    } else if has(CheckStatus::Unknown) || has(CheckStatus::Unchecked) || statuses.is_empty() {
        None
    } else {
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_get_rarer_until_the_domain_is_verified() {
        let minutes: Vec<_> = (1..=8)
            .map(|looks| pause(false, looks).as_secs() / 60)
            .collect();
        assert_eq!(minutes, [1, 2, 5, 15, 60, 360, 360, 360]);
        assert_eq!(pause(true, 1), STEADY);
    }
}
