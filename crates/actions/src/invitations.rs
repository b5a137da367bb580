//! Invitations: owners and admins ask people to join, those who were asked accept.
//!
//! The token of an invitation is in its mail and nowhere else. Whoever accepts proves the invited
//! address: by being signed in with it, or by a code mailed to it. Role and address come from the
//! stored invitation only.

mod accept;
mod admit;
mod create;
mod list;
mod mail;
mod read_link;
mod resend;
mod revoke;
mod verify;

use std::time::Duration;

use postscale_model::{AuditAction, AuditEvent, AuditTarget, Invitation, job::EXPIRE_INVITATION};
pub use postscale_store::invitation::{InvitedDomain, ListedInvitation};
use postscale_store::{
    Tx,
    job::{self, NewJob},
};

use crate::{App, Result};

pub use accept::{Acceptance, Accepted, accept};
pub use create::{NewInvitation, NewInvitationRest, create};
pub use list::{check_list, list};
pub use read_link::{Link, Next, read_link};
pub use resend::resend;
pub use revoke::revoke;
pub use verify::{Verification, Verified, verify_email};

/// How long an invitation is good.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a mailed code is good.
pub const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// An event about an invitation.
fn event(action: AuditAction, invitation: &Invitation) -> AuditEvent {
    let target = AuditTarget::new("invitation", invitation.id, &invitation.email);
    AuditEvent::new(action, target)
}

/// Promises to write down that the invitation expired, should nothing else end it. A link that was
/// replaced has a promise of its own, which then finds nothing to do.
async fn promise_expiry(app: &App, tx: &mut Tx, invitation: &Invitation) -> Result<()> {
    let promised = NewJob {
        id: app.sources.id(),
        kind: EXPIRE_INVITATION,
        key: format!("{} {}", invitation.id, invitation.expires_at.micros()),
        payload: serde_json::json!({ "invitation_id": invitation.id }),
        due_at: invitation.expires_at,
    };
    Ok(job::enqueue(tx, &promised, app.sources.now()).await?)
}
