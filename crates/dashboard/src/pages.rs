//! The handlers: one module per noun of the dashboard's addresses. Each asks the use case the API
//! asks, with the actions its route declares, and turns the answer into a view.

mod account;
mod api_keys;
mod assets;
mod domains;
mod emails;
mod session;

use postscale_access::{Action, action};
use postscale_actions::Page;
use postscale_web::{Routes, Surface, Web};

use crate::ui::Slice;

/// Every route of the dashboard.
#[must_use]
pub fn routes() -> Routes<Web> {
    Routes::new(Surface::Dashboard)
        .merge(assets::routes())
        .merge(session::routes())
        .merge(domains::routes())
        .merge(emails::routes())
        .merge(api_keys::routes())
        .merge(account::routes())
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

/// A number of octets as people read it.
fn size(octets: i64) -> String {
    match octets {
        ..1024 => format!("{octets} bytes"),
        1024..1_048_576 => format!("{} KiB", (octets + 512) / 1024),
        _ => format!(
            "{}.{} MiB",
            octets / 1_048_576,
            octets % 1_048_576 * 10 / 1_048_576
        ),
    }
}
