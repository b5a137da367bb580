//! The organization's turn: who changes memberships, or makes what ends with one, comes one after
//! the other.
//!
//! PostgreSQL lets transactions run side by side, each with what was committed before its statement.
//! Somebody's off-boarding would pass over the key that they are making, and two who narrow a key
//! would each be right about the key as it was. So both wait for the turn, and only then ask who they
//! are and what there is.

use postscale_access::{Actor, Caller, Gate};
use postscale_store::{Tx, organization};

use crate::Result;

/// The gate, opened in the turn of the caller's organization, which ends with the transaction.
/// Whoever is nobody has no turn to wait for.
pub(crate) async fn open<'t>(tx: &'t mut Tx, caller: &'t Caller) -> Result<Gate<'t, Tx>> {
    let seen = Gate::open(tx, caller)
        .await?
        .actor()
        .map(Actor::organization);
    if let Some(organization) = seen {
        organization::take_turn(tx, organization).await?;
    }
    Ok(Gate::open(tx, caller).await?)
}
