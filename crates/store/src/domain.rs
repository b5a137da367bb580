//! Table `domains`.

use postscale_access::{Adminable, Permission, Scope, SystemScope, Writable};
use postscale_model::{
    ApiKeyId, Domain, DomainId, DomainName, DomainType, HostName, MtaStsMode, MtaStsPolicy,
    Timestamp,
};

use crate::{Error, Page, Result, Row, Tx, Value, params, visible, warming};

mod claim;

pub use claim::{Holder, Released, find_holder, find_holder_by_itself, release};

/// The unique key of names inside an organization.
pub const NAME_KEY: &str = "domains_organization_id_name_key";
/// The unique key of names whose ownership is proven.
pub const VERIFIED_NAME_KEY: &str = "domains_name_key";

const CLAUSES: visible::Clauses = visible::clauses!("d.id", "d.organization_id");

pub(crate) fn from_row(row: &Row) -> Result<Domain> {
    Ok(Domain {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        name: row.id("name")?,
        domain_type: row.word("domain_type")?,
        active: row.bool("active")?,
        catch_all_enabled: row.bool("catch_all_enabled")?,
        open_tracking: row.bool("open_tracking")?,
        click_tracking: row.bool("click_tracking")?,
        is_warming: row.bool("is_warming")?,
        has_provider_shares: row.bool("has_provider_shares")?,
        ownership_token: row.text("ownership_token")?,
        dmarc_token: row.text("dmarc_token")?,
        verified: row.bool("verified")?,
        ownership_verified: row.bool("ownership_verified")?,
        mx_verified: row.bool("mx_verified")?,
        spf_verified: row.bool("spf_verified")?,
        dkim_verified: row.bool("dkim_verified")?,
        dmarc_verified: row.bool("dmarc_verified")?,
        return_path_verified: row.bool("return_path_verified")?,
        last_dns_check: row.opt_timestamp("last_dns_check")?,
        verified_at: row.opt_timestamp("verified_at")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
        dkim_rotation_days: row.opt_int("dkim_rotation_days")?.map(days).transpose()?,
        mta_sts: MtaStsPolicy {
            mode: row.word("mta_sts_mode")?,
            max_age_seconds: u32::try_from(row.int("mta_sts_max_age")?).map_err(Error::corrupt)?,
        },
    })
}

fn days(stored: i64) -> Result<u16> {
    u16::try_from(stored).map_err(Error::corrupt)
}

/// Registers a domain: nothing verified yet.
///
/// # Errors
/// A conflict on [`NAME_KEY`] when the organization has the name already.
pub async fn insert(tx: &mut Tx, permission: &Permission, domain: &Domain) -> Result<()> {
    tx.execute(
        "INSERT INTO domains (id, organization_id, name, domain_type, active, catch_all_enabled, open_tracking, click_tracking, \
         ownership_token, dmarc_token, verified, ownership_verified, mx_verified, spf_verified, dkim_verified, dmarc_verified, \
         return_path_verified, created_at, updated_at, dkim_rotation_days, mta_sts_mode, mta_sts_max_age) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, $11, $11, $12, $13, $14)",
        &params![
            domain.id,
            permission.organization(),
            &domain.name,
            domain.domain_type,
            domain.active,
            domain.catch_all_enabled,
            domain.open_tracking,
            domain.click_tracking,
            &domain.ownership_token,
            &domain.dmarc_token,
            domain.created_at,
            domain.dkim_rotation_days,
            domain.mta_sts.mode,
            domain.mta_sts.max_age_seconds,
        ],
    )
    .await
    .map(drop)
}

/// How many domains the organization has, whoever may see them.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_all(tx: &mut Tx, permission: &Permission) -> Result<u64> {
    let row = tx
        .query_opt(
            "SELECT COUNT(*) AS total FROM domains WHERE organization_id = $1",
            &params![permission.organization()],
        )
        .await?;
    crate::row::count(row.as_ref())
}

/// Which domains of those in scope.
#[derive(Debug, Default, Clone)]
pub struct DomainFilter {
    /// Substring of the name, any case; or whole labels of an internationalized one.
    pub query: Option<String>,
}

/// A page of the domains in scope, by name.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &DomainFilter,
    page: Page,
    now: Timestamp,
) -> Result<Vec<Domain>> {
    let (chosen, mut parameters) = chosen(scope, filter, now);
    parameters.extend(params![i64::from(page.limit), page.offset()]);
    let sql = [
        "SELECT d.*",
        &chosen,
        " ORDER BY d.name, d.id LIMIT $6 OFFSET $7",
    ]
    .concat();
    let rows = tx.query(&sql, &parameters).await?;
    rows.iter().map(from_row).collect()
}

/// How many domains [`list`] has on all its pages.
///
/// # Errors
/// When the database cannot answer.
pub async fn count(
    tx: &mut Tx,
    scope: &Scope,
    filter: &DomainFilter,
    now: Timestamp,
) -> Result<u64> {
    let (chosen, parameters) = chosen(scope, filter, now);
    let sql = ["SELECT COUNT(*) AS total", &chosen].concat();
    crate::row::count(tx.query_opt(&sql, &parameters).await?.as_ref())
}

/// `FROM` and `WHERE` of a listing, which take five parameters.
fn chosen(scope: &Scope, filter: &DomainFilter, now: Timestamp) -> (String, Vec<Value>) {
    let sought = filter.query.as_deref().unwrap_or_default();
    // Names are stored with A-labels: of U-labels whole ones are found.
    let sought = match sought.parse::<HostName>() {
        Ok(name) if !sought.is_ascii() => name.as_str().to_owned(),
        _ => sought.to_lowercase(),
    };
    let mut parameters = visible::parameters(scope, now);
    parameters.extend(params![crate::like::contains(&sought)]);
    let clause = visible::clause(scope, &CLAUSES);
    let tail = " AND d.name LIKE $5 ESCAPE '\\'";
    (
        [" FROM domains d WHERE ", clause, tail].concat(),
        parameters,
    )
}

/// What may change of a domain; `None` leaves as it is.
#[derive(Debug, Default, Clone, Copy)]
pub struct DomainChange {
    /// What it is used for.
    pub domain_type: Option<DomainType>,
    /// Accept mail for unknown local parts.
    pub catch_all_enabled: Option<bool>,
    /// Pause or resume.
    pub active: Option<bool>,
    /// Open tracking.
    pub open_tracking: Option<bool>,
    /// Click tracking.
    pub click_tracking: Option<bool>,
    /// Days between rotations of DKIM keys; `Some(None)` switches them off.
    pub dkim_rotation_days: Option<Option<u16>>,
    /// What the MTA-STS policy asks of senders.
    pub mta_sts_mode: Option<MtaStsMode>,
    /// How long they keep it.
    pub mta_sts_max_age: Option<u32>,
}

impl DomainChange {
    /// The domain as it would be. Whether it is `verified` follows from its flags and its new type.
    #[must_use]
    pub fn applied_to(&self, domain: &Domain) -> Domain {
        let mut changed = domain.clone();
        changed.domain_type = self.domain_type.unwrap_or(changed.domain_type);
        changed.catch_all_enabled = self.catch_all_enabled.unwrap_or(changed.catch_all_enabled);
        changed.active = self.active.unwrap_or(changed.active);
        changed.open_tracking = self.open_tracking.unwrap_or(changed.open_tracking);
        changed.click_tracking = self.click_tracking.unwrap_or(changed.click_tracking);
        changed.dkim_rotation_days = self
            .dkim_rotation_days
            .unwrap_or(changed.dkim_rotation_days);
        changed.mta_sts = MtaStsPolicy {
            mode: self.mta_sts_mode.unwrap_or(changed.mta_sts.mode),
            max_age_seconds: self
                .mta_sts_max_age
                .unwrap_or(changed.mta_sts.max_age_seconds),
        };
        changed.verified = changed.has_required();
        changed
    }
}

/// Changes a domain's settings. Whether it is `verified` follows from its flags and its new type.
///
/// # Errors
/// When the database refuses.
pub async fn update(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    change: &DomainChange,
    now: Timestamp,
) -> Result<Domain> {
    let changed = Domain {
        verified: domain.verified,
        ..change.applied_to(domain)
    };
    save(tx, changed, now).await
}

/// What look-ups said: `None` leaves a flag as it is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    /// Ownership record.
    pub ownership: Option<bool>,
    /// MX.
    pub mx: Option<bool>,
    /// SPF.
    pub spf: Option<bool>,
    /// DKIM.
    pub dkim: Option<bool>,
    /// DMARC.
    pub dmarc: Option<bool>,
    /// Return path.
    pub return_path: Option<bool>,
}

/// Records what look-ups said of a domain.
///
/// # Errors
/// A conflict on [`VERIFIED_NAME_KEY`] when ownership is proven in another organization already.
pub async fn verify(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    seen: Verification,
    now: Timestamp,
) -> Result<Domain> {
    record_verification(tx, Domain::clone(domain), seen, now).await
}

/// Records what look-ups said of a domain nobody asked about just now.
///
/// # Errors
/// As [`verify`].
pub async fn verify_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: Domain,
    seen: Verification,
    now: Timestamp,
) -> Result<Domain> {
    record_verification(tx, domain, seen, now).await
}

async fn record_verification(
    tx: &mut Tx,
    mut domain: Domain,
    seen: Verification,
    now: Timestamp,
) -> Result<Domain> {
    domain.ownership_verified = seen.ownership.unwrap_or(domain.ownership_verified);
    domain.mx_verified = seen.mx.unwrap_or(domain.mx_verified);
    domain.spf_verified = seen.spf.unwrap_or(domain.spf_verified);
    domain.dkim_verified = seen.dkim.unwrap_or(domain.dkim_verified);
    domain.dmarc_verified = seen.dmarc.unwrap_or(domain.dmarc_verified);
    domain.return_path_verified = seen.return_path.unwrap_or(domain.return_path_verified);
    domain.last_dns_check = Some(now);
    save(tx, domain, now).await
}

async fn save(tx: &mut Tx, mut domain: Domain, now: Timestamp) -> Result<Domain> {
    let verified = domain.has_required();
    if verified && !domain.verified {
        domain.verified_at = Some(now);
    }
    domain.verified = verified;
    domain.updated_at = now;
    let saved = tx.execute(
        "UPDATE domains SET domain_type = $2, active = $3, catch_all_enabled = $4, open_tracking = $5, click_tracking = $6, \
         verified = $7, ownership_verified = $8, mx_verified = $9, spf_verified = $10, dkim_verified = $11, dmarc_verified = $12, \
         return_path_verified = $13, last_dns_check = $14, verified_at = $15, updated_at = $16, \
         dkim_rotation_days = $17, mta_sts_mode = $18, mta_sts_max_age = $19 WHERE id = $1",
        &params![
            domain.id,
            domain.domain_type,
            domain.active,
            domain.catch_all_enabled,
            domain.open_tracking,
            domain.click_tracking,
            domain.verified,
            domain.ownership_verified,
            domain.mx_verified,
            domain.spf_verified,
            domain.dkim_verified,
            domain.dmarc_verified,
            domain.return_path_verified,
            domain.last_dns_check,
            domain.verified_at,
            domain.updated_at,
            domain.dkim_rotation_days,
            domain.mta_sts.mode,
            domain.mta_sts.max_age_seconds,
        ],
    )
    .await?;
    if saved == 0 {
        return Err(Error::dangling());
    }
    warming::begin(tx, &domain, now).await?;
    Ok(domain)
}

/// What went with a domain that was deleted.
#[derive(Debug)]
pub struct Deleted {
    /// Keys whose last domain it was: id and name.
    pub revoked_keys: Vec<(ApiKeyId, String)>,
    /// Recipients who get no message any more.
    pub canceled_recipients: u64,
}

/// Deletes a domain and everything that hangs on it. Keys whose last domain it was are revoked,
/// because a key without scope must not exist; queued mail is canceled.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, domain: &Adminable<Domain>, now: Timestamp) -> Result<Deleted> {
    let canceled_recipients = tx.execute(
        "UPDATE email_recipients SET status = 'canceled', next_attempt_at = NULL \
         WHERE next_attempt_at IS NOT NULL AND email_id IN (SELECT id FROM emails WHERE domain_id = $1)",
        &params![domain.id],
    )
    .await?;
    tx.execute(
        "UPDATE emails SET status = 'canceled' WHERE domain_id = $1 AND status IN ('queued', 'deferred', 'sending')",
        &params![domain.id],
    )
    .await?;
    let revoked = tx.query(
        "UPDATE api_keys SET revoked_at = $2, updated_at = $2 WHERE revoked_at IS NULL AND scope = 'domains' \
         AND EXISTS (SELECT 1 FROM api_key_domains k WHERE k.api_key_id = api_keys.id AND k.domain_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM api_key_domains k WHERE k.api_key_id = api_keys.id AND k.domain_id <> $1) \
         RETURNING id, name",
        &params![domain.id, now],
    )
    .await?;
    tx.execute("DELETE FROM domains WHERE id = $1", &params![domain.id])
        .await?;
    let named = |row: &Row| Ok((row.id("id")?, row.text("name")?));
    Ok(Deleted {
        revoked_keys: revoked.iter().map(named).collect::<Result<_>>()?,
        canceled_recipients,
    })
}

/// A domain that receives mail.
#[derive(Debug, Clone)]
pub struct Receiving {
    /// The domain.
    pub domain: Domain,
    /// Name of its organization's plan.
    pub plan: String,
    /// Whether rules of it are switched on.
    pub has_rules: bool,
}

const RECEIVING: &str = "SELECT d.*, o.plan, \
    EXISTS (SELECT 1 FROM rules r WHERE r.domain_id = d.id AND r.enabled) AS has_rules \
    FROM domains d JOIN organizations o ON o.id = d.organization_id ";

/// The domain that receives mail for a name: ownership proven, MX side usable. It may be paused.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_receiving(
    tx: &mut Tx,
    _scope: &SystemScope,
    name: &DomainName,
) -> Result<Option<Receiving>> {
    let sql = [
        RECEIVING,
        "WHERE d.name = $1 AND d.ownership_verified AND d.domain_type IN ('inbound', 'both', 'alias')",
    ]
    .concat();
    let row = tx.query_opt(&sql, &params![name]).await?;
    row.map(|row| receiving_from_row(&row)).transpose()
}

fn receiving_from_row(row: &Row) -> Result<Receiving> {
    Ok(Receiving {
        domain: from_row(row)?,
        plan: row.text("plan")?,
        has_rules: row.bool("has_rules")?,
    })
}

/// The domain whose report address has this local part, whatever its state: reports about mail in its
/// name concern its owner however it is set up here.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_by_report_token(
    tx: &mut Tx,
    _scope: &SystemScope,
    token: &str,
) -> Result<Option<Receiving>> {
    let sql = [RECEIVING, "WHERE d.dmarc_token = $1"].concat();
    let row = tx.query_opt(&sql, &params![token.to_lowercase()]).await?;
    row.map(|row| receiving_from_row(&row)).transpose()
}

/// A domain by id, for work nobody asked for just now.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: DomainId,
) -> Result<Option<Domain>> {
    let row = tx
        .query_opt("SELECT * FROM domains WHERE id = $1", &params![id])
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// Whether a domain is paused, until the transaction ends nobody else's to change: whoever resumes it
/// meanwhile finds what this transaction writes.
///
/// # Errors
/// When the database cannot answer.
pub async fn is_paused_for_job(tx: &mut Tx, _scope: &SystemScope, id: DomainId) -> Result<bool> {
    let sql = [
        "SELECT active FROM domains WHERE id = $1 ",
        tx.engine().lock_suffix(),
    ]
    .concat();
    let row = tx.query_opt(&sql, &params![id]).await?;
    row.map_or(Ok(false), |row| Ok(!row.bool("active")?))
}

/// Every domain of that name, in whatever organization, oldest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_named_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    name: &str,
) -> Result<Vec<Domain>> {
    let rows = tx
        .query(
            "SELECT * FROM domains WHERE name = $1 ORDER BY created_at, id",
            &params![name],
        )
        .await?;
    rows.iter().map(from_row).collect()
}
