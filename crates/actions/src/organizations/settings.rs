//! What people choose of their organization.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent};
use postscale_store::organization::{self, OrganizationSettings};
use serde_json::{Map, Value, json};

use crate::{App, Result, Rule, audit, auth};

/// What to change; what is absent stays.
#[derive(Debug, Default)]
pub struct SettingsChange {
    /// The name.
    pub name: Option<String>,
    /// Whether people must have a second factor.
    pub require_second_factor: Option<bool>,
}

/// The settings with what the caller may do about them, for showing or hiding controls.
#[derive(Debug)]
pub struct SettingsPage {
    /// The settings.
    pub settings: OrganizationSettings,
    /// Delete the organization.
    pub may_delete: bool,
    /// See and change its billing.
    pub may_bill: bool,
}

/// The settings of the caller's organization.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn settings(app: &App, caller: &Caller) -> Result<OrganizationSettings> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::ORG_SETTINGS_READ)?;
    Ok(organization::settings(&mut tx, &permission).await?)
}

/// As [`settings`], with what the caller may do.
///
/// # Errors
/// As [`settings`].
pub async fn settings_page(app: &App, caller: &Caller) -> Result<SettingsPage> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::ORG_SETTINGS_READ)?;
    let (may_delete, may_bill) = (
        gate.may(action::ORG_DELETE),
        gate.may(action::BILLING_UPDATE),
    );
    Ok(SettingsPage {
        settings: organization::settings(&mut tx, &permission).await?,
        may_delete,
        may_bill,
    })
}

/// Changes the settings. They count from everybody's next request on.
///
/// # Errors
/// [`Rule::OwnSecondFactorMissing`] when the caller asks others for what they lack themselves;
/// [`Invalid`](postscale_model::Invalid) naming `name`.
pub async fn update(
    app: &App,
    caller: &Caller,
    change: Late<SettingsChange>,
) -> Result<OrganizationSettings> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::ORG_SETTINGS_UPDATE)?;
    let (_, person) = auth::session_of(&gate)?;
    let change = change.after(&permission)?;
    organization::lock(&mut tx, &permission).await?;
    let before = organization::settings(&mut tx, &permission).await?;
    let mut after = before.clone();
    if let Some(name) = change.name {
        after.name = auth::check_name("name", &name)?;
    }
    if let Some(require) = change.require_second_factor {
        after.require_second_factor = require;
    }
    if after.require_second_factor
        && !before.require_second_factor
        && !auth::second_factor::has_one(&mut tx, person).await?
    {
        return Err(Rule::OwnSecondFactorMissing.into());
    }
    if after == before {
        return Ok(after);
    }
    organization::update_settings(&mut tx, &permission, &after, app.sources.now()).await?;
    let organization = organization::get(&mut tx, &permission).await?;
    let event = AuditEvent::of(AuditAction::SettingsChanged, &organization)
        .change(members(&before, &after), members(&after, &before));
    audit::note(app, &mut tx, organization.id, event).await?;
    tx.commit().await?;
    Ok(after)
}

/// What the log tells of settings: the members in which they differ from others.
fn members(of: &OrganizationSettings, others: &OrganizationSettings) -> Value {
    let mut members = Map::new();
    if of.name != others.name {
        members.insert("name".to_owned(), json!(of.name));
    }
    if of.require_second_factor != others.require_second_factor {
        let is_on = json!(of.require_second_factor);
        members.insert("require_second_factor".to_owned(), is_on);
    }
    Value::Object(members)
}
