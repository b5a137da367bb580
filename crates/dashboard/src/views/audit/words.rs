//! What the log's actions are called, and how they read in a sentence: `Ann` _added_ `a.example`.

use postscale_model::AuditAction;

/// What somebody did, to be followed by what it was done to.
#[must_use]
pub fn phrase(action: AuditAction) -> &'static str {
    people(action)
        .or_else(|| things(action))
        .unwrap_or_else(|| organization(action))
}

/// To people, and by them to themselves.
const fn people(action: AuditAction) -> Option<&'static str> {
    use AuditAction as A;
    Some(match action {
        A::AuthLoginOk => "signed in",
        A::AuthLoginFail => "could not sign in: the password was wrong",
        A::AuthLoginMfaFail => "could not sign in: the second factor was wrong",
        A::AuthLoginLocked => "was kept from signing in for a while",
        A::AuthLogout => "signed out",
        A::AuthPasswordChanged => "changed the password",
        A::AuthPasswordResetRequested => "asked for a new password",
        A::AuthPasswordReset => "set a new password by e-mail",
        A::AuthMfaEnrolled => "set up a second factor",
        A::AuthMfaRemoved => "removed the second factor",
        A::AuthMfaReset => "reset the second factor of",
        A::AuthMfaRecoveryUsed => "signed in with a recovery code",
        A::AuthEmailChanged => "changed the e-mail address of",
        A::SessionRevoked => "ended sessions of",
        A::UserRoleChanged => "changed the role of",
        A::UserDeactivated => "deactivated",
        A::UserReactivated => "reactivated",
        A::UserDeleted => "deleted",
        A::UserLeft => "left the organization:",
        A::OwnershipTransferred => "transferred the ownership to",
        A::InvitationCreated => "invited",
        A::InvitationResent => "sent an invitation again to",
        A::InvitationAccepted => "accepted the invitation of",
        A::InvitationVerified => "joined by the invitation of",
        A::InvitationRevoked => "revoked the invitation of",
        A::InvitationExpired => "let the invitation expire of",
        A::InvitationSuperseded => "replaced the invitation of",
        A::InvitationWrongAccount => "tried, with another account, the invitation of",
        A::GrantChanged => "changed the domain access of",
        A::AccessReviewed => "reviewed and kept the access of",
        A::KeyCreated => "created the API key",
        A::KeyUpdated => "changed the API key",
        A::KeyNarrowed => "narrowed the API key",
        A::KeyRotated => "rotated the secret of the API key",
        A::KeyRevoked => "revoked the API key",
        A::KeyExpired => "ended the API key, whose time was over:",
        A::KeyDenied => "was turned away with the API key",
        A::AccessDenied => "was refused",
        _ => return None,
    })
}

/// To domains and what hangs on them.
const fn things(action: AuditAction) -> Option<&'static str> {
    use AuditAction as A;
    Some(match action {
        A::DomainCreated => "added the domain",
        A::DomainVerified => "found every record of",
        A::DomainVerificationLost => "no longer found the records of",
        A::DomainSettingsChanged => "changed the settings of",
        A::DomainDeleted => "deleted the domain",
        A::GuestLinkCreated => "made a link to the DNS records for",
        A::GuestLinkOpened => "looked at the DNS records by the link for",
        A::GuestLinkRevoked => "revoked the link to the DNS records for",
        A::DkimGenerated => "generated the DKIM key",
        A::DkimRotated => "rotated the DKIM key",
        A::DkimDeactivated => "deactivated the DKIM key",
        A::DkimVerified => "found the record of the DKIM key",
        A::DkimDeleted => "deleted the DKIM key",
        A::AliasCreated => "created the alias",
        A::AliasUpdated => "changed the alias",
        A::AliasDeleted => "deleted the alias",
        A::RuleCreated => "created the inbound rule",
        A::RuleUpdated => "changed the inbound rule",
        A::RuleDeleted => "deleted the inbound rule",
        A::DmarcReportUploaded => "uploaded the report",
        A::DmarcReportDeleted => "deleted the DMARC report",
        A::WarmingStarted => "started warming",
        A::WarmingPaused => "paused warming of",
        A::WarmingResumed => "resumed warming of",
        A::WarmingUpdated => "changed warming of",
        A::WebhookCreated => "created the webhook",
        A::WebhookUpdated => "changed the webhook",
        A::WebhookDeleted => "deleted the webhook",
        A::WebhookSecretRotated => "rotated the secret of the webhook",
        A::WebhookSuspended => "suspended the webhook",
        A::WebhookAdopted => "took over the webhook",
        A::WebhookReplayed => "repeated a delivery to the webhook",
        A::SuppressionCreated => "suppressed",
        A::SuppressionDeleted => "no longer suppresses",
        A::SuppressionImported => "imported suppressions",
        A::TemplateCreated => "created the template",
        A::TemplateUpdated => "changed the template",
        A::TemplateDeleted => "deleted the template",
        A::MessageContentViewed => "read the message",
        A::InboundContentViewed => "read the received message to",
        A::MessageHeld => "held mail of",
        A::MessageCancelled => "cancelled waiting mail of",
        A::InboundReplayed => "processed again the received message to",
        A::InboundDeleted => "deleted the received message to",
        _ => return None,
    })
}

/// To the organization or the instance.
const fn organization(action: AuditAction) -> &'static str {
    use AuditAction as A;
    match action {
        A::ExportCreated => "exported",
        A::ExportDownloaded => "downloaded the export",
        A::QueuePaused => "paused the queue of",
        A::QueueResumed => "resumed the queue of",
        A::QueueFlushed => "flushed the queue of",
        A::SettingsChanged => "changed the settings of",
        A::BillingChanged => "changed the billing of",
        A::OrgCreated => "created the organization",
        A::OrgDeleted => "deleted the organization",
        A::CliOwnerReset => "let in again",
        A::CliTrustDecided => "decided the review of",
        A::CliAuditVerified => "verified the audit log of",
        A::CliBackup => "made a backup of",
        A::CliMasterKeyRotated => "rotated the master key",
        _ => "did something to",
    }
}

/// The areas of the log and their names, as offered to choose from.
pub const AREAS: [(&str, &str); 27] = [
    ("", "Everything"),
    ("auth.*", "Signing in"),
    ("session.*", "Sessions"),
    ("user.*", "Users"),
    ("ownership.*", "Ownership"),
    ("invitation.*", "Invitations"),
    ("grant.*", "Domain access"),
    ("access.*", "Refusals and reviews"),
    ("key.*", "API keys"),
    ("domain.*", "Domains"),
    ("guest_link.*", "Guest links"),
    ("dkim.*", "DKIM keys"),
    ("alias.*", "Aliases"),
    ("rule.*", "Inbound rules"),
    ("warming.*", "Warming"),
    ("dmarc.*", "DMARC reports"),
    ("webhook.*", "Webhooks"),
    ("suppression.*", "Suppressions"),
    ("template.*", "Templates"),
    ("message.*", "Sent mail"),
    ("inbound.*", "Received mail"),
    ("queue.*", "Queue"),
    ("export.*", "Exports"),
    ("settings.*", "Settings"),
    ("billing.*", "Billing"),
    ("org.*", "Organization"),
    ("cli.*", "The operator"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use postscale_model::{AuditActions, Word as _};

    use super::*;

    #[test]
    fn every_action_has_words_of_its_own() {
        for action in AuditAction::ALL {
            assert_ne!(phrase(*action), "did something to", "{action}");
            let kinds = [people(*action).is_some(), things(*action).is_some()];
            assert_ne!(kinds, [true, true], "{action} is told twice");
        }
    }

    #[test]
    fn every_area_can_be_chosen() {
        let offered: BTreeSet<&str> = AREAS.iter().map(|(value, _)| *value).collect();
        for action in AuditAction::ALL {
            let area = AuditActions::Area(action.area()).to_string();
            assert!(offered.contains(&*area), "{area}");
        }
        let areas: BTreeSet<_> = AuditAction::ALL.iter().map(|a| a.area()).collect();
        assert_eq!(AREAS.len(), areas.len() + 1, "and everything");
    }
}
