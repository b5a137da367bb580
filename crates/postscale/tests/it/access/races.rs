//! What concurrent requests make of the access rules, on one node and on two.

mod last_owner;
mod revocation;
mod turns;

/// How many races each test runs, instead of [`USUAL`].
const RACES: &str = "POSTSCALE_RACES";
/// Races of one test. There are two of each, so that none takes long: 500 of a kind on each database.
const USUAL: u64 = 250;

fn races() -> u64 {
    super::dice::from_environment(RACES).unwrap_or(USUAL)
}
