//! One alias.

use postscale_access::{Caller, Gate, action};
use postscale_model::AliasId;

use super::{AliasWithTargets, with_targets};
use crate::{App, Result};

/// An alias and what the caller may do to it, for showing or hiding controls.
#[derive(Debug)]
pub struct AliasView {
    /// The alias.
    pub alias: AliasWithTargets,
    /// It may be changed and deleted.
    pub may_write: bool,
}

/// One alias.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn get(app: &App, caller: &Caller, id: Option<AliasId>) -> Result<AliasView> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let alias = gate
        .object::<postscale_model::Alias, _>(action::ALIAS_READ, id)
        .await?;
    let may_write = gate.also(action::ALIAS_UPDATE, &alias);
    let alias = with_targets(&mut tx, alias.into_inner()).await?;
    Ok(AliasView { alias, may_write })
}
