//! Inbound rules: what happens to received mail that fits conditions, before its alias has a say.
//!
//! Which comparators fit which field is stated here, once. How a condition is held against a message
//! is in `mail::rules`.

use serde::{Deserialize, Serialize};

use crate::word::words;
use crate::{
    Address, AliasId, DomainId, InboundAction, OrganizationId, RuleId, Timestamp, WebhookId,
};

words! {
    /// What of a message a condition looks at.
    pub enum RuleField {
        /// Address of the author, or the envelope sender when there is no author.
        Sender = "sender",
        /// Its domain.
        SenderDomain = "sender_domain",
        /// RCPT TO.
        Recipient = "recipient",
        /// Subject, decoded.
        Subject = "subject",
        /// The header fields of a name.
        Header = "header",
        /// Verdict of SPF.
        Spf = "spf",
        /// Verdict of DKIM.
        Dkim = "dkim",
        /// Verdict of DMARC.
        Dmarc = "dmarc",
        /// Octets as received.
        Size = "size",
        /// Whether anything is attached.
        HasAttachment = "has_attachment",
    }
}

words! {
    /// How a condition compares. Texts are compared in any case, but for `matches`.
    pub enum RuleComparator {
        /// It is this.
        Equals = "equals",
        /// It is not this.
        NotEquals = "not_equals",
        /// This is in it.
        Contains = "contains",
        /// This is not in it.
        NotContains = "not_contains",
        /// It begins with this.
        StartsWith = "starts_with",
        /// It ends with this.
        EndsWith = "ends_with",
        /// This regular expression matches some part of it, case counting.
        Matches = "matches",
        /// It is there; not there when the value is `false`.
        Exists = "exists",
        /// It is more than this.
        GreaterThan = "greater_than",
        /// It is less than this.
        LessThan = "less_than",
    }
}

words! {
    /// How many of a rule's conditions must hold.
    pub enum RuleMatch {
        /// Each of them.
        All = "all",
        /// One of them.
        Any = "any",
    }
}

words! {
    /// What a rule does, without where to.
    pub enum RuleActionKind {
        /// Accepted and thrown away.
        Drop = "drop",
        /// Refused while the sender waits for an answer.
        Reject = "reject",
        /// Sent on to other addresses.
        Forward = "forward",
        /// Announced to webhooks.
        Webhook = "webhook",
        /// Kept, and nobody is told.
        Store = "store",
        /// Marked; the next rule is asked.
        Tag = "tag",
    }
}

impl RuleActionKind {
    /// What it does with a message when it decides; one that tags decides nothing.
    #[must_use]
    pub const fn done(self) -> Option<InboundAction> {
        match self {
            Self::Drop => Some(InboundAction::Drop),
            Self::Reject => Some(InboundAction::Reject),
            Self::Forward => Some(InboundAction::Forward),
            Self::Webhook => Some(InboundAction::Webhook),
            Self::Store => Some(InboundAction::Store),
            Self::Tag => None,
        }
    }
}

words! {
    /// What became of a rule when a message was held against it.
    pub enum RuleOutcome {
        /// It decided what happens to the message.
        Decides = "decides",
        /// It marked the message, and the next rule was asked.
        Tags = "tags",
        /// Its conditions do not hold.
        NoMatch = "no_match",
        /// A rule before it decided.
        NotReached = "not_reached",
        /// It is switched off.
        Disabled = "disabled",
        /// It is about another alias.
        OtherAlias = "other_alias",
    }
}

impl RuleField {
    /// The comparators that make sense for it.
    #[must_use]
    pub const fn comparators(self) -> &'static [RuleComparator] {
        use RuleComparator::{
            Contains, EndsWith, Equals, Exists, GreaterThan, LessThan, Matches, NotContains,
            NotEquals, StartsWith,
        };
        match self {
            Self::Sender | Self::SenderDomain | Self::Recipient => &[
                Equals,
                NotEquals,
                Contains,
                NotContains,
                StartsWith,
                EndsWith,
                Matches,
            ],
            Self::Subject | Self::Header => &[
                Equals,
                NotEquals,
                Contains,
                NotContains,
                StartsWith,
                EndsWith,
                Matches,
                Exists,
            ],
            Self::Spf | Self::Dkim | Self::Dmarc => &[Equals, NotEquals],
            Self::Size => &[GreaterThan, LessThan],
            Self::HasAttachment => &[Equals],
        }
    }
}

/// One thing a message is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCondition {
    /// What is looked at.
    pub field: RuleField,
    /// How it is compared.
    pub comparator: RuleComparator,
    /// With what: a text, a pattern, a verdict, octets, `true` or `false`.
    pub value: String,
    /// Which header fields, for `header`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_name: Option<String>,
}

/// What a rule does, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleAction {
    /// Accepts and throws away.
    Drop,
    /// Refuses while the sender waits for an answer.
    Reject {
        /// What the sender is told; printable ASCII in one line.
        text: Option<String>,
    },
    /// Sends on.
    Forward {
        /// Where to.
        to: Vec<Address>,
    },
    /// Announces.
    Webhook {
        /// To this one; none announces to every webhook that covers the domain.
        webhook_id: Option<WebhookId>,
    },
    /// Keeps, and tells nobody.
    Store,
    /// Marks, and has the next rule asked.
    Tag {
        /// With these words.
        tags: Vec<String>,
    },
}

impl RuleAction {
    /// The action without where to.
    #[must_use]
    pub const fn kind(&self) -> RuleActionKind {
        match self {
            Self::Drop => RuleActionKind::Drop,
            Self::Reject { .. } => RuleActionKind::Reject,
            Self::Forward { .. } => RuleActionKind::Forward,
            Self::Webhook { .. } => RuleActionKind::Webhook,
            Self::Store => RuleActionKind::Store,
            Self::Tag { .. } => RuleActionKind::Tag,
        }
    }
    /// Where it sends on to.
    #[must_use]
    pub fn forward_to(&self) -> &[Address] {
        match self {
            Self::Forward { to } => to,
            _ => &[],
        }
    }
    /// The words it marks with.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        match self {
            Self::Tag { tags } => tags,
            _ => &[],
        }
    }
    /// The one webhook it announces to.
    #[must_use]
    pub const fn webhook_id(&self) -> Option<WebhookId> {
        match self {
            Self::Webhook { webhook_id } => *webhook_id,
            _ => None,
        }
    }
    /// What it tells the sender it refuses.
    #[must_use]
    pub fn reject_text(&self) -> Option<&str> {
        match self {
            Self::Reject { text } => text.as_deref(),
            _ => None,
        }
    }
}

/// A rule for mail a domain receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundRule {
    /// The resource id.
    pub id: RuleId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The domain.
    pub domain_id: DomainId,
    /// The alias whose mail it is about; none for all mail of the domain.
    pub alias_id: Option<AliasId>,
    /// What people call it.
    pub name: String,
    /// What a message is asked; never empty.
    pub conditions: Vec<RuleCondition>,
    /// How many of the conditions must hold.
    pub match_mode: RuleMatch,
    /// What it does with what fits.
    pub action: RuleAction,
    /// The lower, the earlier; ties go by creation.
    pub priority: i64,
    /// Whether it is asked at all.
    pub enabled: bool,
    /// Messages it decided about or marked.
    pub hits: i64,
    /// When it last did.
    pub last_hit_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change by somebody.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Word as _;

    #[test]
    fn every_comparator_fits_some_field_and_every_field_has_one() {
        for comparator in RuleComparator::ALL {
            let mut fields = RuleField::ALL.iter();
            assert!(fields.any(|field| field.comparators().contains(comparator)));
        }
        for field in RuleField::ALL {
            assert!(!field.comparators().is_empty(), "{field}");
        }
    }

    #[test]
    fn an_action_has_what_is_its_own_and_nothing_else() {
        let tag = RuleAction::Tag {
            tags: vec!["invoice".to_owned()],
        };
        assert_eq!(tag.kind(), RuleActionKind::Tag);
        assert_eq!(tag.tags(), ["invoice"]);
        assert!(tag.forward_to().is_empty() && tag.webhook_id().is_none());
        assert_eq!(RuleAction::Reject { text: None }.reject_text(), None);
    }
}
