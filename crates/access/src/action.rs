//! Every action there is, under the name the normative table (`access-matrix.csv`) gives it.
//!
//! A constant's type says what asking for it yields: [`On<cap::Write>`](On) leads to a
//! [`Granted`](crate::Granted) row that may be written, [`OrganizationAction`] to a
//! [`Permission`](crate::Permission), [`ListAction`] to a [`Scope`](crate::Scope).

use std::marker::PhantomData;

use crate::cap;

/// How an action is decided. One row of the compact table each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Anybody, signed in or not.
    Public,
    /// Anybody authenticated, whatever their rights.
    Authenticated,
    /// Any person about themselves; no key.
    SelfPerson,
    /// A key about itself; no person.
    SelfKey,
    /// A list that shows only what the caller may see.
    List,
    /// The caller's own keys.
    OwnKeys,
    /// Read on the addressed domain.
    DomainRead,
    /// Write on the addressed domain.
    DomainWrite,
    /// Write on the addressed domain, by a person.
    DomainWritePerson,
    /// Owner, admin, or their organization-wide full key, on the addressed domain.
    DomainAdmin,
    /// Nobody, though the domain may be visible.
    DomainNobody,
    /// Sending from a domain named in the payload.
    SendByName,
    /// Writing to a domain named in the payload.
    WriteByName,
    /// Owner, admin, or their organization-wide full key.
    OrganizationOperate,
    /// Owner, admin, or their organization-wide full or read key.
    OrganizationLook,
    /// Owner or admin in person.
    OrganizationPerson,
    /// Owner in person.
    OwnerOnly,
    /// Nobody at all.
    Nobody,
    /// Owner or admin in person, on any user of the organization.
    UserLook,
    /// Owner on any user; admin on users who are not owners; in person.
    UserManage,
    /// Owner in person, on any user.
    UserOwner,
}

/// An action: its name in the normative table and how it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Action {
    name: &'static str,
    class: Class,
}

impl Action {
    /// The name in the normative table, such as `domain.dns.read`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
    /// How it is decided.
    #[must_use]
    pub const fn class(self) -> Class {
        self.class
    }
    /// The action of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|action| action.name == name)
    }
}

/// An action on one domain, or on something that belongs to one. Allowed, it proves `C`.
#[derive(Debug)]
pub struct On<C> {
    action: Action,
    cap: PhantomData<fn() -> C>,
}
impl<C> Clone for On<C> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<C> Copy for On<C> {}

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident,)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name { action: Action }
        impl From<$name> for Action { fn from(it: $name) -> Self { it.action } }
        impl $name {
            const fn new(name: &'static str, class: Class) -> Self { Self { action: Action { name, class } } }
        }
    )+};
}
kinds! {
    /// An action on the organization, on oneself, or on nothing at all.
    OrganizationAction,
    /// An action that lists what the caller may see.
    ListAction,
    /// An action on a user.
    UserAction,
    /// An action on an API key.
    OwnKeyAction,
}
impl<C> On<C> {
    const fn new(name: &'static str, class: Class) -> Self {
        Self {
            action: Action { name, class },
            cap: PhantomData,
        }
    }
}
impl<C> From<On<C>> for Action {
    fn from(it: On<C>) -> Self {
        it.action
    }
}

macro_rules! actions {
    ($($class:ident as $kind:ty { $($name:ident = $text:literal,)+ })+) => {
        $($(
            #[doc = concat!("`", $text, "`")]
            pub const $name: $kind = <$kind>::new($text, Class::$class);
        )+)+
        /// Every action, in the order of this file.
        pub const ALL: &[Action] = &[$($(Action { name: $text, class: Class::$class },)+)+];
    };
}

actions! {
    Public as OrganizationAction {
        AUTH_LOGIN = "auth.login",
        AUTH_PASSWORD_RESET_REQUEST = "auth.password_reset.request",
        AUTH_PASSWORD_RESET_CONFIRM = "auth.password_reset.confirm",
        INVITATION_ACCEPT = "invitation.accept",
        INVITATION_VERIFY_EMAIL = "invitation.verify_email",
        PUBLIC_READ = "public.read",
        FORWARD_TARGET_CONFIRM = "forward_target.confirm",
        DOMAIN_GUEST_LINK_OPEN = "domain.guest_link.open",
    }
    Authenticated as OrganizationAction {
        SELF_READ = "self.read",
        ORG_READ = "org.read",
    }
    SelfPerson as OrganizationAction {
        SELF_UPDATE = "self.update",
        SELF_PASSWORD_CHANGE = "self.password.change",
        SELF_EMAIL_CHANGE = "self.email.change",
        SELF_MFA_MANAGE = "self.mfa.manage",
        SELF_SESSION_LIST = "self.session.list",
        SELF_SESSION_REVOKE = "self.session.revoke",
        SELF_ACCESS_LIST = "self.access.list",
        SELF_LEAVE = "self.leave",
        KEY_LIST = "key.list",
    }
    SelfKey as OrganizationAction {
        SELF_KEY_REVOKE = "self.key.revoke",
    }
    List as ListAction {
        DOMAIN_LIST = "domain.list",
        ALIAS_LIST_ALL = "alias.list.all",
        MESSAGE_LIST_ALL = "message.list.all",
        INBOUND_LIST_ALL = "inbound.list.all",
        SUPPRESSION_LIST_ALL = "suppression.list.all",
        SUPPRESSION_CHECK = "suppression.check",
        WEBHOOK_LIST_ALL = "webhook.list.all",
        WEBHOOK_DELIVERY_LIST_ALL = "webhook.delivery.list.all",
        TEMPLATE_LIST = "template.list",
        TEMPLATE_READ = "template.read",
        TEMPLATE_PREVIEW = "template.preview",
        SEARCH = "search",
        EVENTS_STREAM = "events.stream",
        STATS_OVERVIEW = "stats.overview",
    }
    OwnKeys as OwnKeyAction {
        KEY_READ = "key.read",
        KEY_UPDATE = "key.update",
        KEY_REVOKE = "key.revoke",
    }
    DomainRead as On<cap::Read> {
        DOMAIN_READ = "domain.read",
        DOMAIN_DNS_READ = "domain.dns.read",
        DKIM_LIST = "dkim.list",
        DKIM_READ = "dkim.read",
        ALIAS_LIST = "alias.list",
        ALIAS_READ = "alias.read",
        RULE_LIST = "rule.list",
        RULE_READ = "rule.read",
        WARMING_READ = "warming.read",
        STATS_READ = "stats.read",
        STATS_EXPORT = "stats.export",
        DMARC_REPORT_LIST = "dmarc.report.list",
        DMARC_REPORT_READ = "dmarc.report.read",
        DMARC_REPORT_EXPORT = "dmarc.report.export",
        MESSAGE_LIST = "message.list",
        MESSAGE_READ = "message.read",
        MESSAGE_EXPORT = "message.export",
        INBOUND_LIST = "inbound.list",
        INBOUND_READ = "inbound.read",
        SUPPRESSION_LIST = "suppression.list",
        WEBHOOK_READ = "webhook.read",
        WEBHOOK_DELIVERY_LIST = "webhook.delivery.list",
    }
    DomainWrite as On<cap::Write> {
        DOMAIN_SETTINGS_UPDATE = "domain.settings.update",
        DOMAIN_VERIFY_OWNERSHIP = "domain.verify.ownership",
        DOMAIN_VERIFY_MX = "domain.verify.mx",
        DOMAIN_VERIFY_SPF = "domain.verify.spf",
        DOMAIN_VERIFY_DKIM = "domain.verify.dkim",
        DOMAIN_VERIFY_DMARC = "domain.verify.dmarc",
        DOMAIN_VERIFY_RETURN_PATH = "domain.verify.return_path",
        DKIM_GENERATE = "dkim.generate",
        DKIM_ROTATE = "dkim.rotate",
        DKIM_DEACTIVATE = "dkim.deactivate",
        DKIM_VERIFY = "dkim.verify",
        ALIAS_CREATE = "alias.create",
        ALIAS_UPDATE = "alias.update",
        ALIAS_DELETE = "alias.delete",
        RULE_CREATE = "rule.create",
        RULE_UPDATE = "rule.update",
        RULE_DELETE = "rule.delete",
        RULE_TEST = "rule.test",
        WARMING_START = "warming.start",
        WARMING_PAUSE = "warming.pause",
        WARMING_RESUME = "warming.resume",
        WARMING_UPDATE = "warming.update",
        MESSAGE_CONTENT_READ = "message.content.read",
        MESSAGE_CANCEL = "message.cancel",
        INBOUND_CONTENT_READ = "inbound.content.read",
        INBOUND_REPLAY = "inbound.replay",
        INBOUND_DELETE = "inbound.delete",
        SUPPRESSION_CREATE = "suppression.create",
        SUPPRESSION_DELETE = "suppression.delete",
        WEBHOOK_CREATE_SCOPED = "webhook.create.scoped",
        WEBHOOK_SECRET_ROTATE = "webhook.secret.rotate",
        WEBHOOK_UPDATE = "webhook.update",
        WEBHOOK_DELETE = "webhook.delete",
        WEBHOOK_TEST = "webhook.test",
        WEBHOOK_DELIVERY_CONTENT_READ = "webhook.delivery.content.read",
        WEBHOOK_DELIVERY_REPLAY = "webhook.delivery.replay",
        DOMAIN_GUEST_LINK_CREATE = "domain.guest_link.create",
        DOMAIN_GUEST_LINK_LIST = "domain.guest_link.list",
        DOMAIN_GUEST_LINK_REVOKE = "domain.guest_link.revoke",
    }
    DomainWritePerson as On<cap::Write> {
        KEY_CREATE_SCOPED = "key.create.scoped",
    }
    DomainAdmin as On<cap::Admin> {
        DOMAIN_DELETE = "domain.delete",
        DKIM_DELETE = "dkim.delete",
        WARMING_SKIP = "warming.skip",
        DMARC_REPORT_DELETE = "dmarc.report.delete",
    }
    DomainNobody as On<cap::Admin> {
        DKIM_PRIVATE_KEY_READ = "dkim.private_key.read",
    }
    SendByName as On<cap::Send> {
        MESSAGE_SEND = "message.send",
    }
    WriteByName as On<cap::Write> {
        DMARC_REPORT_UPLOAD = "dmarc.report.upload",
    }
    OrganizationOperate as OrganizationAction {
        DOMAIN_CREATE = "domain.create",
        TEMPLATE_CREATE = "template.create",
        TEMPLATE_UPDATE = "template.update",
        TEMPLATE_DELETE = "template.delete",
        SUPPRESSION_ORG_CREATE = "suppression.org.create",
        SUPPRESSION_ORG_DELETE = "suppression.org.delete",
        SUPPRESSION_IMPORT = "suppression.import",
        WEBHOOK_CREATE_ORG = "webhook.create.org",
        TRUST_REQUEST = "trust.request",
        SHIELD_ALIAS_CREATE = "shield.alias.create",
        SHIELD_ALIAS_DELETE = "shield.alias.delete",
    }
    OrganizationLook as OrganizationAction {
        ORG_SETTINGS_READ = "org.settings.read",
        USAGE_ORG_READ = "usage.org.read",
        QUEUE_READ = "queue.read",
        TRUST_READ = "trust.read",
        SHIELD_ALIAS_LIST = "shield.alias.list",
    }
    OrganizationPerson as OrganizationAction {
        ORG_SETTINGS_UPDATE = "org.settings.update",
        AUDIT_LIST = "audit.list",
        AUDIT_EXPORT = "audit.export",
        QUEUE_CONTROL = "queue.control",
        USER_LIST = "user.list",
        INVITATION_LIST = "invitation.list",
        INVITATION_CREATE_ADMIN = "invitation.create.admin",
        INVITATION_CREATE_MEMBER = "invitation.create.member",
        INVITATION_RESEND = "invitation.resend",
        INVITATION_REVOKE = "invitation.revoke",
        KEY_CREATE_ORG = "key.create.org",
        WEBHOOK_ADOPT = "webhook.adopt",
        ACCESS_EXPLAIN = "access.explain",
        ACCESS_PREVIEW = "access.preview",
        ACCESS_REVIEW = "access.review",
        ACCESS_REVIEW_EXPORT = "access.review.export",
        ACCESS_REVIEW_KEEP = "access.review.keep",
    }
    OwnerOnly as OrganizationAction {
        BILLING_READ = "billing.read",
        BILLING_UPDATE = "billing.update",
        ORG_DELETE = "org.delete",
    }
    Nobody as OrganizationAction {
        INVITATION_CREATE_OWNER = "invitation.create.owner",
    }
    UserLook as UserAction {
        USER_READ = "user.read",
        GRANT_READ = "grant.read",
    }
    UserManage as UserAction {
        GRANT_REPLACE = "grant.replace",
        USER_ROLE_SET_ADMIN = "user.role.set_admin",
        USER_ROLE_SET_MEMBER = "user.role.set_member",
        USER_DEACTIVATE = "user.deactivate",
        USER_REACTIVATE = "user.reactivate",
        USER_DELETE = "user.delete",
        USER_SESSIONS_REVOKE = "user.sessions.revoke",
    }
    UserOwner as UserAction {
        USER_ROLE_SET_OWNER = "user.role.set_owner",
        OWNERSHIP_TRANSFER = "ownership.transfer",
    }
}

/// The actions of a route that verifies DNS records: one per purpose.
pub const DOMAIN_VERIFY: [On<cap::Write>; 6] = [
    DOMAIN_VERIFY_OWNERSHIP,
    DOMAIN_VERIFY_MX,
    DOMAIN_VERIFY_SPF,
    DOMAIN_VERIFY_DKIM,
    DOMAIN_VERIFY_DMARC,
    DOMAIN_VERIFY_RETURN_PATH,
];
