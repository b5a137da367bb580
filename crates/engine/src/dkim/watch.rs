//! Looking for the record of a new key: soon after it was made, then with growing pauses. While it is
//! not there nothing changes; people are told once when it takes long.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_mail::{
    notice::Notice,
    records::{self, ExpectedRecord, RecordCheck},
};
use postscale_model::{
    CheckStatus, DkimKey, DkimStatus, Domain, Selector, Timestamp, job::WATCH_DKIM_KEY,
};
use postscale_store::{
    Acting, Result, Tx, audit_entry, dkim_key,
    domain::{self, Verification},
    domain_check::{self, StoredCheck},
    job::{self, ClaimedJob, NewJob},
};
use serde::{Deserialize, Serialize};

use super::retire::find;
use crate::{EngineParts, notices, schedule::jittered};

/// Pauses between looks, in minutes; the last one repeats.
const PAUSES_MIN: [u64; 7] = [1, 2, 5, 10, 20, 30, 60];
/// After which people are told that the record is not there.
const TOLD_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);
/// After which only the looks at the whole domain go on.
const WATCHED_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// What is remembered from one look to the next.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    /// Looks so far.
    looks: usize,
    /// People were told.
    told: bool,
}

/// Looks for the record of a pending key, and promises the next look.
pub(crate) async fn watch(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
) -> Result<()> {
    let mut tx = parts.store.read().await?;
    let found = find(&mut tx, scope, job).await?;
    drop(tx);
    let pending = found.filter(|(key, _)| key.status == DkimStatus::Pending);
    let Some((key, domain)) = pending else {
        let mut tx = parts.store.write().await?;
        job::finish(&mut tx, scope, job).await?;
        return tx.commit().await;
    };
    let seen = look(parts, &domain, &key).await;
    let mut tx = parts.store.write().await?;
    audit_entry::acts(&mut tx, Acting::system());
    job::finish(&mut tx, scope, job).await?;
    if let Some(seen) = &seen {
        let check = StoredCheck {
            check: seen.check.clone(),
            selector: seen.record.selector.clone(),
        };
        domain_check::record_by_itself(&mut tx, scope, domain.id, &[check]).await?;
    }
    if seen.is_some_and(|seen| seen.check.status == CheckStatus::Verified) {
        take_over(parts, scope, &mut tx, &domain, &key.selector).await?;
    } else {
        wait(parts, scope, &mut tx, (job, &domain, &key)).await?;
    }
    tx.commit().await
}

async fn look(parts: &EngineParts, domain: &Domain, key: &DkimKey) -> Option<RecordCheck> {
    let is_it = |record: &ExpectedRecord| record.selector.as_ref() == Some(&key.selector);
    let mut expected = records::expected(domain, &parts.hosts, std::slice::from_ref(key));
    expected.retain(is_it);
    let now = parts.sources.now();
    let mut seen = records::check(&parts.resolver, expected, &[], now).await;
    seen.pop()
}

/// The record is there: the key signs, and the one it replaces retires.
async fn take_over(
    parts: &EngineParts,
    scope: &SystemScope,
    tx: &mut Tx,
    domain: &Domain,
    selector: &Selector,
) -> Result<()> {
    let now = parts.sources.now();
    let seen = dkim_key::mark_seen_by_itself(tx, scope, domain.id, selector, now).await?;
    // As it is now: somebody may have changed it while DNS was asked.
    let current = domain::find_for_job(tx, scope, domain.id).await?;
    let (Some(seen), Some(before)) = (seen, current) else {
        return Ok(());
    };
    let dkim = Verification {
        dkim: Some(true),
        ..Verification::default()
    };
    let changed = domain::verify_by_itself(tx, scope, before.clone(), dkim, now).await?;
    let events = seen.audit(&domain.name).into_iter();
    for event in events.chain(changed.audit_verification(&before)) {
        audit_entry::append(tx, &parts.sources, domain.organization_id, event).await?;
    }
    let url = &parts.settings.public_url;
    if let Some(notice) = Notice::domain_changed(&before, &changed, url) {
        notices::tell(parts, scope, tx, &changed, &notice).await?;
    }
    Ok(())
}

/// The record is not there, or nobody knows.
async fn wait(
    parts: &EngineParts,
    scope: &SystemScope,
    tx: &mut Tx,
    (job, domain, key): (&ClaimedJob, &Domain, &DkimKey),
) -> Result<()> {
    let now = parts.sources.now();
    let mut memory: Memory = serde_json::from_value(job.payload.clone()).unwrap_or_default();
    memory.looks += 1;
    let age = now.since(key.created_at);
    if age >= TOLD_AFTER && !memory.told {
        memory.told = true;
        notices::tell(parts, scope, tx, domain, &missing(parts, domain, key)).await?;
    }
    if age >= WATCHED_MAX {
        return Ok(());
    }
    let pause = Duration::from_secs(pause_min(memory.looks) * 60);
    let next = NewJob {
        id: parts.sources.id(),
        kind: WATCH_DKIM_KEY,
        key: job.key.clone(),
        payload: serde_json::json!(memory),
        due_at: now.plus(jittered(pause, &parts.sources)),
    };
    job::enqueue(tx, &next, now).await
}

fn pause_min(looks: usize) -> u64 {
    PAUSES_MIN[looks.saturating_sub(1).min(PAUSES_MIN.len() - 1)]
}

fn missing(parts: &EngineParts, domain: &Domain, key: &DkimKey) -> Notice {
    let name = domain.name.to_unicode();
    let (selector, made) = (&key.selector, day(key.created_at));
    let waits = if key.replaces.is_some() {
        "Until it is there, mail is signed with the key it is to replace; nothing else changes."
    } else {
        "Until it is there, the key signs nothing."
    };
    Notice::new(format!("A DKIM record of {name} is still missing"))
        .text(format!(
            "The DKIM key {selector} of {name} was made on {made}, and its record is not in DNS. {waits}"
        ))
        .text("Publish this TXT record:")
        .value(&format!("{selector}._domainkey.{}", domain.name))
        .value(&key.record_value())
        .link("Open the domain's keys", address(parts, domain))
}

/// The page of the domain's keys.
pub(super) fn address(parts: &EngineParts, domain: &Domain) -> String {
    format!("{}/domains/{}/dkim", parts.settings.public_url, domain.id)
}

fn day(at: Timestamp) -> String {
    at.to_rfc3339().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_get_rarer() {
        let minutes: Vec<_> = (1..=9).map(pause_min).collect();
        assert_eq!(minutes, [1, 2, 5, 10, 20, 30, 60, 60, 60]);
    }
}
