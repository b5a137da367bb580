//! Many aliases are made by one call.

use postscale_access::{Caller, Gate, Late, action};

use super::{AliasWithTargets, NewAlias, create};
use crate::{App, Error, Result};

/// Aliases of one call at most.
pub const BULK_MAX: usize = 100;

/// Makes aliases one by one and says of each what came of it: what is wrong with one stops no other,
/// and each is made whole or not at all.
///
/// # Errors
/// [`Error::Denied`] for a domain of any of them, before one is made; [`Error::Invalid`] when a domain
/// is not named in a way that can be read.
pub async fn create_many(
    app: &App,
    caller: &Caller,
    input: Late<Vec<Late<NewAlias>>>,
) -> Result<Vec<Result<AliasWithTargets>>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let named = gate.named(&input, |rows| {
        let domain = |row| gate.named(row, |new: &NewAlias| new.domain.clone());
        rows.iter().map(domain).collect::<Vec<_>>()
    })??;
    let mut last = None;
    for domain in named {
        last = Some(gate.domain(action::ALIAS_CREATE, &domain??).await?);
    }
    let last = last.ok_or_else(|| Error::Broken("no aliases were named".into()))?;
    let rows = input.after(&last)?;
    drop(tx);
    let mut made = Vec::with_capacity(rows.len());
    for row in rows {
        match create(app, caller, row).await {
            Err(Error::Store(error)) if error.is_dangling() => made.push(Err(error.into())),
            Err(error @ (Error::Store(_) | Error::Broken(_))) => return Err(error),
            done => made.push(done),
        }
    }
    Ok(made)
}
