//! Looking domains' records up without being asked: soon after a domain was made, with growing
//! pauses until it is verified, then every six hours ([`pace`]).
//!
//! A record that is there counts at once. One that is gone counts only when it was gone for three
//! days of looks; trouble with DNS says nothing either way. Whoever looks after a domain is told when
//! it is lost, when it is back, and when somebody else proved control of its name.

mod pace;
mod tell;

use std::{collections::BTreeMap, time::Duration};

use postscale_access::SystemScope;
use postscale_mail::records::{self, RecordCheck};
use postscale_model::{
    AuditEvent, CheckStatus, DkimKey, DkimStatus, Domain, DomainId, Purpose, Timestamp,
    job::VERIFY_DOMAIN,
};
use postscale_store::{
    Acting, Result, Tx, audit_entry, dkim_key,
    domain::{self, VERIFIED_NAME_KEY, Verification},
    domain_check::{self, StoredCheck},
    job::{self, ClaimedJob, NewJob},
};
use serde::{Deserialize, Serialize};

use crate::EngineParts;

/// How long a record must be gone before that counts.
const GONE_MIN: Duration = Duration::from_secs(72 * 3600);

/// What is remembered from one look to the next.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Memory {
    /// Looks since the domain was made or lost.
    #[serde(default)]
    looks: usize,
    /// Since when a record is gone, in microseconds.
    #[serde(default)]
    gone_since: BTreeMap<Purpose, i64>,
}

/// What a look came to before anything is written down.
struct Look {
    domain: Domain,
    seen: Vec<RecordCheck>,
    said: Verification,
    memory: Memory,
    /// The domain of another organization whose proof is gone while ours is there.
    handed_over_by: Option<DomainId>,
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
    let holder = domain::find_holder_by_itself(&mut tx, scope, &domain).await?;
    drop(tx);
    let now = parts.sources.now();
    let expected = records::expected(&domain, &parts.hosts, &keys);
    let seen = records::check(&parts.resolver, expected, &[], now).await;
    let mut memory: Memory = serde_json::from_value(job.payload.clone()).unwrap_or_default();
    memory.looks += 1;
    let said = said(&seen, &keys, &mut memory, now);
    let mut handed_over_by = None;
    if let Some(holder) = holder
        && said.ownership == Some(true)
    {
        let (to, from) = (&domain.ownership_token, holder.token());
        let is_gone = records::is_handed_over(&parts.resolver, &domain.name, to, from).await;
        handed_over_by = (is_gone == Some(true)).then(|| holder.id());
    }
    let look = Look {
        domain,
        seen,
        said,
        memory,
        handed_over_by,
    };
    match record(parts, scope, job, &look).await {
        // Somebody proved theirs at the same moment and was first.
        Err(error) if error.is_conflict_on(VERIFIED_NAME_KEY) => {
            record(parts, scope, job, &look).await
        }
        recorded => recorded,
    }
}

async fn record(
    parts: &EngineParts,
    scope: &SystemScope,
    job: &ClaimedJob,
    look: &Look,
) -> Result<()> {
    let now = parts.sources.now();
    let mut tx = parts.store.write().await?;
    audit_entry::acts(&mut tx, Acting::system());
    // As it is now: somebody may have changed it while DNS was asked.
    let id = look.domain.id;
    let Some(before) = domain::find_for_job(&mut tx, scope, id).await? else {
        return finish(parts, scope, job, Some(tx)).await;
    };
    let mut events = events_of_keys(&mut tx, scope, look, now).await?;
    let mut said = look.said;
    let mut released = None;
    if said.ownership == Some(true)
        && let Some(holder) = domain::find_holder_by_itself(&mut tx, scope, &before).await?
    {
        if look.handed_over_by == Some(holder.id()) {
            released = domain::release(&mut tx, holder, now).await?;
        } else {
            said.ownership = None;
        }
    }
    let changed = domain::verify_by_itself(&mut tx, scope, before.clone(), said, now).await?;
    let checks: Vec<StoredCheck> = look.seen.iter().map(stored).collect();
    domain_check::record_by_itself(&mut tx, scope, id, &checks).await?;
    let mut memory = look.memory.clone();
    if before.verified || changed.verified {
        memory.looks = 0;
    }
    let due_at = pace::next(&changed, memory.looks, &parts.sources);
    promise(&mut tx, parts, scope, job, &memory, due_at).await?;
    tell::tell(
        &mut tx,
        parts,
        scope,
        (&before, &changed),
        released.as_ref(),
    )
    .await?;
    events.extend(changed.audit_verification(&before));
    let events = events
        .into_iter()
        .map(|event| (changed.organization_id, event));
    tell::note(&mut tx, parts, events.collect(), released).await?;
    tx.commit().await
}

async fn events_of_keys(
    tx: &mut Tx,
    scope: &SystemScope,
    look: &Look,
    now: Timestamp,
) -> Result<Vec<AuditEvent>> {
    let (id, name) = (look.domain.id, &look.domain.name);
    let mut events = Vec::new();
    for one in &look.seen {
        if let Some(selector) = &one.record.selector
            && one.check.status == CheckStatus::Verified
            && let Some(key) = dkim_key::mark_seen_by_itself(tx, scope, id, selector, now).await?
        {
            events.extend(key.audit(name));
        }
    }
    Ok(events)
}

fn stored(seen: &RecordCheck) -> StoredCheck {
    StoredCheck {
        check: seen.check.clone(),
        selector: seen.record.selector.clone(),
    }
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
