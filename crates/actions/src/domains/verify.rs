//! A domain's records are looked up now.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_mail::records;
use postscale_model::{CheckStatus, DkimKey, DkimStatus, Domain, Purpose};
use postscale_store::{
    Tx, dkim_key,
    domain::{self, Verification},
    domain_check::{self, StoredCheck},
};

use super::dns::{DnsRecord, join};
use crate::{App, Result, audit};

/// A domain after its records were looked up.
#[derive(Debug)]
pub struct Verified {
    /// The domain now.
    pub domain: Domain,
    /// Its records as last seen.
    pub records: Vec<DnsRecord>,
    /// One sentence for people.
    pub summary: String,
    /// The ownership record is there, but another organization came first.
    pub is_owned_elsewhere: bool,
}

/// Looks the domain's records up – all, or those of some purposes – and records what was seen.
/// No transaction is open while DNS is asked; the right is decided again before anything is kept.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied). A resolver in trouble is no error: the record is
/// `unknown`, and what was known of it stays.
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
    drop(tx);
    let expected = records::expected(&found, &app.hosts, &keys);
    let seen = records::check(&app.resolver, expected, &purposes, app.sources.now()).await;
    let seen: Vec<StoredCheck> = seen
        .into_iter()
        .map(|seen| StoredCheck {
            check: seen.check,
            selector: seen.record.selector,
        })
        .collect();

    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate
        .domain(action::DOMAIN_VERIFY_OWNERSHIP, &found.id.into())
        .await?;
    let now = app.sources.now();
    let mut events = Vec::new();
    for selector in seen_selectors(&seen) {
        if let Some(key) = dkim_key::mark_seen(&mut tx, &domain, selector, now).await? {
            events.extend(key.audit(&domain.name));
        }
    }
    let mut verification = verification(&seen, &keys);
    let others = verification.ownership == Some(true) && owned_elsewhere(&mut tx, &domain).await?;
    if others {
        verification.ownership = Some(false);
    }
    let changed = domain::verify(&mut tx, &domain, verification, now).await?;
    domain_check::record(&mut tx, &domain, &seen).await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let checks = domain_check::list(&mut tx, &domain).await?;
    events.extend(changed.audit_verification(&domain));
    for event in events {
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    tx.commit().await?;
    let records = join(app, &changed, &keys, &checks);
    let summary = if others {
        OWNED_ELSEWHERE.to_owned()
    } else {
        summary(&changed, &keys)
    };
    Ok(Verified {
        domain: changed,
        records,
        summary,
        is_owned_elsewhere: others,
    })
}

const OWNED_ELSEWHERE: &str = "The ownership record is there, but another organization on this \
    instance has already verified the domain; it has to release the name first";

async fn owned_elsewhere(tx: &mut Tx, domain: &postscale_access::Writable<Domain>) -> Result<bool> {
    Ok(domain::is_owned_elsewhere(tx, domain).await?)
}

fn seen_selectors(seen: &[StoredCheck]) -> impl Iterator<Item = &postscale_model::Selector> {
    seen.iter()
        .filter(|seen| seen.check.status == CheckStatus::Verified)
        .filter_map(|seen| seen.selector.as_ref())
}

/// What look-ups mean for the domain's flags. Trouble with a resolver changes nothing.
pub fn verification(seen: &[StoredCheck], keys: &[DkimKey]) -> Verification {
    let flag = |purpose: Purpose| {
        let status = seen
            .iter()
            .find(|seen| seen.check.purpose == purpose)?
            .check
            .status;
        match status {
            CheckStatus::Verified => Some(true),
            CheckStatus::Missing | CheckStatus::Mismatch => Some(false),
            CheckStatus::Unchecked | CheckStatus::Unknown => None,
        }
    };
    Verification {
        ownership: flag(Purpose::Ownership),
        mx: flag(Purpose::Mx),
        spf: flag(Purpose::Spf),
        dkim: dkim_flag(seen, keys),
        dmarc: flag(Purpose::Dmarc),
        return_path: flag(Purpose::ReturnPath),
    }
}

/// DKIM is verified when the record of any key that signs, or is about to, was seen.
fn dkim_flag(seen: &[StoredCheck], keys: &[DkimKey]) -> Option<bool> {
    let usable = |selector: &postscale_model::Selector| {
        keys.iter().any(|key| {
            key.selector == *selector
                && matches!(key.status, DkimStatus::Active | DkimStatus::Pending)
        })
    };
    let looked: Vec<_> = seen
        .iter()
        .filter(|seen| seen.check.purpose == Purpose::Dkim)
        .collect();
    if looked.iter().any(|seen| {
        seen.check.status == CheckStatus::Verified && seen.selector.as_ref().is_some_and(usable)
    }) {
        return Some(true);
    }
    let unknown = looked
        .iter()
        .any(|seen| seen.check.status == CheckStatus::Unknown);
    (!looked.is_empty() && !unknown).then_some(false)
}

fn summary(domain: &Domain, keys: &[DkimKey]) -> String {
    let missing: Vec<&str> = domain
        .required()
        .iter()
        .filter(|purpose| !domain::is_seen(domain, **purpose))
        .map(|purpose| match purpose {
            Purpose::Ownership => "ownership TXT",
            Purpose::Mx => "MX",
            Purpose::Spf => "SPF",
            Purpose::Dkim if keys.is_empty() => "DKIM (generate a key first)",
            Purpose::Dkim => "DKIM",
            Purpose::Dmarc => "DMARC",
            Purpose::ReturnPath => "return path",
            Purpose::MtaSts | Purpose::MtaStsHost => "MTA-STS",
            Purpose::TlsRpt => "TLS reports",
            Purpose::Bimi => "BIMI",
        })
        .collect();
    let required = domain.required().len();
    if missing.is_empty() {
        format!("All {required} required records are verified")
    } else {
        let good = required - missing.len();
        format!(
            "{good} of {required} required records are verified; still missing: {}",
            missing.join(", ")
        )
    }
}
