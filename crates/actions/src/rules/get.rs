//! One rule, and the forms about rules.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_model::{Domain, RuleId};
use postscale_store::rule;

use super::{RuleView, view};
use crate::{App, Result, Rule};

/// A rule and what the caller may do to it, for showing or hiding controls.
#[derive(Debug)]
pub struct RulePage {
    /// Its domain.
    pub domain: Domain,
    /// The rule.
    pub rule: RuleView,
    /// It may be changed and deleted.
    pub may_write: bool,
}

/// One rule of a domain.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Rule::NoSuchObject`].
pub async fn get(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    id: Option<RuleId>,
) -> Result<RulePage> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::RULE_READ, domain).await?;
    let may_write = gate.also(action::RULE_UPDATE, &domain);
    let id = id.ok_or(Rule::NoSuchObject)?;
    let rule = rule::find(&mut tx, &domain, id).await?;
    let rule = view(&mut tx, &domain, rule.ok_or(Rule::NoSuchObject)?).await?;
    Ok(RulePage {
        domain: domain.into_inner(),
        rule,
        may_write,
    })
}

/// What a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormOf {
    /// A rule that is to be made.
    Creating,
    /// A rule there is.
    Changing,
    /// A message to try the rules on.
    Testing,
}

/// The domain a form is about: who may not do what it is for has no use for it.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn form(app: &App, caller: &Caller, domain: &DomainRef, of: FormOf) -> Result<Domain> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let action = match of {
        FormOf::Creating => action::RULE_CREATE,
        FormOf::Changing => action::RULE_UPDATE,
        FormOf::Testing => action::RULE_TEST,
    };
    Ok(gate.domain(action, domain).await?.into_inner())
}
