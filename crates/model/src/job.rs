//! Kinds of jobs: what the system promised to do later and is no row of another queue.

/// Kind of the job that looks a domain's records up; its key is the domain's id, and its payload what
/// it remembers from one look to the next. It is promised when a domain is made, and promises itself
/// again.
pub const VERIFY_DOMAIN: &str = "verify_domain";

/// Kind of the job that writes down that an invitation expired. Its key is the invitation's id and the
/// instant; its payload names the invitation.
pub const EXPIRE_INVITATION: &str = "expire_invitation";
