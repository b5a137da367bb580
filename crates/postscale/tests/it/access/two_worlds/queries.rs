//! Parameters of lists.

use postscale_testkit::{Objects, TestApp};

use crate::access::samples::Sample;

/// What every list understands, whether it is documented there or not.
const USUAL: [&str; 6] = ["limit", "offset", "q", "status", "domain_id", "domain"];

/// Query strings for a list, one parameter each: those its documentation names, and the usual ones.
pub(super) fn of(sample: &Sample, app: &TestApp, only_there: &Objects) -> Vec<String> {
    let operation = sample.route().operation.as_ref();
    let documented = operation.map_or(&[][..], |operation| operation.query);
    let documented = documented.iter().map(|(name, _)| *name);
    let mut names: Vec<&str> = USUAL.iter().copied().chain(documented).collect();
    names.sort_unstable();
    names.dedup();
    let world = app.world();
    let of_domains = [&world.shared, &world.closed, &world.foreign, only_there];
    let mut all = Vec::new();
    for name in names {
        let values: Vec<String> = match name {
            "limit" => texts(&["1", "2", "1000"]),
            "offset" => texts(&["1", "2", "1000"]),
            "sort" => texts(&[
                "received_at",
                "processed_at",
                "from",
                "to",
                "subject",
                "status",
                "name",
            ]),
            "direction" => texts(&["asc", "desc"]),
            "status" => texts(&["queued", "delivered", "pending", "received"]),
            "days" | "hours" => texts(&["1", "90"]),
            "domain_id" | "domain" => {
                let ids = of_domains
                    .iter()
                    .flat_map(|of| [of.domain.clone(), of.name.clone()]);
                ids.collect()
            }
            "alias_id" => of_domains.iter().map(|of| of.alias.clone()).collect(),
            "endpoint_id" | "webhook_id" => {
                of_domains.iter().map(|of| of.webhook.clone()).collect()
            }
            // Words of what is hidden among them.
            _ => texts(&[
                "a",
                "example",
                "hidden",
                "Hello",
                "%25",
                "2027-01-15",
                "true",
            ]),
        };
        all.extend(values.into_iter().map(|value| format!("?{name}={value}")));
    }
    all
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}
