//! Tables `webhooks` and `webhook_domains`: endpoints that are told what happens. Secrets are sealed
//! to their row.
//!
//! An endpoint of listed domains that a member made is told of a domain only while the member may
//! write there; one of the whole organization is the organization's own.

mod naming;

use postscale_access::{Permission, Readable, Scope, SystemScope, Writable};
use postscale_model::{
    Domain, DomainId, KeyScope, OrganizationId, Sources, Timestamp, Webhook, WebhookEvent,
    WebhookId, Word,
};

pub use self::naming::{NamedBy, gone, named_by};
use crate::{
    Error, Result, Row, Seal, Tx, Value, batch, conditions, email::json, params, user, visible,
};

/// Domains of a webhook, in a subselect over `webhook_domains x`.
const CLAUSES: visible::Clauses = visible::clauses!("x.domain_id", "w.organization_id");

pub(crate) fn from_row(row: &Row) -> Result<Webhook> {
    Ok(Webhook {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        scope: row.word("scope")?,
        domain_ids: Vec::new(),
        url: row.text("url")?,
        events: row.json("events")?,
        recipient_match: row.opt_text("recipient_match")?,
        description: row.text("description")?,
        created_by: row.id("created_by")?,
        suspended_at: row.opt_timestamp("suspended_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Puts the listed domains into their webhooks.
pub(crate) async fn with_domains(tx: &mut Tx, rows: &[Row]) -> Result<Vec<Webhook>> {
    let mut webhooks = rows.iter().map(from_row).collect::<Result<Vec<_>>>()?;
    for run in batch::runs(rows) {
        let sql = [
            "SELECT webhook_id, domain_id FROM webhook_domains WHERE webhook_id IN (",
            &batch::placeholders(1, run.len()),
            ") ORDER BY webhook_id, domain_id",
        ]
        .concat();
        let ids = run
            .iter()
            .map(|row| row.text("id").map(Value::from))
            .collect::<Result<Vec<_>>>()?;
        for row in tx.query(&sql, &ids).await? {
            let id: WebhookId = row.id("webhook_id")?;
            if let Some(webhook) = webhooks.iter_mut().find(|webhook| webhook.id == id) {
                webhook.domain_ids.push(row.id("domain_id")?);
            }
        }
    }
    Ok(webhooks)
}

fn sealed_as(id: WebhookId) -> String {
    ["webhooks.secret.", &id.to_string()].concat()
}

/// Makes an endpoint that is told about the whole organization.
///
/// # Errors
/// When the database refuses.
pub async fn insert_for_organization(
    tx: &mut Tx,
    permission: &Permission,
    webhook: &Webhook,
    secret: &str,
    seal: &Seal,
    sources: &Sources,
) -> Result<()> {
    let sealed = seal.seal(sources, &sealed_as(webhook.id), secret.as_bytes());
    insert(
        tx,
        permission.organization(),
        KeyScope::Organization,
        webhook,
        sealed,
    )
    .await
}

/// Makes an endpoint that is told about the given domains, every one writable for its maker.
///
/// # Errors
/// When the database refuses.
///
/// # Panics
/// When `domains` is empty: such an endpoint would belong to nothing.
pub async fn insert_for_domains(
    tx: &mut Tx,
    domains: &[Writable<Domain>],
    webhook: &Webhook,
    secret: &str,
    seal: &Seal,
    sources: &Sources,
) -> Result<()> {
    let organization = domains
        .first()
        .expect("BUG: an empty webhook scope")
        .organization_id;
    let sealed = seal.seal(sources, &sealed_as(webhook.id), secret.as_bytes());
    insert(tx, organization, KeyScope::Domains, webhook, sealed).await?;
    insert_domains(tx, webhook.id, domains).await
}

async fn insert_domains(tx: &mut Tx, id: WebhookId, domains: &[Writable<Domain>]) -> Result<()> {
    for run in batch::runs(domains) {
        let sql = [
            "INSERT INTO webhook_domains (webhook_id, domain_id) VALUES ",
            &batch::rows(1, run.len(), "(?, ?)"),
        ]
        .concat();
        let pairs: Vec<Value> = run
            .iter()
            .flat_map(|domain| params![id, domain.id])
            .collect();
        tx.execute(&sql, &pairs).await?;
    }
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    scope: KeyScope,
    webhook: &Webhook,
    sealed: Vec<u8>,
) -> Result<()> {
    tx.execute(
        "INSERT INTO webhooks (id, organization_id, created_by, scope, url, events, recipient_match, description, secret, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        &params![
            webhook.id,
            organization,
            webhook.created_by,
            scope,
            &webhook.url,
            json(&webhook.events)?,
            webhook.recipient_match.as_deref(),
            &webhook.description,
            sealed,
            webhook.created_at,
        ],
    )
    .await
    .map(drop)
}

/// An endpoint by id, with its domains. Unchecked: only the gate asks.
pub(crate) async fn find(tx: &mut Tx, id: WebhookId) -> Result<Option<Webhook>> {
    let rows = tx
        .query("SELECT * FROM webhooks WHERE id = $1", &params![id])
        .await?;
    Ok(with_domains(tx, &rows).await?.pop())
}

/// Which webhooks `w` the scope may see, with the parameters of [`visible::parameters`]: those of the
/// organization when it is seen as a whole, and those of listed domains when every one is seen.
pub(crate) fn visible_clause(scope: &Scope) -> String {
    let whole = if scope.is_organization_wide() {
        "w.scope = 'organization' OR "
    } else {
        ""
    };
    let listed = visible::clause(scope, &CLAUSES);
    format!(
        "w.organization_id = $1 AND ({whole}(w.scope = 'domains' \
         AND EXISTS (SELECT 1 FROM webhook_domains x WHERE x.webhook_id = w.id AND {listed}) \
         AND NOT EXISTS (SELECT 1 FROM webhook_domains x WHERE x.webhook_id = w.id AND NOT ({listed}))))"
    )
}

/// The endpoints in scope, oldest first: those whose every domain may be read.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(tx: &mut Tx, scope: &Scope, now: Timestamp) -> Result<Vec<Webhook>> {
    let sql = [
        "SELECT w.* FROM webhooks w WHERE ",
        &visible_clause(scope),
        " ORDER BY w.created_at, w.id",
    ]
    .concat();
    let rows = tx.query(&sql, &visible::parameters(scope, now)).await?;
    with_domains(tx, &rows).await
}

/// What may change of an endpoint; `None` leaves as it is.
#[derive(Debug, Default, Clone)]
pub struct WebhookChange {
    /// Where to.
    pub url: Option<String>,
    /// Which events.
    pub events: Option<Vec<WebhookEvent>>,
    /// Only for recipients that match, or for all.
    pub recipient_match: Option<Option<String>>,
    /// Note.
    pub description: Option<String>,
}

/// Changes an endpoint and returns it as it is now.
///
/// # Errors
/// When the database refuses.
pub async fn update(
    tx: &mut Tx,
    webhook: &Writable<Webhook>,
    change: WebhookChange,
    now: Timestamp,
) -> Result<Webhook> {
    let mut changed = Webhook::clone(webhook);
    changed.url = change.url.unwrap_or(changed.url);
    changed.events = change.events.unwrap_or(changed.events);
    changed.recipient_match = change.recipient_match.unwrap_or(changed.recipient_match);
    changed.description = change.description.unwrap_or(changed.description);
    tx.execute(
        "UPDATE webhooks SET url = $2, events = $3, recipient_match = $4, description = $5, updated_at = $6 WHERE id = $1",
        &params![
            changed.id,
            &changed.url,
            json(&changed.events)?,
            changed.recipient_match.as_deref(),
            &changed.description,
            now,
        ],
    )
    .await?;
    Ok(changed)
}

/// A new secret; the one before stays good for a while.
#[derive(Clone)]
pub struct Rotation {
    /// The new secret.
    pub secret: String,
    /// Until when the one before signs as well.
    pub previous_until: Timestamp,
}

/// Gives an endpoint a new secret.
///
/// # Errors
/// When the database refuses.
pub async fn rotate(
    tx: &mut Tx,
    webhook: &Writable<Webhook>,
    rotation: &Rotation,
    seal: &Seal,
    sources: &Sources,
) -> Result<()> {
    let sealed = seal.seal(sources, &sealed_as(webhook.id), rotation.secret.as_bytes());
    let sql = "UPDATE webhooks SET previous_secret = secret, previous_secret_until = $3, secret = $2, updated_at = $4 \
               WHERE id = $1";
    tx.execute(
        sql,
        &params![webhook.id, sealed, rotation.previous_until, sources.now()],
    )
    .await
    .map(drop)
}

/// Makes somebody responsible for an endpoint in its maker's place, and tells it again of what
/// happens from now on.
///
/// # Errors
/// When the database refuses.
pub async fn adopt(
    tx: &mut Tx,
    permission: &Permission,
    webhook: &Readable<Webhook>,
    now: Timestamp,
) -> Result<Webhook> {
    let adopter = user::get_self(tx, permission).await?;
    tx.execute(
        "UPDATE webhooks SET created_by = $2, suspended_at = NULL, updated_at = $3 WHERE id = $1",
        &params![webhook.id, adopter.id, now],
    )
    .await?;
    Ok(Webhook {
        created_by: adopter.id,
        suspended_at: None,
        ..Webhook::clone(webhook)
    })
}

/// Deletes an endpoint and what it is still owed. Aliases and rules that named it tell nobody from then
/// on.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, webhook: &Writable<Webhook>) -> Result<()> {
    tx.execute("DELETE FROM webhooks WHERE id = $1", &params![webhook.id])
        .await
        .map(drop)
}

/// Whether webhook `w` may be told of domain `$domain` at `$now`.
pub(crate) fn entitled(domain: &str, now: &str) -> String {
    format!(
        "(w.suspended_at IS NULL AND (w.scope = 'organization' OR EXISTS (SELECT 1 FROM webhook_domains x \
         JOIN users u ON u.id = w.created_by WHERE x.webhook_id = w.id AND x.domain_id = {domain} \
         AND u.status = 'active' AND (u.role IN ('owner', 'admin') OR EXISTS (SELECT 1 FROM grants g \
         WHERE g.user_id = u.id AND g.domain_id = {domain} AND g.level = 'read_write' \
         AND (g.expires_at IS NULL OR g.expires_at > {now}))))))"
    )
}

/// The first domain by name that an endpoint may be told of, and its name.
///
/// # Errors
/// When the database cannot answer.
pub async fn first_domain(
    tx: &mut Tx,
    webhook: &Writable<Webhook>,
) -> Result<Option<(DomainId, String)>> {
    let row = tx
        .query_opt(
            "SELECT d.id, d.name FROM domains d JOIN webhooks w ON w.organization_id = d.organization_id \
             WHERE w.id = $1 AND (w.scope = 'organization' OR EXISTS (SELECT 1 FROM webhook_domains x \
             WHERE x.webhook_id = w.id AND x.domain_id = d.id)) ORDER BY d.name, d.id LIMIT 1",
            &params![webhook.id],
        )
        .await?;
    row.map(|row| Ok((row.id("id")?, row.text("name")?)))
        .transpose()
}

/// The endpoints that must be told of an event of a domain.
///
/// # Errors
/// When the database cannot answer.
pub async fn covering(
    tx: &mut Tx,
    _scope: &SystemScope,
    organization: OrganizationId,
    domain: DomainId,
    event: WebhookEvent,
    now: Timestamp,
) -> Result<Vec<Webhook>> {
    telling(tx, (organization, domain), event, now).await
}

/// As [`covering`], for an event that is written down in this crate.
pub(crate) async fn telling(
    tx: &mut Tx,
    (organization, domain): (OrganizationId, DomainId),
    event: WebhookEvent,
    now: Timestamp,
) -> Result<Vec<Webhook>> {
    let sql = [
        "SELECT w.* FROM webhooks w WHERE w.organization_id = $1 AND ",
        &conditions::holds("w.events", "$4"),
        " AND ",
        &entitled("$2", "$3"),
        " ORDER BY w.created_at, w.id",
    ]
    .concat();
    let event = conditions::json_string(event.as_str());
    let rows = tx
        .query(&sql, &params![organization, domain, now, event])
        .await?;
    with_domains(tx, &rows).await
}

/// The secrets an endpoint's deliveries are signed with now, the current one first. None when the
/// endpoint is gone.
///
/// # Errors
/// When the database cannot answer or a secret cannot be unsealed.
pub async fn secrets(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: WebhookId,
    seal: &Seal,
    now: Timestamp,
) -> Result<Vec<String>> {
    let sql = "SELECT secret, CASE WHEN previous_secret_until > $2 THEN previous_secret END AS previous \
               FROM webhooks WHERE id = $1";
    let Some(row) = tx.query_opt(sql, &params![id, now]).await? else {
        return Ok(Vec::new());
    };
    let label = sealed_as(id);
    [Some(row.bytes("secret")?), row.opt_bytes("previous")?]
        .into_iter()
        .flatten()
        .map(|sealed| String::from_utf8(seal.open(&label, sealed)?).map_err(Error::corrupt))
        .collect()
}
