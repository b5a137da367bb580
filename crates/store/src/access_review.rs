//! What people look at when they review access: every grant, every key that is not revoked and every
//! webhook of the whole organization, in one list.

use postscale_access::{Permission, Readable, Writable};
use postscale_model::{ApiKey, DomainId, Timestamp, UserId, Webhook};

use crate::{Listed, Page, Result, Row, Tx, params, user::Managed};

/// What kind of access it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewKind {
    /// A member's right on a domain.
    Grant,
    /// An API key.
    ApiKey,
    /// A webhook that is told of the whole organization.
    Webhook,
}

impl ReviewKind {
    /// Every kind, in the order of the list.
    pub const ALL: [Self; 3] = [Self::Grant, Self::ApiKey, Self::Webhook];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::ApiKey => "api_key",
            Self::Webhook => "webhook",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Somebody's access to something.
#[derive(Debug, Clone)]
pub struct ReviewItem {
    /// What it is.
    pub kind: ReviewKind,
    /// Id of the key or webhook; of a grant, its member's.
    pub id: String,
    /// Of a grant, its domain's id; empty otherwise.
    pub domain_id: String,
    /// The domain's name, the key's name or the webhook's address.
    pub name: String,
    /// Who has it: the member, or who made the key or webhook.
    pub holder_id: UserId,
    /// Their name.
    pub holder: String,
    /// A grant's level, a key's capability; empty for a webhook.
    pub access: String,
    /// `organization`, `domains`; empty for a grant.
    pub scope: String,
    /// Who gave it, as far as that is known.
    pub giver: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Last use: of a grant, when its member was last seen; of a webhook, its last delivery.
    pub last_used_at: Option<Timestamp>,
    /// When it ends by itself, or did.
    pub expires_at: Option<Timestamp>,
    /// Why it was given.
    pub note: String,
    /// When somebody last decided to keep it, and who.
    pub reviewed: Option<(Timestamp, Option<String>)>,
}

impl ReviewItem {
    /// Whether it has ended by itself.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Everything there is to review in organization `$1`, as `r`; of one kind `$2`, or all.
macro_rules! reviewed {
    () => {
        "(SELECT 1 AS place, 'grant' AS kind, g.user_id AS id, g.domain_id AS domain_id, d.name AS name, \
          g.user_id AS holder_id, hp.name AS holder, g.level AS access, '' AS scope, gp.name AS giver, \
          g.created_at AS since, u.last_active_at AS last_used_at, g.expires_at AS expires_at, g.note AS note, \
          g.reviewed_at AS reviewed_at, rp.name AS reviewer \
          FROM grants g JOIN users u ON u.id = g.user_id JOIN persons hp ON hp.id = u.person_id \
          JOIN domains d ON d.id = g.domain_id \
          LEFT JOIN users gu ON gu.id = g.granted_by LEFT JOIN persons gp ON gp.id = gu.person_id \
          LEFT JOIN users ru ON ru.id = g.reviewed_by LEFT JOIN persons rp ON rp.id = ru.person_id \
          WHERE u.organization_id = $1 \
         UNION ALL SELECT 2, 'api_key', k.id, '', k.name, k.created_by, p.name, k.capability, k.scope, p.name, \
          k.created_at, k.last_used_at, k.expires_at, '', k.reviewed_at, rp.name \
          FROM api_keys k JOIN users u ON u.id = k.created_by JOIN persons p ON p.id = u.person_id \
          LEFT JOIN users ru ON ru.id = k.reviewed_by LEFT JOIN persons rp ON rp.id = ru.person_id \
          WHERE k.organization_id = $1 AND k.revoked_at IS NULL \
         UNION ALL SELECT 3, 'webhook', w.id, '', w.url, w.created_by, p.name, '', w.scope, p.name, \
          w.created_at, (SELECT MAX(v.created_at) FROM webhook_deliveries v \
           WHERE v.webhook_id = w.id AND v.status = 'delivered'), NULL, w.description, w.reviewed_at, rp.name \
          FROM webhooks w JOIN users u ON u.id = w.created_by JOIN persons p ON p.id = u.person_id \
          LEFT JOIN users ru ON ru.id = w.reviewed_by LEFT JOIN persons rp ON rp.id = ru.person_id \
          WHERE w.organization_id = $1 AND w.scope = 'organization') r WHERE ($2 = '' OR r.kind = $2)"
    };
}

fn from_row(row: &Row) -> Result<ReviewItem> {
    let kind = row.text("kind")?;
    let reviewer = row.opt_text("reviewer")?;
    Ok(ReviewItem {
        kind: ReviewKind::parse(&kind)
            .ok_or_else(|| crate::Error::Corrupt("a kind of access".into()))?,
        id: row.text("id")?,
        domain_id: row.text("domain_id")?,
        name: row.text("name")?,
        holder_id: row.id("holder_id")?,
        holder: row.text("holder")?,
        access: row.text("access")?,
        scope: row.text("scope")?,
        giver: row.opt_text("giver")?,
        since: row.timestamp("since")?,
        last_used_at: row.opt_timestamp("last_used_at")?,
        expires_at: row.opt_timestamp("expires_at")?,
        note: row.text("note")?,
        reviewed: row.opt_timestamp("reviewed_at")?.map(|at| (at, reviewer)),
    })
}

/// What there is to review in the permission's organization: grants, keys, webhooks, each by holder.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    permission: &Permission,
    kind: Option<ReviewKind>,
    page: Page,
) -> Result<Listed<ReviewItem>> {
    let kind = kind.map_or("", ReviewKind::as_str);
    let mut parameters = Vec::from(params![permission.organization(), kind]);
    let total = tx
        .query_opt(
            concat!("SELECT COUNT(*) AS total FROM ", reviewed!()),
            &parameters,
        )
        .await?;
    parameters.extend(params![i64::from(page.limit), page.offset()]);
    let rows = tx
        .query(
            concat!(
                "SELECT r.* FROM ",
                reviewed!(),
                " ORDER BY r.place, LOWER(r.holder), r.name, r.id, r.domain_id LIMIT $3 OFFSET $4"
            ),
            &parameters,
        )
        .await?;
    Ok(Listed {
        rows: rows.iter().map(from_row).collect::<Result<_>>()?,
        total: crate::row::count(total.as_ref())?,
    })
}

/// Notes that a member's grant on a domain was looked at and kept; `false` when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn keep_grant(
    tx: &mut Tx,
    member: &Managed,
    domain: DomainId,
    reviewer: UserId,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE grants SET reviewed_at = $3, reviewed_by = $4 WHERE user_id = $1 AND domain_id = $2";
    Ok(tx
        .execute(sql, &params![member.id, domain, now, reviewer])
        .await?
        == 1)
}

/// Notes that a key was looked at and kept; `false` when it is revoked.
///
/// # Errors
/// When the database refuses.
pub async fn keep_key(
    tx: &mut Tx,
    key: &Writable<ApiKey>,
    reviewer: UserId,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE api_keys SET reviewed_at = $2, reviewed_by = $3 WHERE id = $1 AND revoked_at IS NULL";
    Ok(tx.execute(sql, &params![key.id, now, reviewer]).await? == 1)
}

/// Notes that a webhook of the whole organization was looked at and kept; `false` for any other.
///
/// # Errors
/// When the database refuses.
pub async fn keep_webhook(
    tx: &mut Tx,
    webhook: &Readable<Webhook>,
    reviewer: UserId,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE webhooks SET reviewed_at = $2, reviewed_by = $3 WHERE id = $1 AND scope = 'organization'";
    Ok(tx.execute(sql, &params![webhook.id, now, reviewer]).await? == 1)
}
