//! The rules of a domain.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_model::Domain;
use postscale_store::rule;

use super::{RuleView, views};
use crate::{App, Result};

/// The rules of a domain and what the caller may do, for showing or hiding controls.
#[derive(Debug)]
pub struct RuleList {
    /// The domain.
    pub domain: Domain,
    /// Its rules in the order they are asked: those of aliases, alias by alias, then the domain's.
    pub rules: Vec<RuleView>,
    /// They may be changed.
    pub may_write: bool,
}

/// The rules of a domain, in the order they are asked.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(app: &App, caller: &Caller, domain: &DomainRef) -> Result<RuleList> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::RULE_LIST, domain).await?;
    let may_write = gate.also(action::RULE_CREATE, &domain);
    let rules = rule::list(&mut tx, &domain).await?;
    let rules = views(&mut tx, &domain, rules).await?;
    Ok(RuleList {
        domain: domain.into_inner(),
        rules,
        may_write,
    })
}
