//! The keys a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::ApiKeyId;
use postscale_store::{Listed, Page, api_key, user};

use super::{KeyWithDomains, get, with_domains};
use crate::{App, Error, Result};

/// A key in a list, with who made it.
#[derive(Debug)]
pub struct ListedKey {
    /// The key.
    pub key: KeyWithDomains,
    /// The maker's name; absent when the maker is gone.
    pub created_by: Option<String>,
}

/// Keys the caller may see with their makers' names, for people to read: as [`list`].
///
/// # Errors
/// [`Error::Denied`].
pub async fn list_with_makers(
    app: &App,
    caller: &Caller,
    page: Late<Page>,
) -> Result<(Page, Listed<ListedKey>)> {
    let (page, listed) = list(app, caller, page).await?;
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::KEY_LIST)?;
    let mut rows = Vec::with_capacity(listed.rows.len());
    for key in listed.rows {
        let created_by = user::find_name(&mut tx, &permission, key.key.created_by).await?;
        rows.push(ListedKey { key, created_by });
    }
    let total = listed.total;
    Ok((page, Listed { rows, total }))
}

/// Keys the caller may see: members their own, owners and admins everybody's.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list(
    app: &App,
    caller: &Caller,
    page: Late<Page>,
) -> Result<(Page, Listed<KeyWithDomains>)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::KEY_LIST)?;
    let page = page.after(&permission)?;
    let listed = api_key::list(&mut tx, &permission, page).await?;
    let actor = permission
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("permitted without actor".into()))?;
    let mut rows = Vec::with_capacity(listed.rows.len());
    for key in listed.rows {
        rows.push(with_domains(&mut tx, key, &actor, caller.received_at()).await?);
    }
    Ok((
        page,
        Listed {
            rows,
            total: listed.total,
        },
    ))
}

/// One key with its maker's name, for people to read: as [`get`].
///
/// # Errors
/// [`Error::Denied`].
pub async fn get_with_maker(app: &App, caller: &Caller, id: Option<ApiKeyId>) -> Result<ListedKey> {
    let key = get(app, caller, id).await?;
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::KEY_LIST)?;
    let created_by = user::find_name(&mut tx, &permission, key.key.created_by).await?;
    Ok(ListedKey { key, created_by })
}
