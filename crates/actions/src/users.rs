//! Users of an organization: roles, access lists, off-boarding, ownership.
//!
//! Whatever changes a membership takes the organization's turn first, so that the actor and the
//! target are as they are when the change is written, and counting owners counts all of them.

mod access;
mod ends;
mod leave;
mod list;
mod offboard;
mod role;
mod sessions;
mod transfer;

pub use access::{AccessChange, UserAccess, WantedGrant, access, replace_access};
pub(crate) use access::{read as read_access, resolve as wanted_grants};
pub(crate) use ends::{EndedKeys, Ends};
pub use leave::{leave, preview_leaving};
pub use list::{UserPermits, get, get_with_permits, list, list_with_permits};
pub(crate) use offboard::is_last_owner;
pub use offboard::{Offboarding, Receipt, deactivate, delete, preview, reactivate};
pub use postscale_store::{
    grant::MemberGrant,
    offboarding::{ExternalForward, Forwarder, Made, Review},
    user::{UserDetails, UserFilter},
};
pub use role::set_role;
pub(crate) use role::{action_of as role_action, check as check_role};
pub use sessions::end_sessions;
pub use transfer::{heir, transfer_ownership};

use postscale_access::{Actor, Caller, Gate, UserAction, Writable};
use postscale_model::{
    AuditAction, AuditEvent, AuditTarget, OrganizationId, User, UserId, UserStatus,
};
use postscale_store::{Tx, audit_entry, user::UserDetails as Details};

use crate::{App, Error, Result, turn};

/// A user the actor may do `action` to, read in the organization's turn.
async fn in_turn(
    tx: &mut Tx,
    caller: &Caller,
    action: UserAction,
    id: Option<UserId>,
) -> Result<(Actor, Writable<User>)> {
    let mut gate = turn::open(tx, caller).await?;
    let user = gate.user(action, id).await?;
    Ok((known(&gate)?, user))
}

fn known(gate: &Gate<'_, Tx>) -> Result<Actor> {
    gate.actor()
        .cloned()
        .ok_or_else(|| Error::Broken("granted without actor".into()))
}

/// What the log calls a user.
fn target(user: &User) -> AuditTarget {
    AuditTarget::new("user", user.id, &user.email)
}

/// Writes events in their order.
async fn record(
    tx: &mut Tx,
    app: &App,
    organization: OrganizationId,
    events: Vec<AuditEvent>,
) -> Result<()> {
    for event in events {
        audit_entry::append(tx, &app.sources, organization, event).await?;
    }
    Ok(())
}

/// An event on a user, with what changed of role and state.
fn changed(action: AuditAction, before: &User, after: &User) -> AuditEvent {
    let state = |user: &User| serde_json::json!({ "role": user.role, "status": user.status });
    AuditEvent::new(action, target(before)).change(state(before), state(after))
}

/// Whether the user may sign in.
const fn is_active(details: &Details) -> bool {
    matches!(details.user.status, UserStatus::Active)
}
