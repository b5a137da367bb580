//! The users of an organization, and one of them.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{User, UserId};
use postscale_store::{
    Listed, Page, Tx,
    user::{self, Managed, UserDetails, UserFilter},
};

use crate::{App, Result};

/// What the caller may do to a user, for showing or hiding controls.
#[derive(Debug, Clone, Copy)]
pub struct UserPermits {
    /// Give them another role than owner, end their sessions, take them out of the team.
    pub manage: bool,
    /// Make them an owner.
    pub make_owner: bool,
    /// It is the caller.
    pub is_self: bool,
}

fn permits(gate: &Gate<'_, Tx>, user: &User) -> UserPermits {
    UserPermits {
        manage: gate.may_to(action::USER_DEACTIVATE, user),
        make_owner: gate.may_to(action::USER_ROLE_SET_OWNER, user),
        is_self: gate.actor().is_some_and(|actor| actor.user() == user.id),
    }
}

/// The users of the caller's organization, by name.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(UserFilter, Page)>,
) -> Result<(Page, Listed<UserDetails>)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::USER_LIST)?;
    let (filter, page) = input.after(&permission)?;
    let now = caller.received_at();
    let listed = user::list(&mut tx, &permission, &filter, page, now).await?;
    Ok((page, listed))
}

/// As [`list`], with what the caller may do to each.
///
/// # Errors
/// As [`list`].
pub async fn list_with_permits(
    app: &App,
    caller: &Caller,
    input: Late<(UserFilter, Page)>,
) -> Result<(Page, Listed<(UserDetails, UserPermits)>)> {
    let (page, listed) = list(app, caller, input).await?;
    let mut tx = app.store.read().await?;
    let gate = Gate::open(&mut tx, caller).await?;
    let with_permits = |details: UserDetails| {
        let permits = permits(&gate, &details.user);
        (details, permits)
    };
    let rows = listed.rows.into_iter().map(with_permits).collect();
    let total = listed.total;
    Ok((page, Listed { rows, total }))
}

/// One user.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn get(app: &App, caller: &Caller, id: Option<UserId>) -> Result<UserDetails> {
    Ok(get_with_permits(app, caller, id).await?.0)
}

/// One user, with what the caller may do to them.
///
/// # Errors
/// As [`get`].
pub async fn get_with_permits(
    app: &App,
    caller: &Caller,
    id: Option<UserId>,
) -> Result<(UserDetails, UserPermits)> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let found = gate.user(action::USER_READ, id).await?;
    let permits = permits(&gate, &found);
    let details = user::details(&mut tx, &Managed::from(found), caller.received_at()).await?;
    Ok((details, permits))
}
