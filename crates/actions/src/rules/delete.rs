//! A rule is deleted.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_model::{AuditAction, AuditEvent, Audited as _, RuleId};
use postscale_store::rule;

use crate::{App, Result, Rule, audit};

/// Deletes a rule of a domain. Mail it decided about stays as it is.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Rule::NoSuchObject`].
pub async fn delete(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    id: Option<RuleId>,
) -> Result<()> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::RULE_DELETE, domain)
        .await?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    let rule = rule::find(&mut tx, &domain, id).await?;
    let rule = rule.ok_or(Rule::NoSuchObject)?;
    rule::delete(&mut tx, &domain, rule.id).await?;
    // What it did is worth knowing when nobody can look at it any more.
    let event = AuditEvent::of(AuditAction::RuleDeleted, &rule)
        .change(rule.audit_members(), serde_json::Value::Null);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    Ok(tx.commit().await?)
}
