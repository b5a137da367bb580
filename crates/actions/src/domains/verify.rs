//! A domain's records are looked up now.

use std::time::Duration;

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_mail::records;
use postscale_model::{CheckStatus, DkimKey, DkimStatus, Domain, DomainId, Purpose, Timestamp};
use postscale_store::{
    dkim_key,
    domain::{self, VERIFIED_NAME_KEY, Verification},
    domain_check::{self, StoredCheck},
};

use super::{
    create::promise_look,
    dns::{DnsRecord, join},
    told,
};
use crate::{App, Error, Result};

/// When the records of a domain that lacks some are looked up again by themselves after somebody
/// looked: they are being worked on.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// A domain after its records were looked up.
#[derive(Debug)]
pub struct Verified {
    /// The domain now.
    pub domain: Domain,
    /// Its records as last seen.
    pub records: Vec<DnsRecord>,
    /// One sentence for people.
    pub summary: String,
    /// The ownership record is there, but another organization came first, and its own is there too.
    pub is_owned_elsewhere: bool,
    /// When they are looked up by themselves the next time.
    pub next_check_at: Option<Timestamp>,
}

/// What was seen in DNS before anything is written down.
struct Seen {
    checks: Vec<StoredCheck>,
    keys: Vec<DkimKey>,
    /// The domain of another organization whose proof is gone while ours is there.
    handed_over_by: Option<DomainId>,
}

/// Looks the domain's records up – all, or those of some purposes – and records what was seen.
/// No transaction is open while DNS is asked; the right is decided again before anything is kept.
///
/// A name that another organization has verified changes hands when the domain's own proof is in DNS
/// and the other one is not, at this moment; the other organization is told.
///
/// # Errors
/// [`Error::Denied`]. A resolver in trouble is no error: the record is `unknown`, and what was known
/// of it stays.
pub async fn verify(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    purposes: Late<Vec<Purpose>>,
) -> Result<Verified> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let found = gate.domain(action::DOMAIN_VERIFY_OWNERSHIP, domain).await?;
    let purposes = purposes.after(&found)?;
    let keys = dkim_key::list(&mut tx, &found).await?;
    let holder = domain::find_holder(&mut tx, &found).await?;
    drop(tx);
    let expected = records::expected(&found, &app.hosts, &keys);
    let checks = records::check(&app.resolver, expected, &purposes, app.sources.now()).await;
    let checks: Vec<StoredCheck> = checks
        .into_iter()
        .map(|seen| StoredCheck {
            check: seen.check,
            selector: seen.record.selector,
        })
        .collect();
    let mut handed_over_by = None;
    if let Some(holder) = holder
        && verification(&checks, &keys).ownership == Some(true)
    {
        let (to, from) = (&found.ownership_token, holder.token());
        let is_gone = records::is_handed_over(&app.resolver, &found.name, to, from).await;
        handed_over_by = (is_gone == Some(true)).then(|| holder.id());
    }
    let seen = Seen {
        checks,
        keys,
        handed_over_by,
    };
    match record(app, caller, found.id, &seen).await {
        // Somebody proved theirs at the same moment and was first.
        Err(Error::Store(error)) if error.is_conflict_on(VERIFIED_NAME_KEY) => {
            record(app, caller, found.id, &seen).await
        }
        recorded => recorded,
    }
}

async fn record(app: &App, caller: &Caller, id: DomainId, seen: &Seen) -> Result<Verified> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate
        .domain(action::DOMAIN_VERIFY_OWNERSHIP, &id.into())
        .await?;
    let now = app.sources.now();
    let mut events = Vec::new();
    for selector in seen_selectors(&seen.checks) {
        if let Some(key) = dkim_key::mark_seen(&mut tx, &domain, selector, now).await? {
            events.extend(key.audit(&domain.name));
        }
    }
    let mut verification = verification(&seen.checks, &seen.keys);
    let (mut is_owned_elsewhere, mut released) = (false, None);
    if verification.ownership == Some(true)
        && let Some(holder) = domain::find_holder(&mut tx, &domain).await?
    {
        if seen.handed_over_by == Some(holder.id()) {
            released = domain::release(&mut tx, holder, now).await?;
        } else {
            is_owned_elsewhere = true;
            verification.ownership = None;
        }
    }
    let changed = domain::verify(&mut tx, &domain, verification, now).await?;
    domain_check::record(&mut tx, &domain, &seen.checks).await?;
    if !changed.verified {
        promise_look(app, &mut tx, changed.id, LOOK_AGAIN).await?;
    }
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let checks = domain_check::list(&mut tx, &domain).await?;
    let next_check_at = domain_check::next_at(&mut tx, &domain).await?;
    events.extend(changed.audit_verification(&domain));
    told::tell(app, &mut tx, (&domain, &changed), released.as_ref()).await?;
    told::note(app, &mut tx, (&changed, events), released).await?;
    tx.commit().await?;
    Ok(Verified {
        records: join(app, &changed, &keys, &checks),
        summary: if is_owned_elsewhere {
            OWNED_ELSEWHERE.to_owned()
        } else {
            summary(&changed, &keys, &seen.checks)
        },
        domain: changed,
        is_owned_elsewhere,
        next_check_at,
    })
}

const OWNED_ELSEWHERE: &str = "The ownership record is there, but another organization on this \
    instance has verified the domain, and its own record is there too; once that one is removed from \
    the DNS, check again";

fn seen_selectors(seen: &[StoredCheck]) -> impl Iterator<Item = &postscale_model::Selector> {
    seen.iter()
        .filter(|seen| seen.check.status == CheckStatus::Verified)
        .filter_map(|seen| seen.selector.as_ref())
}

/// What look-ups mean for the domain's flags: a record that is there counts at once. One that is gone
/// counts once it was gone for three days of the looks that come by themselves, so that no single
/// answer, whoever asked for it, stops mail; trouble with a resolver changes nothing.
fn verification(seen: &[StoredCheck], keys: &[DkimKey]) -> Verification {
    let is_there = |purpose: Purpose| {
        let mut found = seen.iter().filter(|seen| is_seen(seen, purpose));
        found.next().map(|_| true)
    };
    Verification {
        ownership: is_there(Purpose::Ownership),
        mx: is_there(Purpose::Mx),
        spf: is_there(Purpose::Spf),
        dkim: is_dkim_there(seen, keys),
        dmarc: is_there(Purpose::Dmarc),
        return_path: is_there(Purpose::ReturnPath),
    }
}

fn is_seen(seen: &StoredCheck, purpose: Purpose) -> bool {
    seen.check.purpose == purpose && seen.check.status == CheckStatus::Verified
}

/// DKIM is verified when the record of any key that signs, or is about to, was seen.
fn is_dkim_there(seen: &[StoredCheck], keys: &[DkimKey]) -> Option<bool> {
    let usable = |selector: &postscale_model::Selector| {
        keys.iter().any(|key| {
            key.selector == *selector
                && matches!(key.status, DkimStatus::Active | DkimStatus::Pending)
        })
    };
    let mut keys_seen = seen.iter().filter(|seen| is_seen(seen, Purpose::Dkim));
    keys_seen
        .any(|seen| seen.selector.as_ref().is_some_and(usable))
        .then_some(true)
}

fn summary(domain: &Domain, keys: &[DkimKey], seen: &[StoredCheck]) -> String {
    let needed = domain.required();
    let (there, missing): (Vec<Purpose>, Vec<Purpose>) = needed
        .iter()
        .partition(|purpose| domain.has_verified(**purpose));
    let required = needed.len();
    let mut text = if missing.is_empty() {
        format!("All {required} required records are verified")
    } else {
        let good = there.len();
        let missing = named(&missing, keys);
        format!("{good} of {required} required records are verified; still missing: {missing}")
    };
    let is_gone = |purpose: &Purpose| {
        let mut looks = seen.iter().filter(|seen| seen.check.purpose == *purpose);
        looks.clone().next().is_some()
            && looks.all(|look| {
                matches!(
                    look.check.status,
                    CheckStatus::Missing | CheckStatus::Mismatch
                )
            })
    };
    let gone: Vec<Purpose> = there.into_iter().filter(is_gone).collect();
    if !gone.is_empty() {
        let gone = named(&gone, keys);
        text += &format!("; not right in the DNS any more: {gone} – that counts after three days");
    }
    text
}

fn named(purposes: &[Purpose], keys: &[DkimKey]) -> String {
    let name = |purpose: &Purpose| match purpose {
        Purpose::Ownership => "ownership TXT",
        Purpose::Dkim if keys.is_empty() => "DKIM (generate a key first)",
        purpose => purpose.label(),
    };
    let names: Vec<&str> = purposes.iter().map(name).collect();
    names.join(", ")
}
