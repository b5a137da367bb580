//! Everything somebody may do by, for people to look at now and then.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{
    ApiKeyId, AuditAction, AuditEvent, AuditTarget, Audited as _, DomainId, Timestamp, UserId,
    Webhook, WebhookId,
};
use postscale_store::{
    Listed, Page,
    access_review::{self, ReviewItem, ReviewKind},
    user::Managed,
};
use serde_json::json;

use crate::{App, Error, Result, Rule, audit};

/// Grants, keys and webhooks of the organization; of one kind, or all.
///
/// # Errors
/// [`Error::Denied`] for everybody but owners and admins in person.
pub async fn review(
    app: &App,
    caller: &Caller,
    input: Late<(Option<ReviewKind>, Page)>,
) -> Result<(Page, Listed<ReviewItem>)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::ACCESS_REVIEW)?;
    let (kind, page) = input.after(&permission)?;
    let listed = access_review::list(&mut tx, &permission, kind, page).await?;
    Ok((page, listed))
}

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub enum Kept {
    /// A member's grant on a domain.
    Grant(Option<UserId>, Option<DomainId>),
    /// A key.
    ApiKey(Option<ApiKeyId>),
    /// A webhook of the whole organization.
    Webhook(Option<WebhookId>),
}

/// Notes that the caller looked at an access and decided to keep it, and says when.
///
/// # Errors
/// [`Error::Denied`]; [`Rule::NoSuchObject`] for a grant, key or webhook that is not under review.
pub async fn keep(app: &App, caller: &Caller, kept: Late<Kept>) -> Result<Timestamp> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::ACCESS_REVIEW_KEEP)?;
    let reviewer = permission.actor().map(postscale_access::Actor::user);
    let reviewer = reviewer.ok_or_else(|| Error::Broken("granted without actor".into()))?;
    let now = caller.received_at();
    let mut about = json!({});
    let (is_kept, target) = match kept.after(&permission)? {
        Kept::Grant(user, domain) => {
            let member = Managed::from(gate.user(action::USER_READ, user).await?);
            let domain = domain.ok_or(Rule::NoSuchObject)?;
            about = json!({"domain_id": domain});
            let target = AuditTarget::new("user", member.id, &member.email);
            let is_kept =
                access_review::keep_grant(&mut tx, &member, domain, reviewer, now).await?;
            (is_kept, target)
        }
        Kept::ApiKey(id) => {
            let key = gate.api_key(action::KEY_READ, id).await?;
            let is_kept = access_review::keep_key(&mut tx, &key, reviewer, now).await?;
            (is_kept, key.audit_target())
        }
        Kept::Webhook(id) => {
            let webhook = gate.object::<Webhook, _>(action::WEBHOOK_READ, id).await?;
            let is_kept = access_review::keep_webhook(&mut tx, &webhook, reviewer, now).await?;
            (is_kept, webhook.audit_target())
        }
    };
    if !is_kept {
        return Err(Rule::NoSuchObject.into());
    }
    let event = AuditEvent::new(AuditAction::AccessReviewed, target).made(about);
    audit::note(app, &mut tx, permission.organization(), event).await?;
    tx.commit().await?;
    Ok(now)
}
