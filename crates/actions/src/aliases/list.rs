//! The aliases a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_store::alias;

use super::{AliasFilter, AliasWithTargets, all_with_targets};
use crate::{App, Listed, Page, Result};

/// The aliases the caller may see, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(AliasFilter, Page)>,
) -> Result<(Page, Listed<AliasWithTargets>)> {
    let mut tx = app.store.read().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::ALIAS_LIST_ALL)?;
    let (filter, page) = input.after(&scope)?;
    let now = caller.received_at();
    let Listed { rows, total } = alias::list(&mut tx, &scope, &filter, page, now).await?;
    let rows = all_with_targets(&mut tx, rows).await?;
    Ok((page, Listed { rows, total }))
}
