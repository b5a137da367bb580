//! What a change of a domain's settings brings about, told before it is saved.

use postscale_access::{Caller, DomainRef, Gate, Granted, Late, action};
use postscale_model::{Domain, Purpose, Word as _};
use postscale_store::{Tx, alias, domain::DomainChange, recipient};

use super::update::check;
use crate::{App, Result};

/// One thing a change brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing can be sent from the domain any more; what waits still leaves.
    SendingStops {
        /// Recipients that wait.
        waiting: u64,
    },
    /// Mail can be sent once the records are there.
    SendingStarts,
    /// Mail for the domain is refused for good.
    ReceivingStops {
        /// Aliases that take mail now.
        aliases: u64,
    },
    /// Mail for the domain is taken once the records are there.
    ReceivingStarts,
    /// Sending is refused, what waits is held, senders to the domain are told to try again.
    Pauses {
        /// Recipients that wait.
        waiting: u64,
        /// Aliases that take mail now.
        aliases: u64,
    },
    /// What was held leaves, and mail is taken again.
    Resumes {
        /// Recipients that wait.
        waiting: u64,
    },
    /// Mail for addresses without an alias is kept.
    CatchAllStarts,
    /// Mail for addresses without an alias is refused.
    CatchAllStops {
        /// Aliases that go on.
        aliases: u64,
    },
    /// A record is required now, and was not seen yet.
    RecordNeeded(Purpose),
    /// A record is required no more.
    RecordNotNeeded(Purpose),
    /// The domain is verified as a whole no more, until the records are there.
    VerificationEnds,
    /// The domain is verified as a whole.
    VerificationHolds,
    /// Senders refuse to deliver over connections that cannot be trusted.
    TlsEnforced,
}

impl Consequence {
    /// Its word in the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SendingStops { .. } => "sending_stops",
            Self::SendingStarts => "sending_starts",
            Self::ReceivingStops { .. } => "receiving_stops",
            Self::ReceivingStarts => "receiving_starts",
            Self::Pauses { .. } => "pauses",
            Self::Resumes { .. } => "resumes",
            Self::CatchAllStarts => "catch_all_starts",
            Self::CatchAllStops { .. } => "catch_all_stops",
            Self::RecordNeeded(_) => "record_needed",
            Self::RecordNotNeeded(_) => "record_not_needed",
            Self::VerificationEnds => "verification_ends",
            Self::VerificationHolds => "verification_holds",
            Self::TlsEnforced => "tls_enforced",
        }
    }

    /// The record it is about.
    #[must_use]
    pub const fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::RecordNeeded(purpose) | Self::RecordNotNeeded(purpose) => Some(*purpose),
            _ => None,
        }
    }

    /// A sentence about it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::SendingStops { waiting: 0 } => {
                "Nothing can be sent from this domain any more.".to_owned()
            }
            Self::SendingStops { waiting } => format!(
                "Nothing can be sent from this domain any more. {} already accepted and still delivered.",
                counted(*waiting, "message copy is", "message copies are")
            ),
            Self::SendingStarts => "Mail can be sent as soon as the required records are verified.".to_owned(),
            Self::ReceivingStops { aliases } => format!(
                "Mail for this domain is refused for good, as mail for a domain we do not know. {} taking mail.",
                counted(*aliases, "alias stops", "aliases stop")
            ),
            Self::ReceivingStarts => "Mail for this domain is taken as soon as its ownership and MX records are there. Its present mail provider no longer gets it once the MX record points here.".to_owned(),
            Self::Pauses { waiting, aliases } => format!(
                "Sending is refused. {} until you resume. Servers that bring mail are told to try again later; most do so for up to five days. {} with it. Records go on being checked.",
                counted(*waiting, "waiting message copy is held", "waiting message copies are held"),
                counted(*aliases, "alias pauses", "aliases pause")
            ),
            Self::Resumes { waiting } => format!(
                "Mail is taken and sent again. {} at once.",
                counted(*waiting, "held message copy leaves", "held message copies leave")
            ),
            Self::CatchAllStarts => "Mail for every address of the domain is kept, also for those without an alias.".to_owned(),
            Self::CatchAllStops { aliases } => format!(
                "Mail for addresses without an alias is refused. {} on.",
                counted(*aliases, "alias goes", "aliases go")
            ),
            Self::RecordNeeded(purpose) => format!("The {} record becomes required, and has not been seen.", name(*purpose)),
            Self::RecordNotNeeded(purpose) => format!("The {} record is no longer required.", name(*purpose)),
            Self::VerificationEnds => "The domain counts as not verified until the required records have been seen.".to_owned(),
            Self::VerificationHolds => "The domain is verified: everything it then requires is there.".to_owned(),
            Self::TlsEnforced => "Senders that honour MTA-STS deliver only over TLS with a certificate they trust for our mail host. Test first: with a wrong certificate they keep the mail and bounce it later.".to_owned(),
        }
    }
}

/// Begins a sentence.
fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        0 => format!("No {one}"),
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

const fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Ownership => "ownership",
        Purpose::Mx => "MX",
        Purpose::Spf => "SPF",
        Purpose::Dkim => "DKIM",
        Purpose::Dmarc => "DMARC",
        Purpose::ReturnPath => "return path",
        Purpose::MtaSts | Purpose::MtaStsHost => "MTA-STS",
        Purpose::TlsRpt => "TLS report",
        Purpose::Bimi => "BIMI",
    }
}

/// A change that nobody made yet.
#[derive(Debug)]
pub struct PreviewedChange {
    /// The domain as it would be.
    pub domain: Domain,
    /// What that brings about; nothing for a change of nothing.
    pub consequences: Vec<Consequence>,
}

/// What a change would bring about. Asks for the right to make it, and makes nothing.
///
/// # Errors
/// As [`update`](super::update).
pub async fn preview(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    change: Late<DomainChange>,
) -> Result<PreviewedChange> {
    let mut tx = app.store.read().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_SETTINGS_UPDATE, domain)
        .await?;
    let change = change.after(&domain)?;
    check(&change)?;
    let after = change.applied_to(&domain);
    let consequences = of(&mut tx, &domain, &after, caller.received_at()).await?;
    Ok(PreviewedChange {
        domain: after,
        consequences,
    })
}

async fn of<C>(
    tx: &mut Tx,
    before: &Granted<Domain, C>,
    after: &Domain,
    now: postscale_model::Timestamp,
) -> Result<Vec<Consequence>> {
    let waiting = recipient::count_waiting_of(tx, before).await?;
    let aliases = alias::count_live(tx, before, now).await?;
    Ok(between(before, after, waiting, aliases))
}

/// What lies between two states of a domain.
fn between(before: &Domain, after: &Domain, waiting: u64, aliases: u64) -> Vec<Consequence> {
    let mut found = Vec::new();
    match (before.active, after.active) {
        (true, false) => found.push(Consequence::Pauses { waiting, aliases }),
        (false, true) => found.push(Consequence::Resumes { waiting }),
        _ => {}
    }
    let (was, is) = (before.domain_type, after.domain_type);
    match (was.sends(), is.sends()) {
        (true, false) => found.push(Consequence::SendingStops { waiting }),
        (false, true) => found.push(Consequence::SendingStarts),
        _ => {}
    }
    match (was.receives(), is.receives()) {
        (true, false) => found.push(Consequence::ReceivingStops { aliases }),
        (false, true) => found.push(Consequence::ReceivingStarts),
        _ => {}
    }
    if is.receives() {
        match (before.catch_all_enabled, after.catch_all_enabled) {
            (false, true) => found.push(Consequence::CatchAllStarts),
            (true, false) => found.push(Consequence::CatchAllStops { aliases }),
            _ => {}
        }
    }
    let (needed, needs) = (before.required(), after.required());
    let new = needs.iter().filter(|purpose| !needed.contains(purpose));
    let unseen = new.filter(|purpose| !after.has_verified(**purpose));
    found.extend(unseen.map(|purpose| Consequence::RecordNeeded(*purpose)));
    let gone = needed.iter().filter(|purpose| !needs.contains(purpose));
    found.extend(gone.map(|purpose| Consequence::RecordNotNeeded(*purpose)));
    match (before.verified, after.verified) {
        (true, false) => found.push(Consequence::VerificationEnds),
        (false, true) => found.push(Consequence::VerificationHolds),
        _ => {}
    }
    let enforces = |domain: &Domain| domain.mta_sts.mode.as_str() == "enforce";
    if enforces(after) && !enforces(before) {
        found.push(Consequence::TlsEnforced);
    }
    found
}
