//! Plans: what an organization may have and use. They come from the configuration and never
//! change while a node runs.
//!
//! A plan is looked up by the name that an organization carries. When the configuration no longer
//! knows that name, the plan of new organizations counts.

use std::{collections::BTreeMap, sync::Arc};

/// Name of the plan without limits. It is always there and always so.
pub const UNLIMITED: &str = "unlimited";

/// Days received mail is kept when a plan does not say (api.md §20.7).
pub const RETENTION_DAYS: u16 = 30;

/// What becomes of a month's mail beyond the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overage {
    /// It is accepted and counted.
    Counted,
    /// It is refused: the quota is a hard cap.
    Refused,
}

/// Limits of a plan; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Messages in a month: one per accepted recipient sent and per accepted message received.
    pub monthly_messages: Option<u64>,
    /// What becomes of more.
    pub overage: Overage,
    /// Templates of the organization.
    pub templates: Option<u64>,
    /// Domains of the organization.
    pub domains: Option<u64>,
    /// Messages received in any minute; more is put off.
    pub received_per_minute: Option<u64>,
    /// Days a received message is kept once nothing is to be done with it any more.
    pub retention_days: u16,
}

impl Plan {
    /// No limits.
    pub const UNLIMITED: Self = Self {
        monthly_messages: None,
        overage: Overage::Counted,
        templates: None,
        domains: None,
        received_per_minute: None,
        retention_days: RETENTION_DAYS,
    };

    /// How many messages a month are accepted at all; `None` when the quota is no hard cap.
    #[must_use]
    pub const fn cap(&self) -> Option<u64> {
        match self.overage {
            Overage::Counted => None,
            Overage::Refused => self.monthly_messages,
        }
    }
}

/// Every plan of the instance, and the one of new organizations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Plans {
    of_new_organizations: Arc<str>,
    by_name: Arc<BTreeMap<String, Plan>>,
}

impl Default for Plans {
    fn default() -> Self {
        Self {
            of_new_organizations: UNLIMITED.into(),
            by_name: Arc::new(BTreeMap::from([(UNLIMITED.to_owned(), Plan::UNLIMITED)])),
        }
    }
}

impl Plans {
    /// These plans besides [`UNLIMITED`]; `None` when the plan of new organizations is none of them.
    #[must_use]
    pub fn new(mut by_name: BTreeMap<String, Plan>, of_new_organizations: &str) -> Option<Self> {
        by_name.insert(UNLIMITED.to_owned(), Plan::UNLIMITED);
        by_name.contains_key(of_new_organizations).then(|| Self {
            of_new_organizations: of_new_organizations.into(),
            by_name: Arc::new(by_name),
        })
    }

    /// Name of the plan that new organizations are on.
    #[must_use]
    pub fn of_new_organizations(&self) -> &str {
        &self.of_new_organizations
    }

    /// The plan of that name; the one of new organizations when the configuration has none.
    #[must_use]
    pub fn get(&self, name: &str) -> Plan {
        let of_new = || self.by_name.get(&*self.of_new_organizations);
        let found = self.by_name.get(name).or_else(of_new);
        *found.expect("BUG: the plan of new organizations is one of the plans")
    }

    /// Every plan by its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Plan)> {
        self.by_name
            .iter()
            .map(|(name, plan)| (name.as_str(), plan))
    }

    /// The plans an owner may choose: every one, but for [`UNLIMITED`] only where new organizations
    /// are on it. Whoever limits new organizations does not give everything away for a click.
    pub fn offered(&self) -> impl Iterator<Item = (&str, &Plan)> {
        let is_offered = move |name: &str| name != UNLIMITED || self.of_new_organizations() == name;
        self.iter().filter(move |(name, _)| is_offered(name))
    }

    /// The names of the plans without a hard cap.
    pub fn uncapped(&self) -> impl Iterator<Item = &str> {
        let uncapped = self.iter().filter(|(_, plan)| plan.cap().is_none());
        uncapped.map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Plan = Plan {
        domains: Some(2),
        ..Plan::UNLIMITED
    };

    fn plans(of_new_organizations: &str) -> Option<Plans> {
        let all = BTreeMap::from([("small".to_owned(), SMALL), (UNLIMITED.to_owned(), SMALL)]);
        Plans::new(all, of_new_organizations)
    }

    #[test]
    fn a_plan_the_configuration_forgot_is_the_one_of_new_organizations() {
        let plans = plans("small").unwrap();
        assert_eq!(plans.get("small"), SMALL);
        assert_eq!(plans.get("gone"), SMALL);
        assert_eq!(plans.of_new_organizations(), "small");
        assert!(Plans::default().get("gone") == Plan::UNLIMITED);
    }

    #[test]
    fn unlimited_is_always_there_and_without_limits() {
        assert_eq!(
            plans("unlimited").unwrap().get("unlimited"),
            Plan::UNLIMITED
        );
        let names: Vec<_> = plans("small")
            .unwrap()
            .iter()
            .map(|(n, _)| n.len())
            .collect();
        assert_eq!(names, [5, 9]);
        assert!(plans("gold").is_none());
    }

    #[test]
    fn a_hard_cap_is_a_quota_that_is_refused_beyond() {
        let quota = |overage| Plan {
            monthly_messages: Some(9),
            overage,
            ..Plan::UNLIMITED
        };
        assert_eq!(quota(Overage::Refused).cap(), Some(9));
        assert_eq!(quota(Overage::Counted).cap(), None);
        let all = BTreeMap::from([
            ("free".to_owned(), quota(Overage::Refused)),
            ("pro".to_owned(), quota(Overage::Counted)),
        ]);
        let plans = Plans::new(all, "free").unwrap();
        assert_eq!(plans.uncapped().collect::<Vec<_>>(), ["pro", UNLIMITED]);
    }

    #[test]
    fn what_has_no_limits_is_chosen_only_where_it_is_what_everybody_gets() {
        let offered = |of_new| {
            let plans = plans(of_new).unwrap();
            let names = plans.offered().map(|(name, _)| name.to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(offered("small"), ["small"]);
        assert_eq!(offered("unlimited"), ["small", "unlimited"]);
    }
}
