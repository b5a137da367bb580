//! The table `[plans]` of the configuration file.

use std::{collections::BTreeMap, num::NonZeroU16};

use postscale_model::{Overage, Plan, RETENTION_DAYS, UNLIMITED};

/// One entry as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    monthly_messages: Option<u64>,
    #[serde(default)]
    hard_cap: bool,
    templates: Option<u64>,
    domains: Option<u64>,
    received_per_minute: Option<u64>,
    retention_days: Option<NonZeroU16>,
}

impl From<Entry> for Plan {
    fn from(entry: Entry) -> Self {
        Self {
            monthly_messages: entry.monthly_messages,
            overage: if entry.hard_cap {
                Overage::Refused
            } else {
                Overage::Counted
            },
            templates: entry.templates,
            domains: entry.domains,
            received_per_minute: entry.received_per_minute,
            retention_days: entry.retention_days.map_or(RETENTION_DAYS, NonZeroU16::get),
        }
    }
}

/// The plans of an instance whose file has no such table.
pub fn built_in() -> BTreeMap<String, Plan> {
    let plan = |name: &str, messages, overage, templates, (domains, per_minute)| {
        let plan = Plan {
            monthly_messages: Some(messages),
            overage,
            templates: Some(templates),
            domains: Some(domains),
            received_per_minute: Some(per_minute),
            retention_days: RETENTION_DAYS,
        };
        (name.to_owned(), plan)
    };
    BTreeMap::from([
        plan("free", 3_000, Overage::Refused, 5, (3, 60)),
        plan("pro", 100_000, Overage::Counted, 100, (50, 600)),
        plan("scale", 1_000_000, Overage::Counted, 1_000, (500, 6_000)),
    ])
}

/// The plans of the table, instead of the built-in ones.
pub fn read(table: toml::Value) -> Result<BTreeMap<String, Plan>, String> {
    let entries: BTreeMap<String, Entry> = table
        .try_into()
        .map_err(|e: toml::de::Error| e.message().to_owned())?;
    if entries.contains_key(UNLIMITED) {
        return Err(format!("{UNLIMITED} has no limits and is always there"));
    }
    Ok(entries
        .into_iter()
        .map(|(name, entry)| (name, entry.into()))
        .collect())
}
