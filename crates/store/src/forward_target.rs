//! Table `forward_targets`: addresses outside an organization that agreed to be forwarded to.
//!
//! An address on a domain the organization owns, or a verified one of an active user, needs to agree
//! to nothing.

use std::{collections::HashSet, time::Duration};

use postscale_access::{Granted, Permission, SystemScope, Writable};
use postscale_model::{Address, Alias, AliasAction, Domain, OrganizationId, Timestamp, TokenHash};

use crate::{Result, Tx, Value, batch, params};

/// How long an address is left alone after it was asked, so that nobody can have it flooded.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(10 * 60);

/// Whether an address may be forwarded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// It may.
    Given,
    /// It must be asked; the token is in the link to be mailed to it.
    Asked,
    /// It was asked a short while ago, by a link that is still good.
    Waiting,
}

/// By whose right mail is to be forwarded.
#[derive(Debug, Clone, Copy)]
pub enum ForwardedBy<'p> {
    /// Who may write the domain.
    Domain(&'p Writable<Domain>),
    /// Who may write the alias.
    Alias(&'p Writable<Alias>),
    /// Who may make aliases of the shared domain.
    Shield(&'p Permission),
}

impl ForwardedBy<'_> {
    fn organization(self) -> OrganizationId {
        match self {
            Self::Domain(domain) => domain.organization_id,
            Self::Alias(alias) => alias.organization_id,
            Self::Shield(permission) => permission.organization(),
        }
    }
}

impl<'p> From<&'p Writable<Domain>> for ForwardedBy<'p> {
    fn from(domain: &'p Writable<Domain>) -> Self {
        Self::Domain(domain)
    }
}

/// Prepares forwarding to an address: finds out whether it must be asked, and when it
/// must, keeps the token that confirms it in place of any before.
///
/// # Errors
/// When the database refuses.
pub async fn upsert<'p>(
    tx: &mut Tx,
    by: impl Into<ForwardedBy<'p>> + Send,
    address: &Address,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Consent> {
    let organization = by.into().organization();
    if is_own(tx, organization, address).await? {
        return Ok(Consent::Given);
    }
    let asked = tx
        .execute(
            "INSERT INTO forward_targets (organization_id, address_key, token_hash, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (organization_id, address_key) DO UPDATE \
             SET token_hash = excluded.token_hash, created_at = excluded.created_at \
             WHERE forward_targets.confirmed_at IS NULL AND forward_targets.created_at <= $5",
            &params![
                organization,
                address.key(),
                token,
                now,
                now.minus(ASK_AGAIN_AFTER)
            ],
        )
        .await?;
    if asked == 1 {
        return Ok(Consent::Asked);
    }
    let row = tx
        .query_one(
            "SELECT confirmed_at IS NOT NULL AS confirmed FROM forward_targets \
             WHERE organization_id = $1 AND address_key = $2",
            &params![organization, address.key()],
        )
        .await?;
    Ok(if row.bool("confirmed")? {
        Consent::Given
    } else {
        Consent::Waiting
    })
}

/// What the holder of a token is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardTarget {
    /// Where mail would be forwarded to.
    pub address: String,
    /// Name of the organization that would forward.
    pub organization: String,
    /// Whether the address agreed already.
    pub confirmed: bool,
}

/// What a token asks for, if there is such a token. Holding it is the authority.
///
/// # Errors
/// When the database cannot answer.
pub async fn find(tx: &mut Tx, token: &TokenHash) -> Result<Option<ForwardTarget>> {
    let row = tx
        .query_opt(
            "SELECT t.address_key, o.name, t.confirmed_at IS NOT NULL AS confirmed \
             FROM forward_targets t JOIN organizations o ON o.id = t.organization_id WHERE t.token_hash = $1",
            &params![token],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ForwardTarget {
        address: row.text("address_key")?,
        organization: row.text("name")?,
        confirmed: row.bool("confirmed")?,
    }))
}

/// Confirms the address the token was mailed to; `false` when there is no such token. Holding the
/// token is the authority. Confirming twice is as good as once.
///
/// # Errors
/// When the database refuses.
pub async fn confirm(tx: &mut Tx, token: &TokenHash, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE forward_targets SET confirmed_at = COALESCE(confirmed_at, $2) WHERE token_hash = $1";
    Ok(tx.execute(sql, &params![token, now]).await? == 1)
}

/// Those of the addresses that mail of the organization may be forwarded to now, in their order.
///
/// # Errors
/// When the database cannot answer.
pub async fn confirmed(
    tx: &mut Tx,
    _scope: &SystemScope,
    organization: OrganizationId,
    addresses: &[Address],
) -> Result<Vec<Address>> {
    let agreed = agreed(tx, organization, addresses).await?;
    let good = |address: &&Address| agreed.contains(&address.key());
    Ok(addresses.iter().filter(good).cloned().collect())
}

/// Of each alias that forwards, the targets that no mail may flow to yet.
///
/// # Errors
/// When the database cannot answer.
pub async fn unconfirmed(tx: &mut Tx, aliases: &[Alias]) -> Result<Vec<Vec<Address>>> {
    let targets = |alias: &Alias| match alias.action {
        AliasAction::Forward => alias.forward_to.clone(),
        AliasAction::Webhook | AliasAction::Store | AliasAction::Drop => Vec::new(),
    };
    let mut waiting: Vec<_> = aliases.iter().map(targets).collect();
    let all: Vec<Address> = waiting.iter().flatten().cloned().collect();
    if let Some(first) = aliases.first().filter(|_| !all.is_empty()) {
        let agreed = agreed(tx, first.organization_id, &all).await?;
        for targets in &mut waiting {
            targets.retain(|address| !agreed.contains(&address.key()));
        }
    }
    Ok(waiting)
}

/// Those of the addresses that no mail of the domain may flow to yet, in their order.
///
/// # Errors
/// When the database cannot answer.
pub async fn waiting<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    addresses: &[Address],
) -> Result<Vec<Address>> {
    let agreed = agreed(tx, domain.organization_id, addresses).await?;
    let waits = |address: &&Address| !agreed.contains(&address.key());
    Ok(addresses.iter().filter(waits).cloned().collect())
}

/// The keys of those of the addresses that the organization may forward to now.
async fn agreed(
    tx: &mut Tx,
    organization: OrganizationId,
    addresses: &[Address],
) -> Result<HashSet<String>> {
    let mut agreed = HashSet::new();
    for run in batch::runs(addresses) {
        let places = batch::placeholders(2, run.len());
        let keys = || run.iter().map(|address| Value::from(address.key()));
        for sql in [
            "SELECT address_key AS found FROM forward_targets WHERE organization_id = $1 \
             AND confirmed_at IS NOT NULL AND address_key IN (",
            "SELECT p.email_key AS found FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.organization_id = $1 AND u.status = 'active' AND p.email_verified_at IS NOT NULL \
             AND p.email_key IN (",
        ] {
            let parameters: Vec<Value> = params![organization].into_iter().chain(keys()).collect();
            let rows = tx.query(&[sql, &places, ")"].concat(), &parameters).await?;
            for row in rows {
                agreed.insert(row.text("found")?);
            }
        }
        let sql = [
            "SELECT name FROM domains WHERE organization_id = $1 AND ownership_verified AND name IN (",
            &places,
            ")",
        ]
        .concat();
        let names = run.iter().map(|address| Value::from(address.domain()));
        let parameters: Vec<Value> = params![organization].into_iter().chain(names).collect();
        for row in tx.query(&sql, &parameters).await? {
            let name = row.text("name")?;
            let own = run
                .iter()
                .filter(|address| address.domain().as_str() == name);
            agreed.extend(own.map(Address::key));
        }
    }
    Ok(agreed)
}

/// Whether an address is the organization's own: on a domain whose ownership it proved, or a verified
/// one of an active user.
///
/// # Errors
/// When the database cannot answer.
pub async fn is_internal(
    tx: &mut Tx,
    _scope: &SystemScope,
    organization: OrganizationId,
    address: &Address,
) -> Result<bool> {
    is_own(tx, organization, address).await
}

/// As [`is_internal`]. Unchecked.
pub(crate) async fn is_own(
    tx: &mut Tx,
    organization: OrganizationId,
    address: &Address,
) -> Result<bool> {
    let row = tx
        .query_one(
            "SELECT EXISTS (SELECT 1 FROM domains d WHERE d.organization_id = $1 AND d.name = $2 AND d.ownership_verified) \
             OR EXISTS (SELECT 1 FROM users u JOIN persons p ON p.id = u.person_id WHERE u.organization_id = $1 \
             AND u.status = 'active' AND p.email_key = $3 AND p.email_verified_at IS NOT NULL) AS own",
            &params![organization, address.domain(), address.key()],
        )
        .await?;
    row.bool("own")
}
