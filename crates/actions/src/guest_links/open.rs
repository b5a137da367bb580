//! What the holder of a link sees.

use std::time::Duration;

use postscale_access::{Caller, Gate, Readable, action};
use postscale_mail::records;
use postscale_model::{AuditAction, DkimKey, Domain, GuestLink, Invalid, Timestamp};
use postscale_store::{
    Tx, dkim_key,
    domain_check::{self, StoredCheck},
    guest_link,
};

use super::event;
use crate::{
    App, Result, audit,
    domains::{DnsRecord, HandOver, HandOverFormat, file, join},
    hash_token,
};

/// How long one link waits between two look-ups in DNS.
pub const CHECK_PAUSE: Duration = Duration::from_secs(30);

/// Looks within this long are noted once.
const ONE_LOOK: Duration = Duration::from_secs(3600);

/// One domain's records, as a guest sees them.
#[derive(Debug)]
pub struct Opened {
    /// The domain.
    pub domain: Domain,
    /// Its records as last seen.
    pub records: Vec<DnsRecord>,
    /// Until when the link is good.
    pub expires_at: Timestamp,
    /// Whether DNS was asked just now; not within [`CHECK_PAUSE`] of the time before.
    pub is_checked: bool,
}

/// What a guest may see, read with the proof that the link is good.
struct Shown {
    domain: Readable<Domain>,
    link: GuestLink,
    keys: Vec<DkimKey>,
    checks: Vec<StoredCheck>,
}

async fn shown(tx: &mut Tx, caller: &Caller, token: &str) -> Result<Shown> {
    let token = hash_token(token);
    let mut gate = Gate::open(tx, caller).await?;
    let domain = gate.guest(action::DOMAIN_GUEST_LINK_OPEN, &token).await?;
    Ok(Shown {
        link: guest_link::get_shown(tx, &domain, &token).await?,
        keys: dkim_key::list(tx, &domain).await?,
        checks: domain_check::list(tx, &domain).await?,
        domain,
    })
}

impl Shown {
    fn opened(self, app: &App, is_checked: bool) -> Opened {
        Opened {
            records: join(app, &self.domain, &self.keys, &self.checks),
            expires_at: self.link.expires_at,
            is_checked,
            domain: self.domain.into_inner(),
        }
    }
}

/// The records a link shows. That somebody looked is in the log, once an hour.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), always the same, for a link that is no good.
pub async fn open(app: &App, caller: &Caller, token: &str) -> Result<Opened> {
    let mut tx = app.store.read().await?;
    let seen = shown(&mut tx, caller, token).await?;
    drop(tx);
    let now = caller.received_at();
    if is_due(&seen.link, now) {
        note_look(app, caller, token, now).await?;
    }
    Ok(seen.opened(app, false))
}

fn is_due(link: &GuestLink, now: Timestamp) -> bool {
    link.opened_at.is_none_or(|at| at <= now.minus(ONE_LOOK))
}

async fn note_look(app: &App, caller: &Caller, token: &str, now: Timestamp) -> Result<()> {
    let mut tx = app.store.write().await?;
    let Shown { domain, link, .. } = shown(&mut tx, caller, token).await?;
    if is_due(&link, now) {
        let event = event(AuditAction::GuestLinkOpened, &link, &domain);
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    Ok(tx.commit().await?)
}

/// The records a link shows, as a file.
///
/// # Errors
/// As [`open`]; [`Invalid`] for an unknown format.
pub async fn download(
    app: &App,
    caller: &Caller,
    token: &str,
    format: Result<HandOverFormat, Invalid>,
) -> Result<HandOver> {
    let opened = open(app, caller, token).await?;
    let now = caller.received_at();
    Ok(file(&opened.domain, &opened.records, format?, now))
}

/// Looks the records up now and shows what DNS says. Nothing of it is kept: a guest changes nothing.
///
/// # Errors
/// As [`open`].
pub async fn check(app: &App, caller: &Caller, token: &str) -> Result<Opened> {
    let now = caller.received_at();
    let mut tx = app.store.write().await?;
    let mut seen = shown(&mut tx, caller, token).await?;
    let turn = guest_link::take_check(&mut tx, &seen.domain, &seen.link, CHECK_PAUSE, now).await?;
    tx.commit().await?;
    if !turn {
        return Ok(seen.opened(app, false));
    }
    let expected = records::expected(&seen.domain, &app.hosts, &seen.keys);
    let found = records::check(&app.resolver, expected, &[], now).await;
    seen.checks = found
        .into_iter()
        .map(|found| StoredCheck {
            check: found.check,
            selector: found.record.selector,
        })
        .collect();
    // The link may have ended while DNS was asked.
    let mut tx = app.store.read().await?;
    shown(&mut tx, caller, token).await?;
    Ok(seen.opened(app, true))
}
