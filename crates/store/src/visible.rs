//! What a listing may see, as SQL: the one place where a [`Scope`] becomes a `WHERE` clause.
//!
//! Every clause uses exactly the parameters `$1` organization, `$2` member, `$3` key, `$4` now, so
//! that a listing numbers its own from `$5` on whatever the caller's rights are. "What can this
//! member see" is derived from the member's own grants, never by asking domain by domain: there the
//! organization is compared as an expression, which no index serves, so that no planner walks through
//! a whole organization to find a member's few domains in it.

use postscale_access::Scope;
use postscale_model::Timestamp;

use crate::Value;

/// The clauses for one pair of columns, in the order of [`clause`].
pub(crate) type Clauses = [&'static str; 5];

/// Clauses for rows whose domain stands in column `$id` and organization in column `$org`.
macro_rules! clauses {
    ($id:literal, $org:literal) => {
        [
            concat!($org, " = $1 AND $2 = '' AND $3 = '' AND $4 > 0"),
            concat!(
                "(", $org, " || '') = $1 AND $3 = '' AND ", $id,
                " IN (SELECT g.domain_id FROM grants g WHERE g.user_id = $2",
                " AND (g.expires_at IS NULL OR g.expires_at > $4))"
            ),
            concat!(
                "(", $org, " || '') = $1 AND $2 = '' AND $4 > 0 AND ", $id,
                " IN (SELECT k.domain_id FROM api_key_domains k WHERE k.api_key_id = $3)"
            ),
            concat!(
                "(", $org, " || '') = $1 AND ", $id,
                " IN (SELECT g.domain_id FROM grants g JOIN api_key_domains k ON k.domain_id = g.domain_id",
                " WHERE g.user_id = $2 AND k.api_key_id = $3",
                " AND (g.expires_at IS NULL OR g.expires_at > $4))"
            ),
            concat!($org, " = $1 AND $2 = $3 AND $4 < 0"),
        ]
    };
}
pub(crate) use clauses;

/// The clause for this scope.
pub(crate) fn clause(scope: &Scope, clauses: &Clauses) -> &'static str {
    let index = match (scope.is_nothing(), scope.member(), scope.key()) {
        (true, _, _) => 4,
        (false, None, None) => 0,
        (false, Some(_), None) => 1,
        (false, None, Some(_)) => 2,
        (false, Some(_), Some(_)) => 3,
    };
    clauses[index]
}

/// The first four parameters of every listing.
pub(crate) fn parameters(scope: &Scope, now: Timestamp) -> Vec<Value> {
    vec![
        Value::from(scope.organization()),
        Value::from(scope.member().map_or_else(String::new, |id| id.to_string())),
        Value::from(scope.key().map_or_else(String::new, |id| id.to_string())),
        Value::from(now),
    ]
}
