//! The handlers: one module per noun of the dashboard's addresses. Each asks the use case the API
//! asks, with the actions its route declares, and turns the answer into a view.

mod account;
mod aliases;
mod api_keys;
mod api_reference;
mod assets;
mod audit;
mod billing;
mod caught_mail;
mod domains;
mod emails;
mod forward_targets;
mod founding;
mod guest;
mod inbound;
mod invitations;
mod mta_sts;
mod onboarding;
mod password_reset;
mod reauthenticate;
mod review;
mod session;
mod settings;
mod sign_in;
mod stats;
mod team;
mod webhooks;

pub use api_reference::ApiReference;
pub use caught_mail::{CaughtMail, CaughtMailSource, caught_mail_routes};

use postscale_access::{Action, action};
use postscale_actions::{CursorPage, Page};
use postscale_model::{DomainName, Invalid, Word};
use postscale_web::{Query, Routes, Surface, Web};

use crate::ui::{CursorPager, PartNames, Slice, address};

/// Every route of the dashboard.
#[must_use]
pub fn routes() -> Routes<Web> {
    Routes::new(Surface::Dashboard)
        .merge(assets::routes())
        .merge(session::routes())
        .merge(sign_in::routes())
        .merge(password_reset::routes())
        .merge(reauthenticate::routes())
        .merge(founding::routes())
        .merge(onboarding::routes())
        .merge(domains::routes())
        .merge(emails::routes())
        .merge(inbound::routes())
        .merge(stats::routes())
        .merge(aliases::routes())
        .merge(webhooks::routes())
        .merge(api_keys::routes())
        .merge(audit::routes())
        .merge(account::routes())
        .merge(team::routes())
        .merge(settings::routes())
        .merge(billing::routes())
        .merge(review::routes())
        .merge(guest::routes())
        .merge(mta_sts::routes())
        .merge(invitations::routes())
        .merge(forward_targets::routes())
        .merge(api_reference::routes())
}

/// The actions of a page of a signed-in person: its own, the first of which names it, and what
/// surrounds it.
fn in_shell(own: &[Action]) -> Vec<Action> {
    let mut actions = own.to_vec();
    actions.push(action::SELF_READ.into());
    actions
}

/// Which part of a list a page shows.
fn slice(page: Page, shown: usize) -> Slice {
    Slice {
        offset: page.offset,
        limit: page.limit.into(),
        shown: u64::try_from(shown).unwrap_or(u64::MAX),
    }
}

/// The steps through a list at `path` with the filters `pairs`, of which `found` is shown.
fn steps<T>(
    (path, pairs): (&str, &[(&str, &str)]),
    query: &Query,
    found: &CursorPage<T>,
    counted: String,
) -> Result<CursorPager, Invalid> {
    let goes_on = query.cursor()?.is_some() || found.page.offset > 0;
    let with = |cursor: &str| address(path, &[pairs, &[("cursor", cursor)]].concat());
    Ok(CursorPager {
        counted,
        first: goes_on.then(|| address(path, pairs)),
        next: found.next_cursor.as_deref().map(with),
        names: PartNames::NewestAndOlder,
    })
}

/// A number of octets as people read it.
fn size(octets: i64) -> String {
    match octets {
        1 => "1 byte".to_owned(),
        ..1024 => format!("{octets} bytes"),
        1024..1_048_576 => format!("{} KiB", (octets + 512) / 1024),
        _ => format!(
            "{}.{} MiB",
            octets / 1_048_576,
            octets % 1_048_576 * 10 / 1_048_576
        ),
    }
}

/// A value a client must have chosen among those a form offers.
fn chosen<T: Word>(field: &str, text: &str) -> Result<T, Invalid> {
    T::parse(text).map_err(|_| Invalid::field(field, "must be chosen"))
}

/// A foreign name without the characters that turn the direction of text around, so that
/// `invoice_exe.pdf` is what it says.
fn shown_name(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.chars()
        .filter(|c| !c.is_control() && !turns(*c))
        .collect()
}

/// A domain's name with U-labels.
pub(crate) fn unicode(name: &str) -> String {
    name.parse::<DomainName>()
        .map_or_else(|_| name.to_owned(), |name| name.to_unicode())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (octets, want) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1536, "2 KiB"),
            (3_500_000, "3.3 MiB"),
        ] {
            assert_eq!(size(octets), want);
        }
    }

    #[test]
    fn a_name_cannot_turn_itself_around() {
        assert_eq!(shown_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(shown_name("مرحبا\n.pdf"), "مرحبا.pdf");
    }
}
