//! The audit log: what happened, to what, by whom.

mod actions;
mod audited;

pub use actions::AuditActions;
pub use audited::Audited;

use serde_json::{Map, Value};

use crate::word::words;
use crate::{AuditEntryId, OrganizationId, Timestamp};

words! {
    /// What the log can say. Each is written in the transaction of the change it tells of.
    pub enum AuditAction {
        /// `auth.login.ok`
        AuthLoginOk = "auth.login.ok",
        /// `auth.login.fail`
        AuthLoginFail = "auth.login.fail",
        /// `auth.login.mfa_fail`
        AuthLoginMfaFail = "auth.login.mfa_fail",
        /// `auth.login.locked`
        AuthLoginLocked = "auth.login.locked",
        /// `auth.logout`
        AuthLogout = "auth.logout",
        /// `auth.password.changed`
        AuthPasswordChanged = "auth.password.changed",
        /// `auth.password.reset_requested`
        AuthPasswordResetRequested = "auth.password.reset_requested",
        /// `auth.password.reset`
        AuthPasswordReset = "auth.password.reset",
        /// `auth.mfa.enrolled`
        AuthMfaEnrolled = "auth.mfa.enrolled",
        /// `auth.mfa.removed`
        AuthMfaRemoved = "auth.mfa.removed",
        /// `auth.mfa.reset`
        AuthMfaReset = "auth.mfa.reset",
        /// `auth.mfa.recovery_used`
        AuthMfaRecoveryUsed = "auth.mfa.recovery_used",
        /// `auth.email.changed`
        AuthEmailChanged = "auth.email.changed",
        /// `session.revoked`
        SessionRevoked = "session.revoked",
        /// `user.role_changed`
        UserRoleChanged = "user.role_changed",
        /// `user.deactivated`
        UserDeactivated = "user.deactivated",
        /// `user.reactivated`
        UserReactivated = "user.reactivated",
        /// `user.deleted`
        UserDeleted = "user.deleted",
        /// `user.left`
        UserLeft = "user.left",
        /// `ownership.transferred`
        OwnershipTransferred = "ownership.transferred",
        /// `invitation.created`
        InvitationCreated = "invitation.created",
        /// `invitation.resent`
        InvitationResent = "invitation.resent",
        /// `invitation.accepted`
        InvitationAccepted = "invitation.accepted",
        /// `invitation.verified`
        InvitationVerified = "invitation.verified",
        /// `invitation.revoked`
        InvitationRevoked = "invitation.revoked",
        /// `invitation.expired`
        InvitationExpired = "invitation.expired",
        /// `invitation.superseded`
        InvitationSuperseded = "invitation.superseded",
        /// `invitation.wrong_account`
        InvitationWrongAccount = "invitation.wrong_account",
        /// `grant.changed`
        GrantChanged = "grant.changed",
        /// `access.reviewed`
        AccessReviewed = "access.reviewed",
        /// `guest_link.created`
        GuestLinkCreated = "guest_link.created",
        /// `guest_link.opened`
        GuestLinkOpened = "guest_link.opened",
        /// `guest_link.revoked`
        GuestLinkRevoked = "guest_link.revoked",
        /// `key.created`
        KeyCreated = "key.created",
        /// `key.updated`
        KeyUpdated = "key.updated",
        /// `key.narrowed`
        KeyNarrowed = "key.narrowed",
        /// `key.rotated`
        KeyRotated = "key.rotated",
        /// `key.revoked`
        KeyRevoked = "key.revoked",
        /// `key.expired`
        KeyExpired = "key.expired",
        /// `key.denied`
        KeyDenied = "key.denied",
        /// `domain.created`
        DomainCreated = "domain.created",
        /// `domain.verified`
        DomainVerified = "domain.verified",
        /// `domain.verification_lost`
        DomainVerificationLost = "domain.verification_lost",
        /// `domain.settings_changed`
        DomainSettingsChanged = "domain.settings_changed",
        /// `domain.deleted`
        DomainDeleted = "domain.deleted",
        /// `dkim.generated`
        DkimGenerated = "dkim.generated",
        /// `dkim.rotated`
        DkimRotated = "dkim.rotated",
        /// `dkim.deactivated`
        DkimDeactivated = "dkim.deactivated",
        /// `dkim.verified`
        DkimVerified = "dkim.verified",
        /// `dkim.deleted`
        DkimDeleted = "dkim.deleted",
        /// `alias.created`
        AliasCreated = "alias.created",
        /// `alias.updated`
        AliasUpdated = "alias.updated",
        /// `alias.deleted`
        AliasDeleted = "alias.deleted",
        /// `rule.created`
        RuleCreated = "rule.created",
        /// `rule.updated`
        RuleUpdated = "rule.updated",
        /// `rule.deleted`
        RuleDeleted = "rule.deleted",
        /// `dmarc.report_uploaded`
        DmarcReportUploaded = "dmarc.report_uploaded",
        /// `dmarc.report_deleted`
        DmarcReportDeleted = "dmarc.report_deleted",
        /// `warming.started`
        WarmingStarted = "warming.started",
        /// `warming.paused`
        WarmingPaused = "warming.paused",
        /// `warming.resumed`
        WarmingResumed = "warming.resumed",
        /// `warming.updated`
        WarmingUpdated = "warming.updated",
        /// `webhook.created`
        WebhookCreated = "webhook.created",
        /// `webhook.updated`
        WebhookUpdated = "webhook.updated",
        /// `webhook.deleted`
        WebhookDeleted = "webhook.deleted",
        /// `webhook.secret_rotated`
        WebhookSecretRotated = "webhook.secret_rotated",
        /// `webhook.suspended`
        WebhookSuspended = "webhook.suspended",
        /// `webhook.adopted`
        WebhookAdopted = "webhook.adopted",
        /// `webhook.replayed`
        WebhookReplayed = "webhook.replayed",
        /// `suppression.created`
        SuppressionCreated = "suppression.created",
        /// `suppression.deleted`
        SuppressionDeleted = "suppression.deleted",
        /// `suppression.imported`
        SuppressionImported = "suppression.imported",
        /// `template.created`
        TemplateCreated = "template.created",
        /// `template.updated`
        TemplateUpdated = "template.updated",
        /// `template.deleted`
        TemplateDeleted = "template.deleted",
        /// `export.created`
        ExportCreated = "export.created",
        /// `export.downloaded`
        ExportDownloaded = "export.downloaded",
        /// `message.content_viewed`
        MessageContentViewed = "message.content_viewed",
        /// `inbound.content_viewed`
        InboundContentViewed = "inbound.content_viewed",
        /// `message.held`
        MessageHeld = "message.held",
        /// `message.cancelled`
        MessageCancelled = "message.cancelled",
        /// `inbound.replayed`
        InboundReplayed = "inbound.replayed",
        /// `inbound.deleted`
        InboundDeleted = "inbound.deleted",
        /// `queue.paused`
        QueuePaused = "queue.paused",
        /// `queue.resumed`
        QueueResumed = "queue.resumed",
        /// `queue.flushed`
        QueueFlushed = "queue.flushed",
        /// `settings.changed`
        SettingsChanged = "settings.changed",
        /// `billing.changed`
        BillingChanged = "billing.changed",
        /// `org.created`
        OrgCreated = "org.created",
        /// `org.deleted`
        OrgDeleted = "org.deleted",
        /// `access.denied`
        AccessDenied = "access.denied",
        /// `cli.owner_reset`
        CliOwnerReset = "cli.owner_reset",
        /// `cli.trust_decided`
        CliTrustDecided = "cli.trust_decided",
        /// `cli.audit_verified`
        CliAuditVerified = "cli.audit_verified",
        /// `cli.backup`
        CliBackup = "cli.backup",
        /// `cli.master_key_rotated`
        CliMasterKeyRotated = "cli.master_key_rotated",
    }
}

words! {
    /// What kind of thing acted.
    pub enum AuditActorKind {
        /// A person at a browser.
        User = "user",
        /// A program with a key.
        Key = "key",
        /// Somebody with a shell on the host.
        Cli = "cli",
        /// The product by itself.
        System = "system",
        /// Nobody known.
        Anonymous = "anonymous",
    }
}

words! {
    /// How it ended.
    pub enum AuditOutcome {
        /// It was done.
        Ok = "ok",
        /// The access rules refused it.
        Denied = "denied",
        /// It was tried and did not work, as a wrong password.
        Failed = "failed",
    }
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditTarget {
    /// Its noun, as `domain`; empty for nothing in particular.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// How people know it: a name, an address. Stays readable when the thing is gone.
    pub label: String,
}

impl AuditTarget {
    /// A thing of that kind.
    pub fn new(kind: &'static str, id: impl ToString, label: impl ToString) -> Self {
        Self {
            kind,
            id: id.to_string(),
            label: label.to_string(),
        }
    }
}

/// One thing that happened, on its way into the log. Who did it is known to the transaction.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// What.
    pub action: AuditAction,
    /// To what.
    pub target: AuditTarget,
    /// The changed members as they were; never a secret.
    pub before: Value,
    /// The changed members as they are now; never a secret.
    pub after: Value,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// How often; denials are collapsed.
    pub occurrences: u32,
}

impl AuditEvent {
    /// Something done to `target`.
    #[must_use]
    pub fn new(action: AuditAction, target: AuditTarget) -> Self {
        Self {
            action,
            target,
            before: Value::Null,
            after: Value::Null,
            outcome: AuditOutcome::Ok,
            occurrences: 1,
        }
    }
    /// With what changed. Secrets must be left out by the caller.
    #[must_use]
    pub fn change(mut self, before: Value, after: Value) -> Self {
        (self.before, self.after) = (before, after);
        self
    }
    /// With what it is now: for things made.
    #[must_use]
    pub fn made(self, after: Value) -> Self {
        self.change(Value::Null, after)
    }
    /// Something done to `thing`.
    #[must_use]
    pub fn of(action: AuditAction, thing: &impl Audited) -> Self {
        Self::new(action, thing.audit_target())
    }
    /// `thing` was made.
    #[must_use]
    pub fn made_of(action: AuditAction, thing: &impl Audited) -> Self {
        Self::of(action, thing).made(thing.audit_members())
    }
    /// `before` became `after`: with the members that differ, if any.
    #[must_use]
    pub fn updated<T: Audited>(action: AuditAction, before: &T, after: &T) -> Self {
        let (before, changed) = differing(before.audit_members(), after.audit_members());
        Self::of(action, after).change(before, changed)
    }
    /// With another outcome than done.
    #[must_use]
    pub fn ended(mut self, outcome: AuditOutcome) -> Self {
        self.outcome = outcome;
        self
    }
}

/// The members of two objects that differ; null when none does.
fn differing(before: Value, after: Value) -> (Value, Value) {
    let (Value::Object(mut before), Value::Object(mut after)) = (before, after) else {
        return (Value::Null, Value::Null);
    };
    let same: Vec<String> = before
        .iter()
        .filter(|(name, value)| after.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    let or_null = |object: Map<String, Value>| match object.is_empty() {
        true => Value::Null,
        false => Value::Object(object),
    };
    (or_null(before), or_null(after))
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Random.
    pub id: AuditEntryId,
    /// Whose log.
    pub organization_id: OrganizationId,
    /// Position in the organization's chain, from 1, without gaps.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// What kind of thing acted.
    pub actor_kind: AuditActorKind,
    /// The user or key that acted; empty otherwise.
    pub actor_id: String,
    /// How people know the actor.
    pub actor_label: String,
    /// The session or key used; empty otherwise.
    pub via: String,
    /// The client's address; empty when there was none.
    pub ip: String,
    /// The request's id; empty when there was none.
    pub request_id: String,
    /// What.
    pub action: AuditAction,
    /// To what kind of thing.
    pub target_kind: String,
    /// To which.
    pub target_id: String,
    /// How people know it.
    pub target_label: String,
    /// The changed members as they were: JSON text.
    pub before: String,
    /// The changed members as they are now: JSON text.
    pub after: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// How often.
    pub occurrences: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        for (before, after, want) in [
            (
                json!({"a": 1, "b": 2}),
                json!({"a": 1, "b": 3}),
                (json!({"b": 2}), json!({"b": 3})),
            ),
            (json!({"a": 1}), json!({"a": 1}), (Value::Null, Value::Null)),
            (json!({}), json!({"a": 1}), (Value::Null, json!({"a": 1}))),
            (Value::Null, Value::Null, (Value::Null, Value::Null)),
        ] {
            assert_eq!(differing(before, after), want);
        }
    }
}
