//! Who sends in a domain's name, by what is reported.

use postscale_access::{Caller, DomainRef, Gate, Granted, Late, action};
use postscale_mail::reports::senders::sender_of;
use postscale_model::Domain;
use postscale_store::{
    Tx,
    dmarc_report::{self, SourceFigures},
};

use super::Days;
use crate::{App, Listed, Page, Result};

/// A source and whose it is.
#[derive(Debug, Clone)]
pub struct Source {
    /// What is reported of it.
    pub figures: SourceFigures,
    /// The service its host belongs to.
    pub sender: Option<&'static str>,
}

/// A page of sources.
#[derive(Debug)]
pub struct SourceList {
    /// Which part it is.
    pub page: Page,
    /// Those with most messages first, and how many there are.
    pub listed: Listed<Source>,
}

/// The sources reports about a domain name.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`](postscale_model::Invalid).
pub async fn sources(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    input: Late<(Days, Page)>,
) -> Result<SourceList> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_LIST, domain).await?;
    let (days, page) = input.after(&domain)?;
    let listed = of(app, &mut tx, &domain, (days, page)).await?;
    Ok(SourceList { page, listed })
}

pub(super) async fn of<C>(
    app: &App,
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (days, page): (Days, Page),
) -> Result<Listed<Source>> {
    let window = days.window(app.sources.now());
    let found = dmarc_report::sources(tx, domain, window, page).await?;
    let whose = |figures: SourceFigures| Source {
        sender: figures.host_name.as_deref().and_then(sender_of),
        figures,
    };
    Ok(Listed {
        rows: found.rows.into_iter().map(whose).collect(),
        total: found.total,
    })
}
