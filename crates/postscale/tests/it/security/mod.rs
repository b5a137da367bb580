//! Goal: each threat we know of has a test named after it: `a12_…` and `i05_…` are the rows of the
//! list of threats, `inv_07_…` the invariants of the access rules.
//! Method: requests as everybody the access table knows. Where another test shows exactly a row, it
//! stands there under that name; [`ledger`] finds rows that nothing shows.

mod authorization;
mod identity;
mod invariants;
mod ledger;
