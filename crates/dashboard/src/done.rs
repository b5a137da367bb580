//! What was just done, told once on the page that follows. It travels in a short-lived cookie as a
//! word of this list, so that nobody can put words of their own into a page.

mod told;

pub(crate) use told::{Told, cookie, forget, to, to_about, told};

use crate::ui::Notice;

macro_rules! done {
    ($($(#[$meta:meta])* $name:ident = $word:literal, $notice:ident, $text:literal;)+) => {
        /// Something that was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Done { $($(#[$meta])* $name,)+ }
        impl Done {
            const ALL: &[Self] = &[$(Self::$name,)+];
            const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
            fn notice(self) -> Notice {
                match self { $(Self::$name => Notice::$notice($text),)+ }
            }
        }
    };
}

done! {
    /// `POST /domains`
    DomainAdded = "domain-added", done, "The domain was added. Publish its records to verify it.";
    /// `POST /domains/{id}/verify`
    RecordsChecked = "records-checked", done, "The records were looked up.";
    /// As before, but somebody else was first.
    OwnedElsewhere = "owned-elsewhere", failed, "The ownership record is there, but another organization of this instance has verified the domain, and its own record is there too. Once that one is removed from the DNS, check again.";
    /// `POST /domains/{id}/dkim`
    KeyGenerated = "key-generated", done, "The key was generated. It signs as soon as its record is seen.";
    /// `POST /domains/{id}/dkim/{selector}/deactivate`
    KeyDeactivated = "key-deactivated", done, "The key signs no more. Leave its record in DNS for a week, for mail that is still on its way.";
    /// `POST /domains/{id}/dkim/rotate`
    RotationBegun = "rotation-begun", done, "The new key was made. Publish its record; the old key signs until it is seen.";
    /// The same, and the old key ended.
    KeyReplaced = "key-replaced", done, "The new key was made and the old one signs no more. Publish the new record; mail waits until it is seen.";
    /// `POST /domains/{id}/dkim/{selector}/verify`
    KeyRecordSeen = "key-record-seen", done, "The record is there.";
    /// The same.
    KeyRecordMissing = "key-record-missing", hint, "There is no such record yet. Changes can take some minutes to be seen.";
    /// The same.
    KeyRecordDiffers = "key-record-differs", failed, "Another value than that of the key was found. Compare it below.";
    /// The same.
    DnsInTrouble = "dns-in-trouble", hint, "DNS could not be asked just now. Nothing has changed.";
    /// `POST /domains/{id}/dkim/{selector}/delete`
    KeyDeleted = "key-deleted", done, "The key was deleted. Its selector is free again.";
    /// `POST /domains/{id}/warming/start`
    WarmingStarted = "warming-started", done, "Warming has started. The limit grows from day to day.";
    /// The same, at its end.
    WarmingEnded = "warming-ended", done, "Warming is over. There is no limit any more.";
    /// `POST /domains/{id}/warming/pause`
    WarmingPaused = "warming-paused", done, "Warming is paused. The limit stays as it is, and mail is sent as before.";
    /// `POST /domains/{id}/warming/resume`
    WarmingResumed = "warming-resumed", done, "Warming goes on.";
    /// `POST /domains/{id}/warming/shares`
    ProviderSharesSaved = "provider-shares-saved", done, "The shares were saved.";
    /// `POST /domains/{id}/settings`
    SettingsSaved = "settings-saved", done, "The settings were saved.";
    /// `POST /domains/{id}/delete`
    DomainDeleted = "domain-deleted", done, "The domain was deleted.";
    /// `POST /api-keys/{id}/revoke`
    ApiKeyRevoked = "api-key-revoked", done, "The key was revoked. It works no more.";
    /// `POST /api-keys/{id}`
    ApiKeySaved = "api-key-saved", done, "The key was saved. The change counts from now on.";
    /// `POST /reset-password/{token}`
    PasswordReset = "password-reset", done, "The password was set. Sign in with it.";
    /// `POST /account/email/confirm`
    EmailChanged = "email-changed", done, "The address was changed. Sign in with it from now on.";
    /// `POST /account/second-factor/remove`
    SecondFactorRemoved = "second-factor-removed", done, "Your second factor was taken away. Every other browser is signed out.";
    /// `POST /account/password`
    PasswordChanged = "password-changed", done, "The password was changed. Every other browser is signed out.";
    /// `POST /account/sessions/{id}/end`
    SessionEnded = "session-ended", done, "The browser was signed out.";
    /// `POST /account/sessions/end-others`
    OthersEnded = "others-ended", done, "Every other browser was signed out.";
    /// `POST /aliases`
    AliasCreated = "alias-created", done, "The alias was created.";
    /// The same, and somebody has to agree first.
    AliasWaits = "alias-waits", hint, "The alias was saved. Targets that have not agreed yet were asked by mail; nothing is forwarded to them before they do.";
    /// `POST /aliases/{id}`
    AliasSaved = "alias-saved", done, "The alias was saved.";
    /// `POST /aliases/{id}/active`
    AliasPaused = "alias-paused", done, "The alias is paused. Mail to it is refused.";
    /// The same, the other way.
    AliasResumed = "alias-resumed", done, "The alias takes mail again.";
    /// `POST /aliases/{id}/contacts`
    ContactAdded = "contact-added", done, "Write to the reverse address below: your mail leaves from the alias.";
    /// `POST /aliases/{id}/contacts/{contact}`
    ContactBlocked = "contact-blocked", done, "The contact is blocked. Their mail to the alias is refused.";
    /// The same, the other way.
    ContactUnblocked = "contact-unblocked", done, "The contact may write to the alias again.";
    /// `POST /aliases/{id}/delete`
    AliasDeleted = "alias-deleted", done, "The alias was deleted.";
    /// `POST /domains/{id}/rules`
    RuleCreated = "rule-created", done, "The rule was added. It is asked about the next message.";
    /// The same, and somebody has to agree first.
    RuleWaits = "rule-waits", hint, "The rule was saved. Targets that have not agreed yet were asked by mail; nothing is forwarded to them before they do.";
    /// `POST /domains/{id}/rules/{rule}`
    RuleSaved = "rule-saved", done, "The rule was saved.";
    /// `POST /domains/{id}/rules/{rule}/delete`
    RuleDeleted = "rule-deleted", done, "The rule was deleted.";
    /// `POST /dmarc/reports`
    ReportUploaded = "report-uploaded", done, "The report was read and counts from now on.";
    /// The same, and the report was here.
    ReportKnown = "report-known", hint, "This report is here already. Nothing has changed.";
    /// `POST /domains/{id}/dmarc/reports/{report}/delete`
    ReportDeleted = "report-deleted", done, "The report was deleted. The figures are without it now.";
    /// `POST /inbound/{id}/replay`
    InboundReplayed = "inbound-replayed", done, "The message is processed once more: forwarded and announced as its alias stands now.";
    /// `POST /inbound/{id}/delete`
    InboundDeleted = "inbound-deleted", done, "The message was deleted with its attachments.";
    /// `POST /webhooks/{id}/test`
    WebhookTested = "webhook-tested", done, "The test is on its way. Load the page again to see the answer.";
    /// `POST /webhooks/{id}/delete`
    WebhookDeleted = "webhook-deleted", done, "The webhook was deleted.";
    /// `POST /team/invitations`
    InvitationSent = "invitation-sent", done, "The invitation is on its way.";
    /// `POST /team/invitations/{id}/resend`
    InvitationResent = "invitation-resent", done, "A new link is on its way. The old one works no more.";
    /// `POST /team/invitations/{id}/revoke`
    InvitationRevoked = "invitation-revoked", done, "The invitation was revoked. Its link works no more.";
    /// `POST /team/users/{id}/role`
    RoleChanged = "role-changed", done, "The role was changed. It counts from their next request on.";
    /// `POST /team/users/{id}/access`
    AccessSaved = "access-saved", done, "Access was saved. It counts from their next request on.";
    /// `POST /team/review/keep`
    AccessKept = "access-kept", done, "Noted: you looked at it and kept it.";
    /// `POST /team/review/revoke`
    AccessRevoked = "access-revoked", done, "It was taken away. It works no more.";
    /// `POST /webhooks/{id}/adopt`
    WebhookAdopted = "webhook-adopted", done, "The webhook is yours now and is told again of what happens.";
    /// `POST /domains/{id}/guest-links/{link}/revoke`
    GuestLinkRevoked = "guest-link-revoked", done, "The link was revoked. It shows nothing any more.";
    /// `POST /team/users/{id}/sign-out`
    UserSignedOut = "user-signed-out", done, "They were signed out everywhere.";
    /// `POST /team/users/{id}/reactivate`
    UserReactivated = "user-reactivated", done, "They are back, as a member without any domain. Give them access below.";
    /// `POST /team/users/{id}/transfer`
    OwnershipTransferred = "ownership-transferred", done, "The organization has a new owner. You are an admin now.";
    /// `POST /settings/second-factor`
    SecondFactorRequired = "second-factor-required", done, "Everybody needs a second factor now, from their next request on.";
    /// The same, the other way.
    SecondFactorOptional = "second-factor-optional", done, "Nobody needs a second factor any more. Those who have one keep it.";
    /// `POST /settings/delete`
    OrganizationDeleted = "organization-deleted", done, "The organization was deleted. Everybody in it is signed out.";
    /// `POST /billing/plan`
    PlanChanged = "plan-changed", done, "The plan was changed. It counts from now on.";
    /// `POST /billing/contact`
    ContactSaved = "contact-saved", done, "The billing contact was saved.";
    /// `POST /account/leave`
    Left = "left", done, "You left the organization. Your keys there work no more.";
    /// `POST /invitations/{token}`
    Joined = "joined", done, "Welcome! You are in the organization now.";
    /// `POST /organization`
    Switched = "switched", done, "You are in the other organization now.";
}
