//! How the log names things, and which of their members it tells: none that is a secret, and none
//! of what messages say.

use serde_json::{Value, json};

use super::{AuditAction, AuditEvent, AuditTarget, differing};
use crate::{
    Alias, ApiKey, Attachment, DkimKey, DmarcReport, Domain, DomainName, Email, InboundEmail,
    InboundRule, Organization, Timestamp, User, Webhook, Word as _,
};

/// A thing the log can tell of.
pub trait Audited {
    /// How the log names it.
    fn audit_target(&self) -> AuditTarget;

    /// What people chose of it, as the log shows it; never a secret. Null for what nobody changes.
    fn audit_members(&self) -> Value {
        Value::Null
    }
}

impl Audited for Organization {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("organization", self.id, &self.name)
    }
    fn audit_members(&self) -> Value {
        json!({"name": self.name, "plan": self.plan})
    }
}

impl Audited for User {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("user", self.id, &self.email)
    }
    fn audit_members(&self) -> Value {
        json!({"role": self.role.as_str(), "status": self.status.as_str()})
    }
}

impl Audited for ApiKey {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("api_key", self.id, &self.name)
    }
    fn audit_members(&self) -> Value {
        json!({
            "name": self.name,
            "environment": self.environment.as_str(),
            "capability": self.capability.as_str(),
            "scope": self.scope.as_str(),
            "expires_at": self.expires_at.map(Timestamp::to_rfc3339),
        })
    }
}

impl Audited for Domain {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("domain", self.id, &self.name)
    }
    fn audit_members(&self) -> Value {
        json!({
            "type": self.domain_type.as_str(),
            "active": self.active,
            "catch_all_enabled": self.catch_all_enabled,
            "open_tracking": self.open_tracking,
            "click_tracking": self.click_tracking,
            "dkim_rotation_days": self.dkim_rotation_days,
            "mta_sts_mode": self.mta_sts.mode.as_str(),
            "mta_sts_max_age": self.mta_sts.max_age_seconds,
        })
    }
}

impl Domain {
    /// What the log says when somebody else proved control of the name of `before`, which was verified
    /// until then.
    #[must_use]
    pub fn audit_taken_over(&self, before: &Self) -> Option<AuditEvent> {
        let mut event = self.audit_verification(before)?;
        event.after["taken_over"] = json!(true);
        Some(event)
    }

    /// What the log says when look-ups made `before` into this: nothing unless the domain became
    /// verified, or is no longer.
    #[must_use]
    pub fn audit_verification(&self, before: &Self) -> Option<AuditEvent> {
        let action = match (before.verified, self.verified) {
            (false, true) => AuditAction::DomainVerified,
            (true, false) => AuditAction::DomainVerificationLost,
            (true, true) | (false, false) => return None,
        };
        let flags = |domain: &Self| {
            json!({
                "ownership_verified": domain.ownership_verified,
                "mx_verified": domain.mx_verified,
                "spf_verified": domain.spf_verified,
                "dkim_verified": domain.dkim_verified,
                "dmarc_verified": domain.dmarc_verified,
                "return_path_verified": domain.return_path_verified,
            })
        };
        let (before, after) = differing(flags(before), flags(self));
        Some(AuditEvent::of(action, self).change(before, after))
    }
}

impl DkimKey {
    /// How the log names it: by its record in the domain.
    #[must_use]
    pub fn audit_target(&self, domain: &DomainName) -> AuditTarget {
        let record = format!("{}._domainkey.{domain}", self.selector);
        AuditTarget::new("dkim_key", self.id, record)
    }
}

impl Audited for Alias {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new(
            "alias",
            self.id,
            format!("{}@{}", self.local_part, self.domain),
        )
    }
    fn audit_members(&self) -> Value {
        let targets: Vec<String> = self.forward_to.iter().map(ToString::to_string).collect();
        json!({
            "address": format!("{}@{}", self.local_part, self.domain),
            "action": self.action.as_str(),
            "forward_to": targets,
            "webhook_id": self.webhook_id.map(|id| id.to_string()),
            "description": self.description,
            "is_masked": self.is_masked,
            "active": self.active,
            "expires_at": self.expires_at.map(Timestamp::to_rfc3339),
        })
    }
}

impl Audited for InboundRule {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("rule", self.id, &self.name)
    }
    fn audit_members(&self) -> Value {
        let targets = self.action.forward_to().iter();
        json!({
            "name": self.name,
            "alias_id": self.alias_id.map(|id| id.to_string()),
            "conditions": self.conditions,
            "match": self.match_mode.as_str(),
            "action": self.action.kind().as_str(),
            "text": self.action.reject_text(),
            "forward_to": targets.map(ToString::to_string).collect::<Vec<_>>(),
            "webhook_id": self.action.webhook_id().map(|id| id.to_string()),
            "tags": self.action.tags(),
            "priority": self.priority,
            "enabled": self.enabled,
        })
    }
}

impl Audited for DmarcReport {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new(
            "dmarc_report",
            self.id,
            format!("{} {}", self.org_name, self.report_id),
        )
    }
    fn audit_members(&self) -> Value {
        json!({
            "org_name": self.org_name,
            "report_id": self.report_id,
            "begin": self.begin_at.to_rfc3339(),
            "end": self.end_at.to_rfc3339(),
            "messages": self.totals.total,
        })
    }
}

/// Where a webhook goes, without what may be a secret of the endpoint.
fn without_query(url: &str) -> String {
    match url.split_once('?') {
        Some((before, _)) => format!("{before}?…"),
        None => url.to_owned(),
    }
}

impl Audited for Webhook {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("webhook", self.id, without_query(&self.url))
    }
    fn audit_members(&self) -> Value {
        let events: Vec<&str> = self.events.iter().map(|event| event.as_str()).collect();
        let domains: Vec<String> = self.domain_ids.iter().map(ToString::to_string).collect();
        json!({
            "url": without_query(&self.url),
            "events": events,
            "match": self.recipient_match,
            "description": self.description,
            "scope": self.scope.as_str(),
            "domain_ids": domains,
        })
    }
}

impl Audited for Email {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("email", self.id, &self.message_id)
    }
}

impl Audited for InboundEmail {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("inbound_email", self.id, &self.envelope_recipient)
    }
}

impl Audited for Attachment {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("attachment", self.id, &self.filename)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_endpoint_may_keep_secret_is_left_out() {
        for (url, want) in [
            (
                "https://a.example/hook?token=s3cret",
                "https://a.example/hook?…",
            ),
            ("https://a.example/hook", "https://a.example/hook"),
        ] {
            assert_eq!(without_query(url), want);
        }
    }
}
