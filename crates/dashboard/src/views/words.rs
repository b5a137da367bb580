//! Words of the model as people read them.

use postscale_model::{
    AliasAction, Capability, Day, DomainType, InboundAction, Level, Month, Purpose, Role, Word,
};

use crate::ui::Choice;

/// A text of somebody else's within a sentence of ours, where no markup keeps the directions of the
/// two apart: between the isolating marks of Unicode.
#[must_use]
pub fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// What a change makes of somebody's reach, as shown.
#[must_use]
pub const fn reach_label(reach: postscale_access::Reach) -> &'static str {
    use postscale_access::Reach;
    match reach {
        Reach::Nothing => "No access",
        Reach::Send => "Send only",
        Reach::Read => "Read only",
        Reach::Write => "Read and write",
    }
}

/// What somebody may do on a domain, as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Owners and admins: everything, so nothing is said.
    Everything,
    /// A member with that level.
    Member(Level),
}

impl Reach {
    /// `Read only`, `Read and write`, or nothing for those who reach everything.
    #[must_use]
    pub const fn label(self) -> Option<&'static str> {
        match self {
            Self::Everything => None,
            Self::Member(level) => Some(level_label(level)),
        }
    }
    /// Whether forms are shown.
    #[must_use]
    pub const fn may_write(self) -> bool {
        matches!(self, Self::Everything | Self::Member(Level::Write))
    }
}

/// A level as shown.
#[must_use]
pub const fn level_label(level: Level) -> &'static str {
    match level {
        Level::Read => "Read only",
        Level::Write => "Read and write",
    }
}

/// A role as shown.
#[must_use]
pub const fn role_label(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Member => "Member",
    }
}

/// A plan's name as shown: the configuration's word with a capital.
#[must_use]
pub fn plan_label(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// A month as shown: `March 2026`.
#[must_use]
pub fn month_label(month: Month) -> String {
    let start = jiff::Timestamp::from_microsecond(month.start().micros());
    start.map_or_else(
        |_| month.to_string(),
        |start| {
            let civil = jiff::tz::TimeZone::UTC.to_datetime(start);
            civil.strftime("%B %Y").to_string()
        },
    )
}

/// A day as shown where its year is known: `1 Mar`.
#[must_use]
pub fn day_label(day: Day) -> String {
    let start = jiff::Timestamp::from_microsecond(day.start().micros());
    start.map_or_else(
        |_| day.to_string(),
        |start| {
            let civil = jiff::tz::TimeZone::UTC.to_datetime(start);
            civil.strftime("%-d %b").to_string()
        },
    )
}

/// A domain's type as shown.
#[must_use]
pub const fn type_label(kind: DomainType) -> &'static str {
    match kind {
        DomainType::Inbound => "Receiving",
        DomainType::Outbound => "Sending",
        DomainType::Both => "Sending and receiving",
        DomainType::Alias => "Aliases only",
    }
}

const fn type_hint(kind: DomainType) -> &'static str {
    match kind {
        DomainType::Inbound => "Mail for the domain arrives here. Needs its MX record.",
        DomainType::Outbound => "Send from the domain. Needs SPF and DKIM; its MX stays as it is.",
        DomainType::Both => "Send from it and receive for it. Needs MX, SPF and DKIM.",
        DomainType::Alias => "Receive for aliases that forward elsewhere. Needs its MX record.",
    }
}

/// The types to choose from, each with its meaning.
#[must_use]
pub fn type_choices() -> Vec<Choice> {
    use DomainType::{Alias, Both, Inbound, Outbound};
    [Outbound, Inbound, Both, Alias]
        .into_iter()
        .map(|kind| Choice::new(kind.as_str(), type_label(kind)).hint(type_hint(kind)))
        .collect()
}

/// A record's purpose as shown.
#[must_use]
pub const fn purpose_label(purpose: Purpose) -> &'static str {
    purpose.label()
}

/// Why a record is asked for, in a sentence.
#[must_use]
pub const fn purpose_reason(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Ownership => "Proves that the domain is yours.",
        Purpose::Mx => "Brings the domain’s mail here.",
        Purpose::Spf => "Says that this server may send for the domain.",
        Purpose::Dkim => "Lets receivers check the signature on every message.",
        Purpose::Dmarc => "Tells receivers what to do with forgeries, and sends reports here.",
        Purpose::ReturnPath => "Brings late bounces back here.",
        Purpose::MtaSts => "Tells senders that the policy has changed.",
        Purpose::MtaStsHost => {
            "Where senders read the policy; it needs a certificate for this name."
        }
        Purpose::TlsRpt => "Has senders report when encryption fails.",
        Purpose::Bimi => "Shows your logo beside messages; put the address of yours in.",
    }
}

/// What happens to an alias's mail, as shown.
#[must_use]
pub const fn action_label(action: AliasAction) -> &'static str {
    match action {
        AliasAction::Forward => "Forward",
        AliasAction::Webhook => "Webhook",
        AliasAction::Store => "Store",
        AliasAction::Drop => "Drop",
    }
}

/// What is done with a received message, as shown.
#[must_use]
pub const fn inbound_action_label(action: InboundAction) -> &'static str {
    match action {
        InboundAction::Forward => "Forward",
        InboundAction::Webhook => "Webhook",
        InboundAction::Store => "Store",
        InboundAction::Drop => "Drop",
        InboundAction::Reject => "Reject",
    }
}

const fn action_hint(action: AliasAction) -> &'static str {
    match action {
        AliasAction::Forward => "Sent on to other addresses.",
        AliasAction::Webhook => "Announced to a webhook, with the whole message.",
        AliasAction::Store => "Kept here to be read.",
        AliasAction::Drop => "Accepted and thrown away.",
    }
}

/// The actions to choose from, each with its meaning.
#[must_use]
pub fn action_choices() -> Vec<Choice> {
    let choice = |a: &AliasAction| Choice::new(a.as_str(), action_label(*a)).hint(action_hint(*a));
    AliasAction::ALL.iter().map(choice).collect()
}

/// What a key may do, as shown.
#[must_use]
pub const fn capability_label(capability: Capability) -> &'static str {
    match capability {
        Capability::Full => "Full",
        Capability::Read => "Read only",
        Capability::Send => "Send only",
    }
}

const fn capability_hint(capability: Capability) -> &'static str {
    match capability {
        Capability::Full => "Everything its maker may do on those domains.",
        Capability::Read => "Looks, changes nothing, sends nothing.",
        Capability::Send => "Sends messages, by API and SMTP, and nothing else.",
    }
}

/// The capabilities to choose from, each with its meaning.
#[must_use]
pub fn capability_choices() -> Vec<Choice> {
    use Capability::{Full, Read, Send};
    [Send, Full, Read]
        .into_iter()
        .map(|c| Choice::new(c.as_str(), capability_label(c)).hint(capability_hint(c)))
        .collect()
}

#[cfg(test)]
mod tests {
    use postscale_model::Timestamp;

    use super::*;

    #[test]
    fn months_and_plans_are_named_for_people() {
        let month = Month::of(Timestamp::from_seconds(1_772_366_400));
        assert_eq!(month_label(month), "March 2026");
        for (name, want) in [("free", "Free"), ("élan 2", "Élan 2"), ("", "")] {
            assert_eq!(plan_label(name), want);
        }
    }
}
