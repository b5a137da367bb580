//! Kinds of jobs: what the system promised to do later and is no row of another queue.

/// Kind of the job that looks a domain's records up; its key is the domain's id, and its payload what
/// it remembers from one look to the next. It is promised when a domain is made, and promises itself
/// again.
pub const VERIFY_DOMAIN: &str = "verify_domain";

/// Kind of the job that writes down that an invitation expired. Its key is the invitation's id and the
/// instant; its payload names the invitation.
pub const EXPIRE_INVITATION: &str = "expire_invitation";

/// Kind of the job that looks for the record of a new DKIM key until it is seen; its key is the DKIM
/// key's id. It promises itself again.
pub const WATCH_DKIM_KEY: &str = "watch_dkim_key";

/// Kind of the job that takes a replaced DKIM key out of use; its key is the DKIM key's id.
pub const RETIRE_DKIM_KEY: &str = "retire_dkim_key";

/// Kind of the job that rotates a domain's DKIM keys now and then; its key is the domain's id. It
/// promises itself again while the domain wants it.
pub const ROTATE_DKIM: &str = "rotate_dkim";
